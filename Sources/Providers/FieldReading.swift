internal import JSON
internal import TaskModel

// How the fields of a task are read. What cannot be read is nil: a field never makes an answer unreadable.

extension JSONElement {
    /// Text for a person: scalars as they are written, objects and arrays as JSON; nil for the empty text.
    var shownText: String? {
        let text = writtenScalar ?? (isNull ? nil : String(decoding: sourceBytes[sourceRange], as: UTF8.self))
        return text.flatMap { $0.isEmpty ? nil : $0.clippedField }
    }

    /// A time: RFC 3339 as text, or a number of `unit` since 1970 as number or text; 0 is no time.
    func timestamp(_ unit: TimeUnit?) -> Timestamp? {
        if let text = plainText {
            if let time = Timestamp(sourceBytes.span.extracting(text)) { return time }
        } else if let text = string, let time = Timestamp(text) {
            return time
        }
        guard let unit, let number = double ?? string.flatMap(Double.init), number.isFinite, number != 0 else {
            return nil
        }
        let milliseconds = number * (1000 / unit.perSecond)
        guard let whole = Int64(exactly: milliseconds.rounded(.down)), Timestamp.writable.contains(whole) else {
            return nil
        }
        return Timestamp(millisecondsSinceEpoch: whole)
    }

    /// A length of time: a number of `unit`, or a text such as `900s`, `1.5` or `PT15M`.
    func seconds(_ unit: TimeUnit) -> Double? {
        let seconds =
            if let number = double {
                number / unit.perSecond
            } else if let text = string {
                text.first == "P" ? Self.seconds(iso8601: text) : Double(text.last == "s" ? text.dropLast() : text[...])
            } else {
                Double?.none
            }
        return seconds.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }

    /// Days, hours, minutes and seconds of ISO 8601, such as `P1DT2H3M4.5S`; nil for months and years, which have no length.
    private static func seconds(iso8601 text: String) -> Double? {
        var seconds = 0.0
        var number = ""
        var factors: [Character: Double] = ["D": 86400, "W": 604_800]
        for character in text.dropFirst() {
            if character == "T" {
                factors = ["H": 3600, "M": 60, "S": 1]
            } else if let factor = factors[character] {
                guard let value = Double(number) else { return nil }
                seconds += value * factor
                number = ""
            } else {
                number.append(character)
            }
        }
        return number.isEmpty && text.count > 2 ? seconds : nil
    }
}

extension ProgressSource {
    /// Progress as a percentage.
    func percentage(in root: JSONElement) -> Double? {
        let share: Double?
        switch self {
        case .share(let source, let whole):
            share = source.first(in: root) { $0.double ?? $0.string.flatMap { Self.number($0, whole: whole) } }
                .map { $0 / whole * 100 }
        case .counts(let done, let total):
            let sum = { (places: [JSONPointer]) in places.reduce(0.0) { $0 + (root.first(at: $1)?.double ?? 0) } }
            let all = sum(total)
            share = all > 0 ? (sum(done) / all * 1000).rounded() / 10 : nil
        }
        guard let share, share.isFinite, share >= 0 else { return nil }
        return min(share, 100)
    }

    /// Reads `45`, `45%` and `3/7`, which is a share of the whole.
    private static func number(_ text: String, whole: Double) -> Double? {
        let (first, second) = text.splitOnce(at: "/")
        if let second {
            guard let done = Double(first), let total = Double(second), total > 0 else { return nil }
            return (done / total * 1000).rounded() / 1000 * whole
        }
        return Double(text.last == "%" ? text.dropLast() : text[...])
    }
}

extension String {
    /// The text, cut to a length that keeps a task small.
    fileprivate var clippedField: String { clipped(toBytes: 8192) }
}
