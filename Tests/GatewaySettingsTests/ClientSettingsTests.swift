import Addresses
import Clients
import Digests
import GatewaySettings
import TaskModel
import Testing

/// The digest of a key, as the file has it.
private func digest(_ key: String) -> String { KeyDigest(of: key).description }

/// The mistakes in a list of clients beside two providers.
private func faults(inClients list: String) -> [String] {
    faults(#"{"providers": {"qmail": {}, "xpander": {}}, "clients": \#(list)}"#)
}

/// The mistakes in one client that has everything but what `members` say otherwise.
private func faults(inClient members: KeyValuePairs<String, String>) -> [String] {
    var all = [
        "name": #""app""#, "key_sha256": "\"\(digest("k"))\"", "providers": #"["*"]"#, "may": #"["read"]"#,
    ]
    for (key, value) in members { all[key] = value.isEmpty ? nil : value }
    let text = all.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
    return faults(inClients: "[{\(text)}]")
}

@Suite struct `A mistake in the clients` {
    @Test func `is an empty list, or none at all`() {
        #expect(
            faults(inClients: "[]") == [
                "config.json#/clients: must name at least one client; null lets in whoever reaches the gateway"
            ]
        )
        #expect(faults(inClients: "{}") == ["config.json#/clients: must be an array, not object"])
        #expect(faults(inClients: "[1]") == ["config.json#/clients/0: must be an object, not number"])
        #expect(faults(inClients: "null") == [])
    }

    @Test func `is named with all the others`() {
        #expect(
            faults(
                inClients: #"[{}, {"name": "App", "key_sha256": "tg_aKeyItself", "providers": [], "may": [], "x": 1}]"#
            )
                == [
                    #"config.json#/clients/0: "name" is missing: it is what a cancel says it was requested by"#,
                    #"config.json#/clients/0: "key_sha256" is missing: "taskgate key" makes a key and prints it"#,
                    #"config.json#/clients/0: "providers" is missing: it says which the client may use; ["*"] is all"#,
                    #"config.json#/clients/0: "may" is missing: it says what the client may do"#,
                    "config.json#/clients/1/name: a client's name is a lower-case letter, "
                        + "then up to 31 lower-case letters, digits and hyphens",
                    "config.json#/clients/1/key_sha256: must be the SHA-256 of the key, 64 lower-case hexadecimal "
                        + #"digits, as "taskgate key --digest" prints it; a key itself does not belong in this file"#,
                    #"config.json#/clients/1/providers: must name a provider; ["*"] is all"#,
                    #"config.json#/clients/1/may: must hold at least one of "read", "cancel", "rename", "watch", "operate""#,
                    "config.json#/clients/1/x: unknown key; known here: name, key_sha256, providers, may, rate, "
                        + "webhook_secret, webhook_previous_secret",
                ]
        )
    }

    @Test(arguments: ["", "A", "1a", "-a", "a_b", "a b", "é", String(repeating: "a", count: 33), "a\n"])
    func `is a name that cannot be one`(_ name: String) {
        let found = faults(inClient: ["name": "\"\(name.replacing("\n", with: "\\n"))\""])
        #expect(found.count == 1 && found[0].hasPrefix("config.json#/clients/0/name: "), "\(found)")
    }

    @Test func `is a digest that cannot be one, and is not repeated`() {
        let right = digest("k")
        let wrongs: [String] = [
            "", "\(right.dropLast())", "\(right)0", right.uppercased(), "tg_\(right.dropFirst(3))", "\(right)\\n",
            "tg_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        ]
        for wrong in wrongs {
            let found = faults(inClient: ["key_sha256": "\"\(wrong)\""])
            #expect(found.count == 1 && found[0].hasPrefix("config.json#/clients/0/key_sha256: must be the SHA-256"))
            #expect(!found.contains { $0.contains("tg_") || (!wrong.isEmpty && $0.contains(wrong)) })
        }
    }

    @Test func `is a name or a key that another client has`() {
        func client(_ name: String, _ key: String) -> String {
            #"{"name": "\#(name)", "key_sha256": "\#(digest(key))", "providers": ["*"], "may": ["read"]}"#
        }
        #expect(
            faults(inClients: "[\(client("a", "1")), \(client("a", "2")), \(client("b", "1"))]") == [
                "config.json#/clients/1/name: another client has this name",
                "config.json#/clients/2/key_sha256: another client has this key",
            ]
        )
    }

    @Test(arguments: [
        (#"["qmial"]"#, "/0: no provider of this name is configured"),
        (#"["qmail", "*"]"#, #"/1: "*" is all providers, and stands alone"#),
        (#"["qmail", "qmail"]"#, "/1: is there twice"),
        (#"["*", "*"]"#, #"/0: "*" is all providers, and stands alone"#),
        (#"[""]"#, "/0: must not be empty"), (#"[7]"#, "/0: must be a string, not number"),
        (#""*""#, ": must be an array, not string"),
    ])
    func `is a provider that cannot be meant`(_ list: String, _ fault: String) {
        #expect(faults(inClient: ["providers": list]).first == "config.json#/clients/0/providers\(fault)")
    }

    @Test(arguments: [
        (
            #"["raed"]"#,
            #"/0: "raed" is not one of "read", "cancel", "rename", "watch", "operate"; did you mean "read"?"#
        ),
        (#"["read", "read"]"#, "/1: is there twice"), (#""read""#, ": must be an array, not string"),
        (#"[null]"#, "/0: must be a string, not null"),
    ])
    func `is a permission that there is not`(_ list: String, _ fault: String) {
        #expect(faults(inClient: ["may": list]) == ["config.json#/clients/0/may\(fault)"])
    }

    @Test(arguments: [
        ("{}", #": "per_second" is missing: how many calls each second allows in the long run"#),
        (#"{"per_second": 0}"#, "/per_second: must be between 0.01 and 100000"),
        (#"{"per_second": 1, "burst": 0}"#, "/burst: 0 is not between 1 and 100000"),
        ("5", ": must be an object, not number"),
    ])
    func `is a rate that is none`(_ rate: String, _ fault: String) {
        #expect(faults(inClient: ["rate": rate]) == ["config.json#/clients/0/rate\(fault)"])
    }
}

@Suite struct `The clients in the configuration` {
    @Test func `are read with everything that is said of them`() throws {
        let read = try settings(
            """
            {"listen": "0.0.0.0:7070", "providers": {"qmail": {}, "xpander": {"enabled": false}}, "clients": [
               {"name": "billing-app", "key_sha256": "\(digest("one"))", "providers": ["*"],
                "may": ["read", "cancel", "rename", "watch", "operate"], "rate": {"per_second": 2.5}},
               {"name": "viewer", "key_sha256": "\(digest("two"))", "providers": ["xpander"], "may": ["read"]}]}
            """
        )
        #expect(
            read.clients == [
                Client(
                    name: "billing-app",
                    keyDigest: KeyDigest(of: "one"),
                    providers: nil,
                    permissions: [.read, .cancel, .rename, .watch, .operate],
                    rate: CallRate(perSecond: 2.5, burst: 3)
                ),
                Client(name: "viewer", keyDigest: KeyDigest(of: "two"), providers: ["xpander"], permissions: [.read]),
            ]
        )
        #expect(read.listen == .tcp(host: "0.0.0.0", port: 7070))
    }

    @Test(arguments: ["0.0.0.0:1", "[::]:1", "192.0.2.1:1", "example.com:1"])
    func `let the gateway listen where others can reach it, and only they do`(_ address: String) throws {
        let client = #"{"name": "a", "key_sha256": "\#(digest("k"))", "providers": ["*"], "may": ["read"]}"#
        func text(_ clients: String) -> String {
            #"{"listen": "\#(address)", "providers": {"qmail": {}}, "clients": \#(clients)}"#
        }
        #expect(faults(text("[\(client)]")) == [])
        #expect(faults(text("null")).first?.contains("is not loopback") == true)
    }
}
