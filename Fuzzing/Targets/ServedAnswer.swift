/// An answer of the gateway, read strictly.
struct ServedAnswer {
    let status: Int

    /// Reads answers that follow each other, up to the last byte.
    static func read(_ bytes: [UInt8], mayOmitBody: Bool) throws(Finding) -> [ServedAnswer] {
        var answers: [ServedAnswer] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let end = rest.range(of: "\r\n\r\n") else {
                throw Finding(description: "an answer's head does not end")
            }
            let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
                .split(separator: "\r\n", omittingEmptySubsequences: false)
            rest = rest[end.upperBound...]
            let status = try status(lines[0])
            answers.append(ServedAnswer(status: status))
            let length = try length(lines.dropFirst())
            if status < 200 || status == 204 || status == 304 {
                try Finding.unless(length == nil, "\(status) has a length")
                continue
            }
            guard let length else { throw Finding(description: "an answer has no length") }
            // Of what asked, only the bytes are known here: an answer to HEAD ends with its head.
            let omitsBody = mayOmitBody && (rest.isEmpty || rest.starts(with: "HTTP/1.1 ".utf8))
            guard !omitsBody else { continue }
            try Finding.unless(rest.count >= length, "an answer's body is shorter than its length")
            rest = rest.dropFirst(length)
        }
        return answers
    }

    private static func status(_ line: Substring) throws(Finding) -> Int {
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "HTTP/1.1", parts[1].utf8.count == 3, let status = Int(parts[1]),
            100...599 ~= status, status != 500
        else { throw Finding(description: "a status line is \(line)") }
        return status
    }

    /// The one length that the fields name.
    private static func length(_ lines: ArraySlice<Substring>) throws(Finding) -> Int? {
        var length: Int?
        for line in lines {
            let field = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let isField = field.count == 2 && line.utf8.allSatisfy { 0x20...0x7e ~= $0 }
            try Finding.unless(isField && !field[0].isEmpty && !field[0].contains(" "), "a header field is \(line)")
            guard field[0].lowercased() == "content-length" else { continue }
            try Finding.unless(length == nil, "an answer has two lengths")
            length = Int(field[1].drop { $0 == " " })
            try Finding.unless(length != nil, "a length is \(line)")
        }
        return length
    }
}

extension ArraySlice<UInt8> {
    /// Where these bytes stand first.
    ///
    /// The standard library's own search is generic code that nothing specializes; it took a fifth of an input's time.
    /// And libFuzzer would learn from each `memcmp`.
    func range(of text: StaticString) -> Range<Int>? {
        let text = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        let place = withUnsafeBytes { bytes in
            bytes.indices.dropLast(text.count - 1).first { place in
                bytes[place] == text[0] && text.indices.allSatisfy { bytes[place + $0] == text[$0] }
            }
        }
        return place.map { startIndex + $0..<startIndex + $0 + text.count }
    }
}
