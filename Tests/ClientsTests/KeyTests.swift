import Digests
import TaskModel
import Testing

@testable import Clients

@Suite struct `A key's digest` {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `is the SHA-256 that everybody else makes`(_ key: String, _ expected: String) {
        #expect(KeyDigest(of: key).description == expected)
        #expect(KeyDigest(hexadecimal: expected) == KeyDigest(of: key))
    }

    @Test func `is read from 64 lower-case digits only`() {
        let digits = String(repeating: "0123456789abcdef", count: 4)
        #expect(KeyDigest(hexadecimal: digits)?.description == digits)
        let shorter = digits.dropLast()
        let wrong: [String] = [
            "", "\(shorter)", "\(digits)0", digits.uppercased(), "\(shorter)g", "\(shorter) ", "\(shorter.dropLast())é",
            "0x\(shorter.dropLast())",
        ]
        for text in wrong {
            #expect(KeyDigest(hexadecimal: text) == nil, "\(text)")
        }
    }

    @Test func `differs when a single bit does, wherever it stands`() throws {
        let zeros = String(repeating: "0", count: 64)
        let digest = try #require(KeyDigest(hexadecimal: zeros))
        #expect(digest.mask(ifSameAs: digest) == .max)
        for place in 0..<64 {
            for digit in ["1", "2", "4", "8"] {
                let text = zeros.prefix(place) + digit + zeros.dropFirst(place + 1)
                let other = try #require(KeyDigest(hexadecimal: String(text)))
                #expect(digest.mask(ifSameAs: other) == 0)
                #expect(other.mask(ifSameAs: digest) == 0)
                #expect(digest != other)
            }
        }
    }
}

@Suite struct `Comparing what is secret` {
    @Test(arguments: [
        ("", "", true), ("a", "a", true), ("Bearer tg_é", "Bearer tg_é", true), ("a", "", false), ("", "a", false),
        ("a", "b", false), ("ab", "a", false), ("abc", "bbc", false), ("abc", "abd", false), ("abc", "abcd", false),
        ("e\u{301}", "\u{e9}", false), ("a\u{0}", "a\u{1}", false),
    ])
    func `looks at bytes`(_ left: String, _ right: String, _ areEqual: Bool) {
        #expect(ConstantTime.areEqual(left, right) == areEqual)
    }
}

@Suite struct `A key that is made` {
    @Test func `is its random bytes in base64 that a URL may hold`() {
        let zeros = ClientKey(random: [UInt8](repeating: 0, count: 32))
        #expect(zeros.secret.reveal() == "tg_" + String(repeating: "A", count: 43))
        let ones = ClientKey(random: [UInt8](repeating: 255, count: 32))
        #expect(ones.secret.reveal() == "tg_" + String(repeating: "_", count: 42) + "8")
        let counted = ClientKey(random: Array(0..<32))
        #expect(counted.secret.reveal() == "tg_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
        #expect(counted.digest == KeyDigest(of: counted.secret.reveal()))
        #expect("\(counted.secret)" == "[secret]")
    }
}
