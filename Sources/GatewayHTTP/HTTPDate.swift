internal import TaskModel

/// The `Date` field's form of an instant, `Sat, 21 Nov 2026 15:27:24 GMT`.
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func text(_ instant: Timestamp) -> String {
        // RFC 3339 has all the parts at fixed places; only the day of the week is missing. The epoch was a Thursday.
        let parts = Array(instant.description.utf8)
        let dayNumber = Int((Double(instant.millisecondsSinceEpoch) / 86_400_000).rounded(.down))
        let weekday = days[((dayNumber % 7) + 7) % 7]
        func part(_ range: Range<Int>) -> String { String(decoding: parts[range], as: UTF8.self) }
        let month = months[(Int(part(5..<7)) ?? 1) - 1]
        return "\(weekday), \(part(8..<10)) \(month) \(part(0..<4)) \(part(11..<19)) GMT"
    }
}

/// The bytes of the `Date` field, made anew only when the second changes.
struct DateField {
    private var second: Int64?
    private(set) var bytes: [UInt8] = []

    mutating func update(_ now: Timestamp) {
        let second = now.millisecondsSinceEpoch / 1000
        guard second != self.second else { return }
        self.second = second
        bytes = Array("Date: \(HTTPDate.text(now))\r\n".utf8)
    }
}
