import Addresses
import Documents
import GatewaySettings
import GatewayTesting
import JSON
import TaskModel
import Testing

@Suite struct `The page about the configuration` {
    /// Has a key that nobody knows in each object, so that reading it names all keys that are known there.
    private static let unknownEverywhere = #"""
        {"?": 0, "timeouts": {"?": 0}, "memory": {"?": 0}, "server": {"?": 0}, "upstream": {"?": 0}, "log": {"?": 0},
         "audit": {"?": 0}, "reload": {"?": 0}, "tls": {"?": 0},
         "store": {"?": 0, "postgres": {"?": 0}}, "following": {"?": 0},
         "webhooks": {"?": 0, "secret": {"?": 0}, "previous_secret": {"?": 0}},
         "retention": {"?": 0, "events": {"?": 0}, "deliveries": {"?": 0}, "tasks": {"?": 0}, "audit": {"?": 0}},
         "clients": [{"?": 0, "rate": {"?": 0}, "webhook_secret": {"?": 0}, "webhook_previous_secret": {"?": 0}}],
         "providers": {"*": {"?": 0, "timeouts": {"?": 0}, "credential": {"?": 0}, "client_certificate": {"?": 0},
                        "limits": {"?": 0, "rate": {"?": 0}, "breaker": {"?": 0}}}}}
        """#

    private let rows: [ConfigurationPageRow]

    init() throws {
        rows = try ConfigurationPageRow.all(in: Repository.text(of: "docs/configuration.md"))
    }

    @Test func `lists the keys that are read, and no others`() {
        var known: Set<String> = []
        for fault in faults(Self.unknownEverywhere) {
            guard let place = fault.firstRange(of: "/?: unknown key"), let list = fault.firstRange(of: "known here: ")
            else { continue }
            let folder = fault[..<place.lowerBound].dropFirst("config.json#".count).dropFirst()
            for key in fault[list.upperBound...].split(separator: ", ") {
                let path = folder.split(separator: "/").map { $0 == "0" ? "*" : $0 }
                known.insert((path + [key]).joined(separator: "."))
            }
        }
        #expect(known.count == 112)
        #expect(Set(rows.map(\.key)) == known)
        #expect(rows.count == known.count)
    }

    @Test func `says the defaults as they are`() throws {
        for row in rows {
            guard let value = row.defaultValue else { continue }
            #expect(try row.read(value) == row.read(nil), "\(row.key)")
        }
    }

    @Test func `has examples that are read, and that are no defaults where there is a choice`() throws {
        for row in rows where row.key != "providers" {
            let example = try #require(row.example, "\(row.key)")
            #expect(try row.read(example) != row.read(nil), "\(row.key)")
        }
    }

    @Test func `says the ranges as they are`() throws {
        var count = 0
        for row in rows {
            guard let range = row.range else { continue }
            count += 1
            #expect(throws: Never.self, "\(row.key)") { try row.read(range.lower) }
            #expect(throws: Never.self, "\(row.key)") { try row.read(range.upper) }
            #expect(throws: DocumentFaults.self, "\(row.key)") { try row.read(range.below) }
            #expect(throws: DocumentFaults.self, "\(row.key)") { try row.read(range.above) }
        }
        #expect(count > 20)
    }

    @Test func `names every configuration that it shows in full without a mistake`() throws {
        let blocks = try Repository.text(of: "docs/configuration.md").split(separator: "```json\n").dropFirst()
        #expect(blocks.count == 3)
        for block in blocks {
            let text = try #require(block.split(separator: "```").first)
            #expect(faults(String(text)) == [])
        }
    }
}

@Suite struct `The configuration that comes with the gateway` {
    @Test func `has no mistake, a store that lasts, and otherwise the default of every key`() throws {
        let shipped = try settings(Repository.text(of: "config.json"))
        var defaults = Settings()
        defaults.providers = shipped.providers
        // Who names none gets memory; whoever starts with this file finds its watches after a restart.
        defaults.store = .sqlite("/etc/taskgate/taskgate.db")
        #expect(shipped == defaults)
        #expect(
            shipped.providers.map { "\($0.name) \($0.isEnabled) \($0.credential) \($0.baseURL?.description ?? "-")" }
                == [
                    #"blackbox-cloud true environment("BLACKBOX_CLOUD_API_KEY") -"#,
                    #"blackbox-agent true environment("BLACKBOX_AGENT_API_KEY") -"#,
                    #"xpander true environment("XPANDER_API_KEY") -"#,
                    "qmail true none http://localhost:8080",
                    "qmail-core false none http://localhost:8080",
                ]
        )
    }

    @Test func `names every key but those of single providers and clients, and of TLS`() throws {
        let root = try JSONDocument(Array(Repository.text(of: "config.json").utf8)).root
        for row in try ConfigurationPageRow.all(in: Repository.text(of: "docs/configuration.md"))
        where !["providers.", "clients.", "audit.", "tls.", "store.", "webhooks.secret", "webhooks.previous_secret"]
            .contains(where: row.key.hasPrefix)
        {
            let place = try #require(JSONPointer("/" + row.key.split(separator: ".").joined(separator: "/")))
            #expect(root.first(at: place) != nil, "\(row.key)")
        }
    }
}
