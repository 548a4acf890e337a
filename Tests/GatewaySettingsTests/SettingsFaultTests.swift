import Addresses
import GatewaySettings
import Testing

@Suite struct `A mistake in the configuration` {
    @Test func `is reported with all the others, each with its place`() {
        let found = faults(
            """
            {"listen": "0.0.0.0:80", "listne": 1, "drain": "1d", "log": {"level": "inf"},
             "providers": {"QMail": {}, "a": {"credential": {"env": "A-B"}, "enabled": "yes", "timeout": {}}},
             "server": {"threads": 0, "connections": "many"}}
            """
        )
        #expect(
            found == [
                "config.json#/listen: 0.0.0.0:80 is not loopback: "
                    + "without client keys the gateway listens on loopback or a Unix socket only; "
                    + #""taskgate key" makes a key, and "clients" names who has it"#,
                #"config.json#/drain: must be a duration such as "250ms", "30s", "15m" or "2h"; "#
                    + "a bare number is seconds",
                "config.json#/server/threads: 0 is not between 1 and 64",
                "config.json#/server/connections: must be a whole number, not string",
                #"config.json#/log/level: "inf" is not one of "trace", "debug", "info", "notice", "warning", "#
                    + #""error", "critical"; did you mean "info"?"#,
                "config.json#/providers/QMail: a provider's name is a lower-case letter, "
                    + "then up to 31 lower-case letters, digits and hyphens",
                "config.json#/providers/a/credential/env: must be the name of an environment variable: "
                    + "letters, digits and underscores",
                "config.json#/providers/a/enabled: must be true or false, not string",
                #"config.json#/providers/a/timeout: unknown key; did you mean "timeouts"?; known here: definition, "#
                    + "base_url, variables, credential, ca_file, client_certificate, minimum_interval, timeouts, "
                    + "response_bytes, limits, enabled",
                #"config.json#/listne: unknown key; did you mean "listen"?; known here: listen, providers, "#
                    + "clients, tls, metrics_listen, store, webhooks, following, retention, timeouts, drain, memory, server, upstream, reload, "
                    + "log, audit",
            ]
        )
    }

    @Test func `is an address for metrics that others can reach without clients, or that is taken already`() {
        #expect(
            faults(beside: #""metrics_listen": "0.0.0.0:9090""#) == [
                "config.json#/metrics_listen: 0.0.0.0:9090 is not loopback: "
                    + "without client keys the gateway listens on loopback or a Unix socket only; "
                    + #""taskgate key" makes a key, and "clients" names who has it"#
            ]
        )
        #expect(
            faults(beside: #""metrics_listen": "127.0.0.1:7070""#) == [
                #"config.json#/metrics_listen: must be another address than "listen": "#
                    + "each of them is a listener of its own"
            ]
        )
        #expect(faults(beside: #""listen": "[::1]:0", "metrics_listen": "[::1]:0""#) == [])
        #expect(faults(beside: #""metrics_listen": null"#) == [])
    }

    @Test func `is an audit without a file`() {
        #expect(
            faults(beside: #""audit": {}"#) == [
                #"config.json#/audit: "file" is missing: it says where cancels and renames are recorded"#
            ]
        )
    }

    @Test func `is that no provider is named`() {
        #expect(faults("{}") == [#"config.json#: "providers" is missing: it says what this gateway serves"#])
        #expect(faults(#"{"providers": {}}"#) == ["config.json#/providers: must name at least one provider"])
        #expect(faults(#"{"providers": []}"#) == ["config.json#/providers: must be an object, not array"])
        #expect(faults(#"{"providers": {"a": 1}}"#) == ["config.json#/providers/a: must be an object, not number"])
    }

    @Test func `is that a provider is named twice`() {
        #expect(
            faults("{\"providers\": {\"a\": {},\n\"a\": {}}}") == [
                "config.json: not valid JSON: a key that this object already has at line 2, column 1"
            ]
        )
    }

    @Test(arguments: [
        (#""store": "sqlite""#, #"store: must be "memory", {"sqlite": PATH} or {"postgres": {"env": NAME}}"#),
        (#""store": {}"#, #"store: must name one store: "sqlite" or "postgres""#),
        (
            #""store": {"sqlite": "a.db", "postgres": {"env": "URL"}}"#,
            #"store: must name one store: "sqlite" or "postgres""#
        ),
        (
            #""store": {"postgres": "postgres://user:password@host/base"}"#,
            #"store/postgres: must be {"env": NAME} or {"file": PATH}; a secret itself does not belong in this file"#
        ),
        (
            #""webhooks": {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}"#,
            #"webhooks/secret: must be {"env": NAME} or {"file": PATH}; a secret itself does not belong in this file"#
        ),
        (
            #""webhooks": {"previous_secret": {"env": "BEFORE"}}"#,
            #"webhooks/previous_secret: is there to change "secret", which is missing"#
        ),
        (
            #""webhooks": {"allow": ["a.example:80"]}"#,
            "webhooks/allow/0: must be the name or the address of a host, without a port"
        ),
    ])
    func `is a store or a secret that cannot be one, which is not repeated`(_ member: String, _ fault: String) {
        #expect(faults(beside: member) == ["config.json#/\(fault)"])
    }

    @Test(arguments: [
        "", "7070", "127.0.0.1", ":7070", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+1", "::1:80", "[::1]",
        "[::1:80", "http://127.0.0.1:80", "a b:80", "127.0.0.1:80/", "127.1:80", "127.0.0.01:80", "[::1::]:80",
        "[1:2]:80",
    ])
    func `is an address that cannot be one`(_ text: String) throws {
        let found = faults(beside: #""listen": "\#(text)""#)
        try #require(found.count == 1)
        #expect(
            found[0]
                == (text.isEmpty
                    ? "config.json#/listen: must not be empty"
                    : #"config.json#/listen: must be a host and a port, such as "127.0.0.1:7070" or "[::1]:7070", "#
                        + #"or "unix:" and a path"#)
        )
    }

    @Test(arguments: [
        "0.0.0.0:1", "[::]:1", "192.0.2.1:1", "example.com:1", "[::ffff:7f00:1]:1", "localhost.example:1",
    ])
    func `is an address that others can reach`(_ text: String) {
        #expect(
            faults(beside: #""listen": "\#(text)""#) == [
                "config.json#/listen: \(text) is not loopback: "
                    + "without client keys the gateway listens on loopback or a Unix socket only; "
                    + #""taskgate key" makes a key, and "clients" names who has it"#
            ]
        )
    }

    @Test func `is a socket without a path, or with one that is too long`() {
        #expect(
            faults(beside: #""listen": "unix:""#) == [
                #"config.json#/listen: must have a path behind "unix:", such as "unix:/run/taskgate.sock""#
            ]
        )
        let path = String(repeating: "a", count: 94)
        #expect(
            faults(beside: #""listen": "unix:\#(path)""#) == [
                "config.json#/listen: the socket's whole path is longer than 107 bytes: /etc/taskgate/\(path)"
            ]
        )
        #expect(faults(beside: #""listen": "unix:\#(path.dropLast())""#).isEmpty)
    }

    @Test(arguments: [
        (#"{}"#, ""), (#"{"env": "A", "file": "b"}"#, ""), (#""bb_secret""#, ""), ("null", ""), ("[]", ""),
    ])
    func `is a credential of no known shape, which is not repeated`(_ credential: String, _ path: String) {
        #expect(
            faults(inProvider: #""credential": \#(credential)"#) == [
                #"config.json#/providers/qmail/credential\#(path): must be {"env": NAME}, {"file": PATH}, "caller" or "none"; "#
                    + "a key itself does not belong in this file"
            ]
        )
    }

    @Test func `is a credential that names no key`() {
        #expect(
            faults(inProvider: #""credential": {"file": ""}"#) == [
                "config.json#/providers/qmail/credential/file: must not be empty"
            ]
        )
        #expect(
            faults(inProvider: #""credential": {"file": "a\u0000b"}"#) == [
                "config.json#/providers/qmail/credential/file: must be a path, without a zero byte"
            ]
        )
    }

    @Test(arguments: [
        ("ftp://a.example", "must start with https:// or http://"),
        ("a.example", "must start with https:// or http://"),
        ("https://user:key@a.example", "must hold no user name, password or key"),
        ("https://a.example/?key=1", "must have no query or fragment"),
        ("https://a.example#x", "must have no query or fragment"),
        ("https://", "must name a host, and perhaps a port, such as https://api.example.com"),
        ("https://:80", "must name a host, and perhaps a port, such as https://api.example.com"),
        ("https://a.example:0", "must name a host, and perhaps a port, such as https://api.example.com"),
        ("https://a..example", "must name a host, and perhaps a port, such as https://api.example.com"),
        ("https://2130706433", "must name a host, and perhaps a port, such as https://api.example.com"),
        (
            "https://a.example/x//y",
            "must have a plain path, if any, of letters, digits, hyphens, dots, underscores and tildes"
        ),
        (
            "https://a.example/../y",
            "must have a plain path, if any, of letters, digits, hyphens, dots, underscores and tildes"
        ),
        (
            "https://a.example/%2e",
            "must have a plain path, if any, of letters, digits, hyphens, dots, underscores and tildes"
        ),
    ])
    func `is a base URL that is more or less than an origin and a prefix`(_ url: String, _ problem: String) {
        #expect(faults(inProvider: #""base_url": "\#(url)""#) == ["config.json#/providers/qmail/base_url: \(problem)"])
    }

    @Test func `is a limit that is none, named with what would be right`() {
        let found = faults(
            inProvider: """
                "limits": {"calls": 0, "waiting": -1, "waiting_time": "1h", "rate": {"per_second": 0, "burst": 0},
                           "breaker": {"window": "0s", "calls": 0, "share": 1.5, "pause": "1ms", "half": 1},
                           "repeat_reads": "no", "call": 1}
                """
        )
        let place = "config.json#/providers/qmail/limits"
        #expect(
            found == [
                "\(place)/calls: 0 is not between 1 and 1000000",
                "\(place)/waiting: -1 is not between 0 and 1000000",
                "\(place)/waiting_time: must be between 0.01 seconds and 300.0 seconds",
                "\(place)/rate/burst: 0 is not between 1 and 100000",
                "\(place)/rate/per_second: must be between 0.01 and 100000",
                "\(place)/breaker/window: must be between 1.0 seconds and 300.0 seconds",
                "\(place)/breaker/calls: 0 is not between 1 and 1000000",
                "\(place)/breaker/share: must be between 0.01 and 1",
                "\(place)/breaker/pause: must be between 0.1 seconds and 300.0 seconds",
                "\(place)/breaker/half: unknown key; known here: window, calls, share, pause",
                "\(place)/repeat_reads: must be true or false, not string",
                "\(place)/call: unknown key; did you mean \"calls\"?; known here: calls, waiting, waiting_time, rate, "
                    + "breaker, repeat_reads",
            ]
        )
        #expect(
            faults(inProvider: #""limits": {"rate": {"burst": 5}}"#) == [
                "\(place)/rate: \"per_second\" is missing: how many calls each second allows in the long run"
            ]
        )
        #expect(
            faults(inProvider: #""limits": {"rate": 5, "breaker": {"share": "half"}}"#) == [
                "\(place)/rate: must be an object, not number", "\(place)/breaker/share: must be a number, not string",
            ]
        )
    }

    @Test func `leaves the rest as it can be read, without the providers that it is in`() {
        let text = """
            {"drain": "never", "listen": "127.0.0.1:1234", "providers":
             {"QMAIL": {}, "a": {"enabled": 1}, "ab": {"definition": "x"}, "a/b": {}, "c": 7}}
            """
        let (settings, faults) = Settings.examine(Array(text.utf8), file: "config.json", folder: "")
        #expect(faults.count == 5)
        #expect(settings.drain == .seconds(10))
        #expect(settings.listen == .tcp(host: "127.0.0.1", port: 1234))
        #expect(settings.providers.map(\.name) == ["ab"])
        let none = Settings.examine(Array("{".utf8), file: "config.json", folder: "")
        #expect(none.settings == Settings() && none.faults.count == 1)
    }

    @Test func `is a name that cannot be one`() {
        #expect(
            faults(inProvider: #""definition": "../xpander""#) == [
                #"config.json#/providers/qmail/definition: must be a definition's name: "#
                    + #"its file's, without the folder and ".json""#
            ]
        )
        #expect(
            faults(inProvider: #""variables": {"a-b": "x", "c": "", "d": "\u000a"}"#) == [
                "config.json#/providers/qmail/variables/a-b: a variable's name is 1 to 64 letters, digits and underscores",
                "config.json#/providers/qmail/variables/c: must not be empty",
                "config.json#/providers/qmail/variables/d: must hold no control character",
            ]
        )
    }
}
