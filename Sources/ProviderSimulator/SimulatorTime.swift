/// An instant of the simulated world, in microseconds since 1970, because one provider writes microseconds.
package struct SimulatorTime: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    package var microseconds: Int64

    /// The instant so long after 1970.
    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// 2026-01-15T10:00:00.123456Z, where a clock that is moved by hand begins.
    package static let beginning = SimulatorTime(microseconds: 1_768_471_200_123_456)

    /// 9999-12-31T23:59:59.999999Z, the last instant whose year has four digits: the end of simulated time.
    package static let end = SimulatorTime(microseconds: 253_402_300_799_999_999)

    /// Whether an instant comes before another.
    package static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    /// The instant so much later.
    package static func + (time: Self, duration: Duration) -> Self {
        Self(microseconds: time.microseconds + duration.wholeMicroseconds)
    }

    /// The instant so much earlier.
    package static func - (time: Self, duration: Duration) -> Self {
        Self(microseconds: time.microseconds - duration.wholeMicroseconds)
    }

    /// The time from one instant to another.
    package static func - (left: Self, right: Self) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }
}

extension Duration {
    var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    /// Reads `30s`, `250ms`, `5m`, `1h`, or plain seconds; nil for anything else.
    init?(simulatorText text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), count <= 1_000_000_000 else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": self = .milliseconds(count)
        case "s", "": self = .seconds(count)
        case "m": self = .seconds(count * 60)
        case "h": self = .seconds(count * 3600)
        default: return nil
        }
    }
}

// MARK: - Text

extension SimulatorTime {
    /// How many digits a provider writes after the second.
    enum Precision {
        case seconds
        case milliseconds
        case microseconds
    }

    /// ISO 8601 in UTC, `2026-05-13T10:12:04.123456Z`.
    func text(_ precision: Precision, zone: String = "Z") -> String {
        let (date, microsecond) = civil
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        bytes.append(decimal: date.year, digits: 4)
        bytes.append(UInt8(ascii: "-"))
        bytes.append(decimal: date.month, digits: 2)
        bytes.append(UInt8(ascii: "-"))
        bytes.append(decimal: date.day, digits: 2)
        bytes.append(UInt8(ascii: "T"))
        bytes.append(decimal: date.second / 3600, digits: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(decimal: date.second / 60 % 60, digits: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(decimal: date.second % 60, digits: 2)
        switch precision {
        case .seconds: break
        case .milliseconds:
            bytes.append(UInt8(ascii: "."))
            bytes.append(decimal: microsecond / 1000, digits: 3)
        case .microseconds:
            bytes.append(UInt8(ascii: "."))
            bytes.append(decimal: microsecond, digits: 6)
        }
        bytes.append(contentsOf: zone.utf8)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `Jan-27-26_01-44-55-AM`, the beginning of a task id of the QMail core, cloudcoin.org/commands/task.php.
    var coreIdentifierText: String {
        let (date, _) = civil
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let hour = date.second / 3600
        var bytes: [UInt8] = Array(months[date.month - 1].utf8)
        for part in [date.day, date.year % 100] {
            bytes.append(UInt8(ascii: "-"))
            bytes.append(decimal: part, digits: 2)
        }
        bytes.append(UInt8(ascii: "_"))
        bytes.append(decimal: hour % 12 == 0 ? 12 : hour % 12, digits: 2)
        for part in [date.second / 60 % 60, date.second % 60] {
            bytes.append(UInt8(ascii: "-"))
            bytes.append(decimal: part, digits: 2)
        }
        return String(decoding: bytes, as: UTF8.self) + (hour < 12 ? "-AM" : "-PM")
    }

    // After Howard Hinnant's days-to-civil: years start in March, so that the leap day is the last of its year.
    private var civil: (date: (year: Int, month: Int, day: Int, second: Int), microsecond: Int) {
        let seconds = Int(microseconds / 1_000_000)
        let shifted = seconds / 86400 + 719468
        let era = shifted / 146097
        let dayOfEra = shifted % 146097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        return ((year, month, day, seconds % 86400), Int(microseconds % 1_000_000))
    }
}

extension [UInt8] {
    fileprivate mutating func append(decimal number: Int, digits: Int) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}
