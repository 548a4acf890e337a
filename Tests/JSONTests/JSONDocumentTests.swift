import Testing

@testable import JSON

@Suite struct `Reading a JSON document` {
    private func read(_ text: String) throws -> JSONElement {
        try JSONDocument(Array(text.utf8)).root
    }

    @Test func `finds members, elements and every kind of value`() throws {
        let root = try read(#" {"a": [1, -2.5e3, true, false, null, "x\ny\u00e9\ud83d\ude00"], "b": {"c": {}}} "#)
        let elements = try #require(root["a"]).elements
        #expect(elements.map(\.kind) == [.number, .number, .bool, .bool, .null, .string])
        #expect(elements[0].integer == 1)
        #expect(elements[1].double == -2500)
        #expect(elements[1].digits == "-2.5e3")
        #expect(elements[2].bool == true)
        #expect(elements[3].bool == false)
        #expect(elements[4].isNull)
        #expect(elements[5].string == "x\ny\u{e9}\u{1f600}")
        #expect(root["b"]?["c"]?.members.isEmpty == true)
        #expect(root["missing"] == nil)
    }

    @Test func `keeps the digits of a number that no machine number holds`() throws {
        #expect(try read("123456789012345678901234567890").digits == "123456789012345678901234567890")
        #expect(try read("1e999").double == nil)
    }

    @Test func `finds a key that is written with escapes`() throws {
        #expect(try read(#"{"\u0061b": 1}"#)["ab"]?.integer == 1)
    }

    @Test(arguments: [
        ("", JSONFault.Kind.empty), ("  ", .empty), ("{", .unexpectedEnd), ("[1,", .unexpectedEnd),
        ("[1 2]", .unexpectedByte),
        ("[1,]", .unexpectedByte), ("{\"a\":1,}", .unexpectedByte), ("{a:1}", .unexpectedByte), ("[}", .unexpectedByte),
        ("{\"a\" 1}", .unexpectedByte), ("tru", .unexpectedEnd), ("trux", .unexpectedByte), ("01", .invalidNumber),
        ("-", .unexpectedEnd), ("1.", .unexpectedEnd), ("1.x", .invalidNumber), ("1e", .unexpectedEnd),
        ("+1", .unexpectedByte), ("NaN", .unexpectedByte),
        ("\"a", .unexpectedEnd), ("\"\\x\"", .invalidEscape), ("\"\\u12g4\"", .invalidEscape),
        ("\"\\ud800\"", .loneSurrogate),
        ("\"\\udc00\"", .loneSurrogate), ("\"\\ud800\\u0041\"", .loneSurrogate), ("\"\u{1}\"", .controlCharacter),
        ("{} x", .trailingBytes), ("1 1", .trailingBytes), ("\u{feff}{}", .unexpectedByte), ("<html>", .unexpectedByte),
        (#"{"a":1,"a":2}"#, .duplicateKey), (#"{"a":1,"\u0061":2}"#, .duplicateKey),
        (#"[{"b":{"a":1,"a":2}}]"#, .duplicateKey),
    ])
    func `refuses what is not JSON, and says why`(_ text: String, _ fault: JSONFault.Kind) {
        let error = #expect(throws: JSONError.self) { try read(text) }
        #expect(error?.fault == fault)
    }

    @Test(
        arguments: [
            [0xff], [0x80], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x9f, 0xbf], [0xed, 0xa0, 0x80],
            [0xf0, 0x8f, 0xbf, 0xbf],
            [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82], [0xc3, 0x28], [0xf0, 0x9f, 0x98],
        ] as [[UInt8]]
    )
    func `refuses strings that are not UTF-8`(_ bytes: [UInt8]) {
        let error = #expect(throws: JSONError.self) { try JSONDocument([0x22] + bytes + [0x22]) }
        #expect(error?.fault == .invalidUTF8)
    }

    @Test func `refuses a duplicate among many keys without comparing each with each`() {
        let keys = (0..<50_000).map { "\"k\($0)\":\($0)" } + ["\"k7\":1"]
        let error = #expect(throws: JSONError.self) { try read("{" + keys.joined(separator: ",") + "}") }
        #expect(error?.fault == .duplicateKey)
    }

    @Test func `takes two spellings of one character for two keys, however many keys there are`() throws {
        let many = (0..<30).map { "\"k\($0)\":0," }.joined()
        for keys in ["", many] {
            let text = "{" + keys + "\"\u{e9}\":1,\"e\u{301}\":2}"
            #expect(throws: Never.self) { try read(text) }
        }
    }

    @Test func `refuses what is nested too deeply, whatever its size`() throws {
        #expect(throws: Never.self) { try read(String(repeating: "[", count: 64) + String(repeating: "]", count: 64)) }
        for bomb in [String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000)] {
            let error = #expect(throws: JSONError.self) { try read(bomb) }
            #expect(error?.fault == .tooDeep)
        }
    }

    @Test(arguments: 0..<40)
    func `sees what ends a string, or must not be in it, wherever it stands`(_ length: Int) throws {
        let plain = String(repeating: "a", count: length)
        for rest in ["", "b", String(repeating: "b", count: 40)] {
            #expect(try read("[\"\(plain)\",\"\(rest)\"]").elements.map(\.string) == [plain, rest])
            #expect(try read("[\"\(plain)\\n\(rest)\"]").elements[0].string == plain + "\n" + rest)
            #expect(try read("[\"\(plain)\u{e9}\(rest)\"]").elements[0].string == plain + "\u{e9}" + rest)
            for (bytes, fault) in [([0x1f], .controlCharacter), ([0xff], .invalidUTF8)] as [([UInt8], JSONFault.Kind)] {
                let text = Array("[\"\(plain)".utf8) + bytes + Array("\(rest)\"]".utf8)
                let error = #expect(throws: JSONError.self) { try JSONDocument(text) }
                #expect(error?.fault == fault)
                #expect(error?.offset == length + 2)
            }
        }
    }

    @Test func `reads a document of nothing but punctuation, and one of digits`() throws {
        let empty = "[" + Array(repeating: "[]", count: 5000).joined(separator: ",") + "]"
        #expect(try read(empty).elements.count == 5000)
        let digits = String(repeating: "[", count: 60) + "1" + String(repeating: ",1", count: 5000)
        #expect(throws: Never.self) { try read(digits + String(repeating: "]", count: 60)) }
    }

    @Test func `tells keys apart that are as long and start and end alike`() throws {
        let root = try read(#"{"a12z": 1, "a22z": 2, "a13z": 3, "": 4, "a": 5, "completed_at": 6, "\u0061x2z": 7}"#)
        for (index, key) in ["a12z", "a22z", "a13z", "", "a", "completed_at", "ax2z"].enumerated() {
            #expect(root[key]?.integer == index + 1)
        }
        #expect(root["a32z"] == nil)
    }

    @Test(arguments: ["0", "-0", "45", "-1", "999999999999999", "1234567890123456789", "0.5", "1e3"])
    func `gives the double that the digits say`(_ digits: String) throws {
        #expect(try read(digits).double?.bitPattern == Double(digits)?.bitPattern)
    }

    @Test func `tells line and column of a fault`() {
        let error = #expect(throws: JSONError.self) { try read("{\n  \"a\": 1,\n  \"a\": 2\n}") }
        #expect(error?.line == 3)
        #expect(error?.column == 3)
    }

    @Test func `shows where a value stands in the bytes`() throws {
        let document = try JSONDocument(Array(#"{"a": "x", "b": {"c": [1]}}"#.utf8))
        func source(_ key: String) throws -> String {
            String(decoding: document.bytes[try #require(document.root[key]).sourceRange], as: UTF8.self)
        }
        #expect(try source("a") == #""x""#)
        #expect(try source("b") == #"{"c": [1]}"#)
    }
}

@Suite struct `A JSON pointer` {
    private func find(_ pointer: String, in text: String) throws -> JSONElement? {
        try JSONDocument(Array(text.utf8)).root.first(at: #require(JSONPointer(pointer)))
    }

    @Test func `finds what RFC 6901 section 5 says`() throws {
        let text =
            #"{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8}"#
        #expect(try find("", in: text)?.kind == .object)
        #expect(try find("/foo/0", in: text)?.string == "bar")
        for (index, pointer) in ["/", "/a~1b", "/c%d", "/e^f", "/g|h", "/i\\j", "/k\"l", "/ ", "/m~0n"].enumerated() {
            #expect(try find(pointer, in: text)?.integer == index)
        }
    }

    @Test func `takes a star for a key in an object`() throws {
        #expect(try find("/*/a", in: #"{"*": {"a": 1}}"#)?.integer == 1)
        #expect(try find("/*", in: #"{"a": 1}"#) == nil)
    }

    @Test(arguments: ["/foo/2", "/foo/-", "/foo/00", "/foo/x", "/nothing", "/foo/0/x"])
    func `finds nothing where nothing is`(_ pointer: String) throws {
        #expect(try find(pointer, in: #"{"foo": ["bar", "baz"]}"#) == nil)
    }

    @Test(arguments: ["foo", "/a~", "/a~2"])
    func `is not made of what is not one`(_ text: String) {
        #expect(JSONPointer(text) == nil)
    }

    @Test(arguments: ["", "/", "/a/0/b~1c~0d", "/*/x"])
    func `prints what it was made of`(_ text: String) {
        #expect(JSONPointer(text)?.description == text)
    }

    @Test func `takes the first element that is wanted where it has a star`() throws {
        let root = try JSONDocument(Array(#"{"d": [{"r": "A"}, {}, {"r": "B"}]}"#.utf8)).root
        let pointer = try #require(JSONPointer("/d/*/r"))
        #expect(root.first(at: pointer)?.string == "A")
        #expect(root.first(at: pointer) { $0.string == "B" }?.string == "B")
        #expect(root.first(at: pointer) { $0.string == "C" } == nil)
        #expect(root.value(at: pointer)?.string == "A")
    }
}

@Suite struct `Writing JSON` {
    @Test func `puts commas where they belong and escapes what must be`() throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("text")
        writer.string("a\"b\\c\n\r\t\u{1}\u{1f}\u{e9}\u{1f600}")
        writer.key(escaping: "k\"y")
        writer.beginArray()
        writer.integer(-7)
        writer.number(2)
        writer.number(2.5)
        writer.number(Double.nan)
        writer.string(nil)
        writer.bool(true)
        writer.raw(#"{"x":1}"#.utf8)
        writer.beginObject()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        let text = String(decoding: writer.bytes, as: UTF8.self)
        #expect(
            text == #"{"text":"a\"b\\c\n\r\t\u0001\u001fé😀","k\"y":[-7,2,2.5,null,null,true,{"x":1},{}]}"#
        )
        #expect(try JSONDocument(writer.bytes).root["text"]?.string == "a\"b\\c\n\r\t\u{1}\u{1f}\u{e9}\u{1f600}")
    }
}
