/// The one preference of `Prefer` (RFC 7240) that the gateway knows: `wait=<seconds>`.
enum PreferField {
    /// The first `wait` in the field; nil where there is none that is a whole number of seconds.
    static func wait(in field: String) -> Int? {
        for preference in split(field) {
            let pair = preference.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, trim(pair[0]).lowercased() == "wait" else { continue }
            var value = trim(pair[1])
            if value.hasPrefix("\""), value.hasSuffix("\""), value.count >= 2 { value = value.dropFirst().dropLast() }
            guard !value.isEmpty, value.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else { return nil }
            // A number too large for an integer is still a very long wait.
            return Int(value) ?? Int.max
        }
        return nil
    }

    /// Splits at the commas that are not inside quotation marks.
    private static func split(_ field: String) -> [Substring] {
        var isQuoted = false
        return field.split { character in
            if character == "\"" { isQuoted.toggle() }
            return character == "," && !isQuoted
        }
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
