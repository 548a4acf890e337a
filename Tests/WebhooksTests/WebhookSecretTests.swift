import Digests
import TaskModel
import Testing
import Webhooks

@Suite struct `A secret for webhooks` {
    /// The example of the Standard Webhooks specification, version 1.0.0, as its reference libraries test it.
    @Test func `signs as the specification does`() throws {
        let secret = try #require(WebhookSecret(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")))
        let signature = secret.signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp: 1_614_265_330,
            body: Array(#"{"test": 2432232314}"#.utf8)
        )
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test(arguments: [
        "", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_short", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!",
        "whsec_AAAA", "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ])
    func `is refused where it is none`(_ text: String) {
        #expect(WebhookSecret(Secret(text)) == nil)
    }

    @Test func `shows itself nowhere`() throws {
        let secret = try #require(WebhookSecret(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")))
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!"\(secret) \(dumped)".contains("MfKQ"))
    }

    @Test func `is a client's own where it has one, and the common one else`() throws {
        let own = try #require(WebhookSecret(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")))
        let common = try #require(WebhookSecret(Secret("whsec_" + Base64.encode(Array(repeating: 7, count: 32)))))
        let secrets = WebhookSecrets(common: .init(current: common), own: ["app": .init(current: own)])
        #expect(secrets.pair(of: "app")?.current == own)
        #expect(secrets.pair(of: "other")?.current == common)
        #expect(secrets.pair(of: nil)?.current == common)
        #expect(WebhookSecrets(common: nil, own: [:]).pair(of: nil) == nil)
    }
}

@Suite struct `Base 64` {
    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `is written and read as its specification does`(_ text: String, _ code: String) {
        #expect(Base64.encode(Array(text.utf8)) == code)
        #expect(Base64.decode(code) == Array(text.utf8))
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "Z===", "====", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "Zm-v", "Zg==Zg=="])
    func `has one spelling`(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
