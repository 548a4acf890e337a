import Certificates
import Foundation
import GatewayTesting
import TaskModel
import Testing

@Suite(.enabled(if: TestAuthority.hasTool)) struct `Certificates and keys` {
    private let authority: TestAuthority
    private let now: Timestamp

    init() throws {
        authority = try TestAuthority()
        try authority.issue("one")
        now = Timestamp(millisecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1000))
    }

    private func chain(_ names: String...) throws -> CertificateList {
        try CertificateList(pem: names.flatMap { try authority.bytes($0) })
    }

    @Test func `are read, and belong together`() throws {
        let list = try chain("one.pem", "ca.pem")
        #expect(list.certificates.count == 2)
        #expect(list.warning(at: now) == nil)
        let key = try PrivateKey(pem: authority.bytes("one.key"))
        let identity = try Identity(chain: list, key: key)
        #expect(identity == identity)
        #expect(try identity != Identity(chain: chain("one.pem"), key: key))
    }

    @Test func `of which one is not the other's are refused`() throws {
        try authority.issue("two")
        let key = try PrivateKey(pem: authority.bytes("two.key"))
        #expect(throws: CertificateProblem.keyOfAnother) { try Identity(chain: chain("one.pem"), key: key) }
        // The first is the one that counts.
        #expect(throws: CertificateProblem.keyOfAnother) { try Identity(chain: chain("one.pem", "two.pem"), key: key) }
    }

    @Test(arguments: [[], Array("nothing".utf8), [0x30, 0x82, 0x01, 0x00]] as [[UInt8]])
    func `that are something else are refused`(_ bytes: [UInt8]) {
        #expect(throws: CertificateProblem.noCertificate) { try CertificateList(pem: bytes) }
        #expect(throws: CertificateProblem.noKey) { try PrivateKey(pem: bytes) }
    }

    @Test func `in each other's place are refused`() throws {
        #expect(throws: CertificateProblem.noCertificate) { try CertificateList(pem: authority.bytes("one.key")) }
        #expect(throws: CertificateProblem.noKey) { try PrivateKey(pem: authority.bytes("one.pem")) }
    }

    @Test func `that are cut off or damaged are refused, wherever`() throws {
        let certificate = try authority.bytes("one.pem")
        let key = try authority.bytes("one.key")
        for length in stride(from: 40, to: certificate.count - 2, by: 7) {
            #expect(throws: CertificateProblem.damagedCertificate) {
                try CertificateList(pem: Array(certificate.prefix(length)))
            }
            // A whole one in front does not hide it.
            #expect(throws: CertificateProblem.damagedCertificate) {
                try CertificateList(pem: certificate + certificate.prefix(length))
            }
        }
        for length in stride(from: 40, to: key.count - 2, by: 7) {
            #expect(throws: CertificateProblem.damagedKey) { try PrivateKey(pem: Array(key.prefix(length))) }
        }
    }

    @Test(arguments: [["pkcs8", "-topk8"], ["ec"]])
    func `whose key is encrypted are told of, in either way of writing it`(_ command: [String]) throws {
        try authority.run(
            command + (command[0] == "ec" ? ["-aes256"] : []) + ["-in", "one.key", "-out", "locked.key"]
                + ["-passout", "pass:secret"]
        )
        #expect(throws: CertificateProblem.encryptedKey) { try PrivateKey(pem: authority.bytes("locked.key")) }
    }

    @Test func `are warned of outside of their time`() throws {
        let list = try chain("one.pem", "ca.pem")
        let day: Int64 = 86_400_000
        let late = Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch + 3 * day)
        let early = Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch - day)
        let warning = try #require(list.warning(at: late))
        #expect(warning.hasPrefix("certificate 1 of 2 expired at ") && warning.hasSuffix(", and 1 more is out of time"))
        #expect(list.warning(at: early)?.hasPrefix("certificate 1 of 2 is not valid before ") == true)
        #expect(try chain("one.pem").warning(at: late)?.hasPrefix("the certificate expired at ") == true)
        try authority.issue("late", days: 0)
        let second = try chain("one.pem", "late.pem", "ca.pem").warning(
            at: Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch + 60_000)
        )
        #expect(second?.hasPrefix("certificate 2 of 3 expired at ") == true && second?.hasSuffix("Z") == true)
    }

    @Test func `keep their key to themselves`() throws {
        let identity = try Identity(chain: chain("one.pem"), key: PrivateKey(pem: authority.bytes("one.key")))
        var text = "\(identity.key) \(String(reflecting: identity.key))"
        dump(identity.key, to: &text)
        #expect(text.contains("[private key]"))
        #expect(!text.contains("PRIVATE KEY"))
        #expect(!text.contains("45, 45"))
    }
}
