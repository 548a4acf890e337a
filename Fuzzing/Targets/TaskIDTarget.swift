/// A task's id, as a caller writes it into the path: found or refused, and what is found can be asked for.
///
/// The bytes stand in the path as they are, where they can; the catalog is made of the definitions that come with the
/// gateway. What a request made of the id must be, `CatalogGateway` checks.
enum TaskIDTarget {
    static func run(_ bytes: [UInt8]) throws {
        // What ends the path or the line is the business of the target for requests.
        let id = bytes.flatMap { byte in
            0x21...0x7e ~= byte && byte != UInt8(ascii: "#") ? [byte] : Array("%\(hexadecimal(byte))".utf8)
        }
        for method in ["GET", "POST"] {
            let request =
                Array("\(method) /tasks/".utf8) + id + Array((method == "POST" ? "/cancel" : "").utf8)
                + Array(" HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
            let answers = try ServedConnection.answers(to: [request])
            try Finding.unless(answers.count == 1, "one request has \(answers.count) answers")
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
