import Testing

@testable import Providers

@Suite struct `A pattern` {
    @Test(arguments: [
        (
            "^[A-Za-z0-9_-]{1,64}$", ["a", "9qQe2F8Z_nXx9-eJA0BD6"],
            ["", "a b", "a/b", "a:", "\u{e9}", String(repeating: "a", count: 65)]
        ),
        ("^[0-9a-f]{8}-[0-9a-f]{4}$", ["0123abcd-00ff"], ["0123abcd-00f", "0123ABCD-00ff", "0123abcd-00fff"]),
        (
            #"^[A-Z][a-z]{2}-\d{2}-[AP]M(-[0-9a-f]{4})?$"#, ["Jan-27-AM", "Jan-27-PM-706d"],
            ["Jan-27-AM-", "Jan-27-XM", "Jan-27-AM-706d-"]
        ),
        ("^resp_[a-z0-9]+$", ["resp_1"], ["resp_", "Resp_1", "xresp_1"]),
        (#"^a\.b\\c$"#, [#"a.b\c"#], [#"axb\c"#]),
        ("^[^/]+$", ["a:b", "~"], ["a/b", "a b", "\u{e9}"]),
        ("^.{1,3}$", ["a/b", "\u{e9}\u{1f600}x"], ["a b", "", "abcd", "a\u{0}"]),
        ("^.{2}z$", ["\u{e9}az", "a\u{e9}z"], ["\u{e9}z", "\u{e9}\u{e9}\u{e9}z"]),
        ("^(a[0-9]{2})?b$", ["b", "a12b"], ["a1b", "a12", "12b", ""]),
        ("^x?y*z$", ["z", "xz", "xyyz", "yz"], ["x", "xxz"]),
    ])
    func `matches the whole text, and nothing else`(_ source: String, _ good: [String], _ bad: [String]) throws {
        let pattern = try Pattern(source)
        for text in good { #expect(pattern.matches(text), "\(text)") }
        for text in bad { #expect(!pattern.matches(text), "\(text)") }
    }

    @Test(arguments: [
        ("abc", "start with ^"), ("^abc", "end with $"), ("^$", "empty text"), ("^(a|b)$", "cannot stand there"),
        ("^a**$", "cannot stand there"), ("^[a$", "no ]"), ("^a{2,1}$", "a count is"), ("^a{0}$", "a count is"),
        ("^a{9999}$", "a count is"),
        ("^((a)?)?$", "do not nest"), ("^(a)$", "end with )?"), (#"^\w$"#, "not known"), ("^\u{e9}$", "ASCII"),
        ("^[a-z]+[a-f]$", "where it ends is open"), ("^(ab)?a$", "whether it is there is open"), ("^[z-a]$", "upwards"),
        ("^(a[b-c]*)?b$", "where it ends is open"),
    ])
    func `is refused where it is wrong or could match in two ways`(_ source: String, _ words: String) {
        let error = #expect(throws: PatternError.self) { try Pattern(source) }
        #expect(error?.problem.contains(words) == true, "\(error?.problem ?? "")")
    }

    @Test func `takes the same time for each character, whatever the text`() throws {
        let pattern = try Pattern("^(a[0-9]*)?(b[0-9]*)?c{1,4096}$")
        #expect(!pattern.matches("a" + String(repeating: "1", count: 1_000_000) + "x"))
    }
}
