import Documents
import JSON
import Testing

@Suite struct `Reading a file strictly` {
    private func faults(_ text: String, _ read: (DocumentCursor) -> Int?) -> [String] {
        do {
            _ = try DocumentCursor.read(Array(text.utf8), of: "file.json", read)
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test func `reports every mistake at once, each with its place`() {
        let found = faults(#"{"listne": 1, "count": "x", "many": [1, 99]}"#) { cursor in
            cursor.object { object in
                _ = object.required("listen", "where to listen")?.string()
                _ = object.optional("count")?.integer(in: 0...9)
                for element in object.optional("many")?.oneOrMany() ?? [] { _ = element.integer(in: 0...9) }
                return 1
            }
        }
        #expect(
            found == [
                #"file.json#: "listen" is missing: where to listen"#,
                "file.json#/count: must be a whole number, not string",
                "file.json#/many/1: 99 is not between 0 and 9",
                #"file.json#/listne: unknown key; did you mean "listen"?; known here: listen, count, many"#,
            ]
        )
    }

    @Test func `says line and column of what is not JSON`() {
        #expect(
            faults("{\n\"a\": 1,\n\"a\": 2}") { _ in 1 }
                == ["file.json: not valid JSON: a key that this object already has at line 3, column 1"]
        )
    }

    @Test(arguments: [#""30s""#, "30", #""30000ms""#, #""0.5m""#])
    func `takes a duration with a unit, or a bare number of seconds`(_ text: String) throws {
        let read = try DocumentCursor.read(Array(text.utf8), of: "f") { $0.duration(in: .zero ... .seconds(60)) }
        #expect(read == .seconds(30))
    }

    @Test(arguments: [#""30 s""#, "-1", #""2h""#, "null", "true"])
    func `refuses what is no duration, or out of its range`(_ text: String) {
        #expect(throws: DocumentFaults.self) {
            try DocumentCursor.read(Array(text.utf8), of: "f") { $0.duration(in: .zero ... .seconds(60)) }
        }
    }
}
