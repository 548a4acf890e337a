/// HTTP status codes as small numbers, for tables.
package enum StatusCode {
    /// The registered ones, 499 for a caller that was gone before its answer, and what Cloudflare answers for a server.
    private static let codes: [Int] =
        Array(200...208) + [100, 101, 103, 226] + Array(300...305) + [307, 308] + Array(400...418) + Array(421...426)
        + [428, 429, 431, 451, 499] + Array(500...508) + [510, 511] + Array(520...526) + [529, 530]

    /// How many numbers there are; the last is for all other codes.
    package static let count = codes.count + 1

    private static let numbers: [UInt8] = {
        var numbers = [UInt8](repeating: UInt8(codes.count), count: 600)
        for (number, code) in codes.enumerated() { numbers[code] = UInt8(number) }
        return numbers
    }()

    /// The number of a code.
    package static func number(of code: Int) -> Int {
        code >= 0 && code < numbers.count ? Int(numbers[code]) : codes.count
    }

    /// The code of a number, as a label shows it.
    package static func text(of number: Int) -> String {
        number < codes.count ? String(codes[number]) : "other"
    }
}
