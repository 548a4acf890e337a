import Addresses
import GatewaySettings
import JSON
import Testing

@Suite struct `The configuration` {
    @Test func `has a default for everything but the providers`() throws {
        let read = try settings(#"{"providers": {"qmail": {}}}"#)
        #expect(read.listen == .tcp(host: "127.0.0.1", port: 7070))
        #expect(read.store == .memory)
        #expect(read.timeouts.connect == .seconds(3))
        #expect(read.timeouts.total == .seconds(10))
        #expect(read.timeouts.stalled == .seconds(5))
        #expect(read.drain == .seconds(10))
        #expect(read.memory.tasks == 10_000)
        #expect(read.memory.bytes == 67_108_864)
        #expect(read.server == ServerSettings())
        #expect(read.upstream == UpstreamSettings())
        #expect(read.metricsListen == nil)
        #expect(read.log == LogSettings())
        #expect(read.log.level == .info && read.log.format == .text && read.log.access)
        #expect(read.auditFile == nil)
        let provider = try #require(read.providers.first)
        #expect(provider == ProviderSettings(name: "qmail"))
        #expect(provider.definition == "qmail")
        #expect(provider.baseURL == nil)
        #expect(provider.variables.isEmpty)
        #expect(provider.credential == .none)
        #expect(provider.minimumInterval == nil)
        #expect(provider.responseBytes == 1_048_576)
        #expect(provider.limits == LimitSettings())
        #expect(provider.limits.calls == nil && provider.limits.rate == nil && provider.limits.repeatsReads)
        #expect(provider.isEnabled)
        #expect(provider.place.description == "/providers/qmail")
    }

    @Test func `says every key at the top`() throws {
        let read = try settings(
            """
            {"listen": "unix:taskgate.sock", "providers": {"a": {}}, "store": {"sqlite": "taskgate.db"},
             "webhooks": {"secret": {"env": "NEW"}, "previous_secret": {"file": "old"}, "allow": ["Hooks.internal"],
                          "give_up": "2h"},
             "following": {"cancel_hold": "10m", "claim": "10s"},
             "retention": {"events": {"age": "1h", "count": 500}},
             "timeouts": {"connect": "1s", "total": "20s", "stalled": 4}, "drain": "0s",
             "memory": {"tasks": 7, "bytes": 2097152},
             "server": {"threads": 2, "connections": 5, "body_bytes": 2048, "url_bytes": 512, "header_bytes": 4096,
                        "request_time": "2s", "idle_time": "3s", "drain_grace": "4s"},
             "upstream": {"threads": 3, "connections_per_provider": 6, "calls": 8, "ca_file": "trusted.pem"},
             "log": {"level": "debug", "format": "json", "access": false}, "audit": {"file": "audit.jsonl"},
             "metrics_listen": "[::1]:9090"}
            """
        )
        #expect(read.listen == .unix(path: "/etc/taskgate/taskgate.sock"))
        #expect(read.store == .sqlite("/etc/taskgate/taskgate.db"))
        #expect(read.webhooks.secret?.current == .environment("NEW"))
        #expect(read.webhooks.secret?.previous == .file("/etc/taskgate/old"))
        #expect(read.webhooks.allow == ["hooks.internal"])
        #expect(read.webhooks.giveUp == .seconds(7200))
        #expect(read.following.cancelHold == .seconds(600))
        #expect(read.following.claim == .seconds(10))
        #expect(read.retention.events.age == .seconds(3600))
        #expect(read.retention.events.count == 500)
        #expect(read.retention.tasks.count == 100_000)
        #expect(read.timeouts.connect == .seconds(1))
        #expect(read.timeouts.total == .seconds(20))
        #expect(read.timeouts.stalled == .seconds(4))
        #expect(read.drain == .zero)
        #expect(read.memory.tasks == 7)
        #expect(read.memory.bytes == 2_097_152)
        #expect(read.server.threads == 2)
        #expect(read.server.connections == 5)
        #expect(read.server.bodyBytes == 2048)
        #expect(read.server.urlBytes == 512)
        #expect(read.server.headerBytes == 4096)
        #expect(read.server.requestTime == .seconds(2))
        #expect(read.server.idleTime == .seconds(3))
        #expect(read.server.drainGrace == .seconds(4))
        #expect(read.upstream.threads == 3)
        #expect(read.upstream.connectionsPerProvider == 6)
        #expect(read.upstream.calls == 8)
        #expect(read.upstream.certificateFile == "/etc/taskgate/trusted.pem")
        #expect(read.log.level == .debug)
        #expect(read.log.format == .json)
        #expect(!read.log.access)
        #expect(read.auditFile == "/etc/taskgate/audit.jsonl")
        #expect(read.metricsListen == .tcp(host: "::1", port: 9090))
    }

    @Test func `says every key of a provider`() throws {
        let read = try settings(
            """
            {"providers": {
               "xpander-emea": {
                 "definition": "xpander", "base_url": "https://emea.example.com:8443/agents/",
                 "variables": {"region": "emea"}, "credential": {"env": "XPANDER_EMEA_KEY"},
                 "minimum_interval": "250ms", "timeouts": {"total": "30s"}, "response_bytes": 4096, "enabled": false,
                 "limits": {"calls": 8, "waiting": 16, "waiting_time": "3s", "rate": {"per_second": 2.5, "burst": 9},
                            "breaker": {"window": "30s", "calls": 5, "share": 0.75, "pause": 10}, "repeat_reads": false}
               },
               "blackbox-agent": {"credential": {"file": "keys/agent"}}
             },
             "timeouts": {"connect": "1s"}}
            """
        )
        #expect(read.providers.map(\.name) == ["xpander-emea", "blackbox-agent"])
        let provider = try #require(read.providers.first)
        #expect(provider.definition == "xpander")
        #expect(provider.baseURL?.description == "https://emea.example.com:8443/agents")
        #expect(provider.variables == ["region": "emea"])
        #expect(provider.credential == .environment("XPANDER_EMEA_KEY"))
        #expect(provider.minimumInterval == .milliseconds(250))
        #expect(provider.timeouts.connect == .seconds(1))
        #expect(provider.timeouts.total == .seconds(30))
        #expect(provider.responseBytes == 4096)
        #expect(!provider.isEnabled)
        #expect(provider.limits.calls == 8)
        #expect(provider.limits.waiting == 16)
        #expect(provider.limits.waitingTime == .seconds(3))
        #expect(provider.limits.rate?.perSecond == 2.5)
        #expect(provider.limits.rate?.burst == 9)
        #expect(provider.limits.breaker.window == .seconds(30))
        #expect(provider.limits.breaker.calls == 5)
        #expect(provider.limits.breaker.share == 0.75)
        #expect(provider.limits.breaker.pause == .seconds(10))
        #expect(!provider.limits.repeatsReads)
        #expect(read.providers.last?.credential == .file("/etc/taskgate/keys/agent"))
    }

    @Test func `takes relative paths from the file's folder, and absolute ones as they are`() throws {
        func certificates(_ path: String, _ folder: String) throws -> String? {
            try settings(#"{"providers": {"a": {}}, "upstream": {"ca_file": "\#(path)"}}"#, folder: folder)
                .upstream.certificateFile
        }
        #expect(try certificates("ca.pem", "/etc") == "/etc/ca.pem")
        #expect(try certificates("ca.pem", "/") == "/ca.pem")
        #expect(try certificates("ca.pem", "") == "ca.pem")
        #expect(try certificates("/ca.pem", "/etc") == "/ca.pem")
    }
}
