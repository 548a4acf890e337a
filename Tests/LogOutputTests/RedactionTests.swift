import LogOutput
import TaskModel
import Testing

struct `A secret` {
    private static let secrets = ["canary/xpander+b64d07==", "bb_canaryCloud7f3a91", "q\"uo\\te-secret"]

    private func logged(_ text: String, format: LogFormat = .text, secrets: [String] = secrets) throws -> String {
        let pipe = try LogPipe(format, redactor: Redactor(secrets.map { Secret($0) }))
        pipe.writer.write { lines, time in
            lines.begin(time, "info", "message")
            lines.field("a", plain: text)
            lines.end()
        }
        return pipe.end()
    }

    private func base64(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let bytes = Array(text.utf8)
        return stride(from: 0, to: bytes.count, by: 3)
            .map { start in
                let part = bytes[start..<min(start + 3, bytes.count)]
                let value = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
                let digits = (0...part.count).map { alphabet[value >> (18 - 6 * $0) & 63] }
                return String(digits) + String(repeating: "=", count: 3 - part.count)
            }
            .joined()
    }

    private func percentEncoded(_ text: String, upper: Bool) -> String {
        text.utf8
            .map { byte in
                let character = Character(UnicodeScalar(byte))
                if character.isLetter || character.isNumber || "-._~".contains(character) { return String(character) }
                let digits = String(byte, radix: 16, uppercase: upper)
                return "%" + (digits.count == 1 ? "0" : "") + digits
            }
            .joined()
    }

    @Test func `is hidden wherever in a line it stands`() throws {
        for secret in Self.secrets {
            for text in [secret, "x\(secret)", "\(secret)x", "x\(secret)\(secret)x", "\(secret),\(Self.secrets[0])"] {
                let line = try logged(text)
                #expect(!line.contains(secret), "\(line)")
                #expect(line.contains("[redacted]"))
            }
        }
        #expect(try logged("x\(Self.secrets[1])y").hasSuffix("a=x[redacted]y\n"))
    }

    @Test func `is hidden in base 64, whatever stands in front of it`() throws {
        for front in ["", "u", "us", "use", "user:"] {
            for back in ["", "!", "!!"] {
                let encoded = base64(front + Self.secrets[0] + back)
                let line = try logged(encoded)
                #expect(line.contains("[redacted]"), "\(line)")
                #expect(!line.contains(encoded.dropFirst(8).dropLast(8)))
                let forURLs = encoded.replacing("+", with: "-").replacing("/", with: "_")
                #expect(try logged(forURLs).contains("[redacted]"))
            }
        }
    }

    @Test func `is hidden percent-encoded, with digits of either case`() throws {
        for upper in [true, false] {
            let line = try logged("key=" + percentEncoded(Self.secrets[0], upper: upper))
            #expect(line.hasSuffix("a=key=[redacted]\n"), "\(line)")
        }
    }

    @Test func `is hidden in a JSON line, where its quotation marks are escaped`() throws {
        let pipe = try LogPipe(.json, redactor: Redactor(Self.secrets.map { Secret($0) }))
        pipe.writer.write { lines, time in
            lines.begin(time, "info", message: "told \(Self.secrets[2])")
            lines.field(named: Self.secrets[2], outside: Self.secrets[2])
            lines.end()
        }
        let line = pipe.end()
        #expect(line.hasSuffix(#""message":"told [redacted]","[redacted]":"[redacted]"}"# + "\n"), "\(line)")
    }

    @Test func `is hidden where its parts were appended one by one`() throws {
        let pipe = try LogPipe(.text, redactor: Redactor([Secret("task:1234567")]))
        pipe.writer.write { lines, time in
            lines.begin(time, "info", "message")
            lines.field("id", TaskID(provider: "task", native: "1234567"))
            lines.end()
        }
        #expect(pipe.end().hasSuffix("id=[redacted]\n"))
    }

    @Test func `of a few characters is hidden as well, and none at all hides nothing`() throws {
        #expect(try logged("abcdef", secrets: ["cd"]).hasSuffix("a=ab[redacted]ef\n"))
        #expect(try logged("abcdef", secrets: ["", "d"]).contains("a=abc[redacted]ef"))
        #expect(try logged("abcdef", secrets: []).hasSuffix("a=abcdef\n"))
        #expect(try logged("abcdef", secrets: [""]).hasSuffix("a=abcdef\n"))
    }

    @Test func `that begins with another one is hidden whole`() throws {
        #expect(
            try logged("secret-one-and-two", secrets: ["secret-one", "secret-one-and-two"]).hasSuffix("a=[redacted]\n")
        )
    }

    @Test func `that was replaced is still hidden, and so is the new one`() throws {
        let redactor = Redactor([Secret("first-secret")])
        let pipe = try LogPipe(.text, redactor: redactor)
        redactor.replace([Secret("second-secret")])
        pipe.writer.write { lines, time in
            lines.begin(time, "info", message: "first-secret second-secret")
            lines.end()
        }
        #expect(pipe.end().hasSuffix("[redacted] [redacted]\n"))
    }

    @Test func `is found by the search as a plain comparison finds it`() throws {
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<300 {
            // Few letters, so that texts overlap and nearly match.
            let secrets = (0..<(1 + random(4)))
                .map { _ in String((0..<(3 + random(6))).map { _ in Array("abc")[random(3)] }) }
            let text = String((0..<60).map { _ in Array("abcd")[random(4)] })
            var expected = ""
            var rest = Substring(text)
            while !rest.isEmpty {
                if let found = secrets.filter({ rest.hasPrefix($0) }).max(by: { $0.count < $1.count }) {
                    expected += "[redacted]"
                    rest = rest.dropFirst(found.count)
                } else {
                    expected.append(rest.removeFirst())
                }
            }
            let line = try logged(text, secrets: secrets)
            #expect(line.hasSuffix(" message a=\(expected)\n"), "\(secrets) in \(text)")
        }
    }
}
