import Testing

@testable import GatewayHTTP

@Suite struct `The traceparent of a request` {
    private static let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test(arguments: [good, "01" + good.dropFirst(2), "fe" + good.dropFirst(2) + "-more", good.dropLast(2) + "ff"])
    func `is kept as it came, with its trace's id`(_ text: String) throws {
        let parent = try #require(TraceParent(text))
        #expect(parent.text == text)
        #expect(parent.high == 0x4bf9_2f35_77b3_4da6)
        #expect(parent.low == 0xa3ce_929d_0e0e_4736)
    }

    @Test(arguments: [
        "", "00", "00-", good.uppercased(), "ff" + good.dropFirst(2), good + "-more", String(good.dropLast()),
        good + "0", " " + good, "0x" + good.dropFirst(2), "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", good.replacing("-", with: "_"), good + "," + good,
        "01" + good.dropFirst(2) + "more", "01" + good.dropFirst(2) + "-\n", "01" + good.dropFirst(2) + "-é",
        "01" + good.dropFirst(2) + "-" + String(repeating: "x", count: 300), good.dropLast(2) + "0g",
    ])
    func `is passed over where it is malformed`(_ text: String) {
        #expect(TraceParent(text) == nil)
    }
}
