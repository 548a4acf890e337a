/// The spellings in which a secret can turn up.
enum SecretForms {
    /// Fewer characters of base 64 are found everywhere.
    private static let leastOfBase64 = 8

    /// A secret as it is, percent-encoded, escaped as in JSON, and in base 64 wherever in a longer text it stood.
    static func all(of secret: [UInt8]) -> [[UInt8]] {
        guard !secret.isEmpty else { return [] }
        var forms = [secret, percentEncoded(secret, "0123456789ABCDEF"), percentEncoded(secret, "0123456789abcdef")]
        forms.append(
            secret.flatMap { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") ? [UInt8(ascii: "\\"), $0] : [$0] }
        )
        for offset in 0..<3 {
            for alphabet in [standard, forURLs] {
                let form = base64(secret, offset: offset, alphabet)
                if form.count >= leastOfBase64 { forms.append(form) }
            }
        }
        var seen: Set<[UInt8]> = []
        return forms.filter { seen.insert($0).inserted }
    }

    private static func percentEncoded(_ secret: [UInt8], _ digits: StaticString) -> [UInt8] {
        secret.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                [byte]
            default: [UInt8(ascii: "%"), digits.utf8Start[Int(byte >> 4)], digits.utf8Start[Int(byte & 15)]]
            }
        }
    }

    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let standard = Array((letters + "+/").utf8)
    private static let forURLs = Array((letters + "-_").utf8)

    /// The characters that a secret makes by itself where `offset` bytes, modulo 3, stand in front of it; the ones that
    /// its neighbours have a part in are left out.
    private static func base64(_ secret: [UInt8], offset: Int, _ alphabet: [UInt8]) -> [UInt8] {
        let bits = 8 * (offset + secret.count)
        let first = (8 * offset + 5) / 6
        let last = bits / 6
        guard first < last else { return [] }
        return (first..<last)
            .map { character in
                var value = 0
                for bit in 6 * character..<6 * character + 6 {
                    let byte = secret[bit / 8 - offset]
                    value = value << 1 | Int(byte >> UInt8(7 - bit % 8) & 1)
                }
                return alphabet[value]
            }
    }
}
