import GatewaySettings
import Testing

@Suite struct `The settings of TLS` {
    private func read(_ members: String) throws -> Settings {
        try settings(#"{"providers": {"qmail": {}}, \#(members)}"#)
    }

    @Test func `name the files of a certificate, from the folder of the configuration`() throws {
        let tls = try read(#""tls": {"certificate": "tls/cert.pem", "key": "/run/key.pem", "client_ca": "ca.pem"}"#).tls
        #expect(tls?.files == CertificateFiles(certificate: "/etc/taskgate/tls/cert.pem", key: "/run/key.pem"))
        #expect(tls?.clientAuthorityFile == "/etc/taskgate/ca.pem")
        #expect(
            try read(#""tls": {"certificate": "c", "key": "k", "client_ca": null}"#).tls?.clientAuthorityFile == nil
        )
        #expect(try read(#""tls": null"#).tls == nil)
    }

    @Test(
        arguments: [
            (#"{}"#, ["/tls: \"certificate\" is missing", "/tls: \"key\" is missing"]),
            (#"{"certificate": "c"}"#, ["/tls: \"key\" is missing"]),
            (#"{"certificate": "c", "key": ""}"#, ["/tls/key: must not be empty"]),
            (
                #"{"certificate": 1, "key": "k\u0000"}"#,
                ["/tls/certificate: must be a string", "/tls/key: must be a path"]
            ),
            (#"{"certificate": "c", "key": "k", "ca": "a"}"#, ["/tls/ca: unknown key"]),
            (#"true"#, ["/tls: must be an object"]),
        ]
    )
    func `are refused with their place`(_ value: String, _ expected: [String]) {
        let found = faults(beside: "\"tls\": \(value)")
        #expect(found.count == expected.count, "\(found)")
        for (fault, start) in zip(found, expected) { #expect(fault.hasPrefix("config.json#\(start)"), "\(fault)") }
    }

    @Test func `have no place on a Unix socket, wherever they stand`() {
        let tls = #""tls": {"certificate": "c", "key": "k"}"#
        let listen = #""listen": "unix:/run/gate.sock""#
        for members in ["\(tls), \(listen)", "\(listen), \(tls)"] {
            #expect(
                faults(beside: members) == [
                    "config.json#/tls: a Unix socket has no TLS: nothing on it crosses a network"
                ]
            )
        }
        #expect(faults(beside: "\(listen), \"tls\": null") == [])
    }

    @Test func `do not take the place of client keys on other addresses`() {
        let found = faults(beside: #""listen": "0.0.0.0:7443", "tls": {"certificate": "c", "key": "k"}"#)
        #expect(found.count == 1 && found[0].contains("/listen: "), "\(found)")
    }

    @Test func `of a provider are its own`() throws {
        let text = #"""
            {"providers": {"qmail": {"ca_file": "ca.pem", "client_certificate": {"certificate": "c.pem", "key": "c.key"}},
             "xpander": {"ca_file": null}}}
            """#
        let providers = try settings(text).providers
        #expect(providers[0].authorityFile == "/etc/taskgate/ca.pem")
        #expect(
            providers[0].clientCertificate
                == CertificateFiles(certificate: "/etc/taskgate/c.pem", key: "/etc/taskgate/c.key")
        )
        #expect(providers[1].authorityFile == nil && providers[1].clientCertificate == nil)
        #expect(
            faults(inProvider: #""client_certificate": {"key": "k"}"#)
                .first?.hasPrefix("config.json#/providers/qmail/client_certificate: \"certificate\" is missing") == true
        )
    }
}
