import Testing

@testable import GatewayHTTP

/// What stands behind the version.
private let rest = "-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

@Suite struct `The traceparent of a request` {
    private static let good: [String] = ["00\(rest)", "01\(rest)", "fe\(rest)-more", "00\(rest.dropLast(2))ff"]

    private static let malformed: [String] = [
        "", "00", "00-", "00\(rest.uppercased())", "ff\(rest)", "00\(rest)-more", "00\(rest.dropLast())", "00\(rest)0",
        " 00\(rest)", "0x\(rest)", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", "00\(rest.replacing("-", with: "_"))",
        "00\(rest),00\(rest)", "01\(rest)more", "01\(rest)-\n", "01\(rest)-é",
        "01\(rest)-\(String(repeating: "x", count: 300))", "00\(rest.dropLast(2))0g",
    ]

    @Test(arguments: good)
    func `is kept as it came, with its trace's id`(_ text: String) throws {
        let parent = try #require(TraceParent(text))
        #expect(parent.text == text)
        #expect(parent.high == 0x4bf9_2f35_77b3_4da6)
        #expect(parent.low == 0xa3ce_929d_0e0e_4736)
    }

    @Test(arguments: malformed)
    func `is passed over where it is malformed`(_ text: String) {
        #expect(TraceParent(text) == nil)
    }
}
