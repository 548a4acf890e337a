/// An instant in UTC, in milliseconds: the precision that the gateway shows.
package struct Timestamp: Sendable, Hashable, Comparable {
    package let millisecondsSinceEpoch: Int64

    package init(millisecondsSinceEpoch: Int64) {
        self.millisecondsSinceEpoch = millisecondsSinceEpoch
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
    }
}

// MARK: - RFC 3339

extension Timestamp {
    /// Reads RFC 3339 and what providers write instead of it: any number of fraction digits, a space for the `T`,
    /// an offset with or without its colon, or no offset at all, which is taken as UTC.
    ///
    /// Digits past the third of the fraction are dropped. Nil for anything that is not such a time.
    package init?(_ text: some StringProtocol) {
        self.init(Array(text.utf8).span)
    }

    /// Reads the same from the text's bytes.
    package init?(_ text: Span<UInt8>) {
        let time = text.withUnsafeBufferPointer { Self.read($0) }
        guard let time else { return nil }
        self.init(millisecondsSinceEpoch: time)
    }

    private static func read(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        // Date, hour and minute stand at fixed places.
        guard text.count >= 16, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: "t") || text[10] == UInt8(ascii: " "),
            text[13] == UInt8(ascii: ":"),
            let century = text.twoDigits(at: 0), let yearOfCentury = text.twoDigits(at: 2),
            let month = text.twoDigits(at: 5), let day = text.twoDigits(at: 8),
            let hour = text.twoDigits(at: 11), let minute = text.twoDigits(at: 14)
        else { return nil }
        let year = century * 100 + yearOfCentury
        guard month >= 1, month <= 12, day >= 1, day <= days(in: month, of: year), hour < 24, minute < 60 else {
            return nil
        }
        var reader = DigitReader(bytes: text, position: 16)
        var second = 0
        var milliseconds = 0
        if reader.skip(":") {
            // A leap second is shown as the last second of its minute.
            guard let read = reader.twoDigits(), read <= 60 else { return nil }
            second = min(read, 59)
            if reader.skip(".") || reader.skip(",") {
                guard let fraction = reader.fraction() else { return nil }
                milliseconds = fraction
            }
        }
        guard let offset = reader.offsetMinutes(), reader.isAtEnd else { return nil }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        let seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second
        let time = Int64(seconds) * 1000 + Int64(milliseconds)
        // An offset can lead out of the years that RFC 3339 can write.
        return writable.contains(time) ? time : nil
    }

    /// From the start of the year 0 to the end of the year 9999.
    package static let writable: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    /// How many bytes `write` writes.
    package static let textLength = 24

    /// Writes `2024-01-15T10:00:00.000Z`, 24 ASCII bytes; what is out of the writable years as the nearest in them.
    package func write(to bytes: UnsafeMutableBufferPointer<UInt8>) {
        precondition(bytes.count >= Self.textLength)
        let time = min(max(millisecondsSinceEpoch, Self.writable.lowerBound), Self.writable.upperBound)
        // From the start of the year 0, where nothing is negative: dividing such numbers of 32 bits is cheap, and an
        // answer has several times in it.
        let (day, millisecond) = UInt64(time - Self.writable.lowerBound).quotientAndRemainder(dividingBy: 86_400_000)
        let date = Self.civilDate(daysSinceYearZero: UInt32(truncatingIfNeeded: day))
        let clock = UInt32(truncatingIfNeeded: millisecond)
        let text = UnsafeMutableRawBufferPointer(bytes)
        text.set(twoDigits: date.year / 100, at: 0)
        text.set(twoDigits: date.year % 100, at: 2)
        text[4] = UInt8(ascii: "-")
        text.set(twoDigits: date.month, at: 5)
        text[7] = UInt8(ascii: "-")
        text.set(twoDigits: date.day, at: 8)
        text[10] = UInt8(ascii: "T")
        text.set(twoDigits: clock / 3_600_000, at: 11)
        text[13] = UInt8(ascii: ":")
        text.set(twoDigits: clock / 60000 % 60, at: 14)
        text[16] = UInt8(ascii: ":")
        text.set(twoDigits: clock / 1000 % 60, at: 17)
        text[19] = UInt8(ascii: ".")
        text.set(twoDigits: clock % 1000 / 10, at: 20)
        text[22] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: clock % 10)
        text[23] = UInt8(ascii: "Z")
    }

    // Both conversions after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years start in March,
    // so that the leap day is the last of its year.

    private static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146097 + dayOfEra - 719468
    }

    private static func civilDate(daysSinceYearZero days: UInt32) -> (year: UInt32, month: UInt32, day: UInt32) {
        // From March 1st of the year -400: one era earlier, and 60 days later.
        let shifted = days &+ (146097 - 60)
        let era = shifted / 146097
        let dayOfEra = shifted % 146097
        let yearOfEra = (dayOfEra &- dayOfEra / 1460 &+ dayOfEra / 36524 &- dayOfEra / 146096) / 365
        let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
        let shiftedMonth = (5 &* dayOfYear &+ 2) / 153
        let day = dayOfYear &- (153 &* shiftedMonth &+ 2) / 5 &+ 1
        let month = shiftedMonth < 10 ? shiftedMonth &+ 3 : shiftedMonth &- 9
        return (yearOfEra &+ era &* 400 &- 400 &+ (month <= 2 ? 1 : 0), month, day)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Timestamp: CustomStringConvertible {
    package var description: String {
        String(unsafeUninitializedCapacity: Self.textLength) { bytes in
            write(to: bytes)
            return Self.textLength
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Sets a number from 0 to 99.
    @inline(__always)
    fileprivate func set(twoDigits number: UInt32, at index: Int) {
        // Dividing by ten, for numbers this small; both digits are stored at once.
        let tens = (number &* 103) &>> 10
        let digits = tens | (number &- tens &* 10) &<< 8 | 0x3030
        storeBytes(of: UInt16(truncatingIfNeeded: digits).littleEndian, toByteOffset: index, as: UInt16.self)
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The number that two digits say, at a place where two bytes are.
    @inline(__always)
    fileprivate func twoDigits(at position: Int) -> Int? {
        let tens = self[position] &- UInt8(ascii: "0")
        let ones = self[position + 1] &- UInt8(ascii: "0")
        return tens < 10 && ones < 10 ? Int(tens) &* 10 &+ Int(ones) : nil
    }
}

/// Reads what stands behind the minute, whose length varies; it may not outlive the bytes.
private struct DigitReader {
    let bytes: UnsafeBufferPointer<UInt8>
    var position: Int

    var isAtEnd: Bool { position == bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func digit() -> Int? {
        guard position < bytes.count else { return nil }
        let digit = bytes[position] &- UInt8(ascii: "0")
        guard digit < 10 else { return nil }
        position += 1
        return Int(digit)
    }

    @inline(__always)
    mutating func twoDigits() -> Int? {
        guard position + 2 <= bytes.count, let number = bytes.twoDigits(at: position) else { return nil }
        position += 2
        return number
    }

    /// The first three digits of a fraction as milliseconds; the rest is passed over.
    mutating func fraction() -> Int? {
        var value = 0
        var count = 0
        while let digit = digit() {
            if count < 3 { value = value * 10 + digit }
            count += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 3)..<3 { value *= 10 }
        return value
    }

    @inline(__always)
    mutating func offsetMinutes() -> Int? {
        if isAtEnd || skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = twoDigits(), hours < 24 else { return nil }
        _ = skip(":")
        guard !isAtEnd else { return sign * hours * 60 }
        guard let minutes = twoDigits(), minutes < 60 else { return nil }
        return sign * (hours * 60 + minutes)
    }
}
