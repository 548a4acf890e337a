import GatewayTesting
import ProgramTesting
import ProviderSimulator
import Testing

@Suite(.world) struct `A hostile id` {
    private static let cloud = "blackbox-cloud:abc"
    private static let uuid = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"

    static let targets: [String] =
        [
            "/tasks/../providers/qmail:x", "/tasks/\(cloud)/../x", "/tasks/blackbox-cloud:../../etc/passwd",
            "/tasks/blackbox-cloud:..%2f..%2fadmin", "/tasks/blackbox-cloud:%2e%2e%2f%2e%2e",
            "/tasks/blackbox-cloud:%252e%252e%252f", "/tasks/blackbox-cloud:..", "/tasks/blackbox-cloud:.",
            "/tasks/\(cloud)%2fstatus", "/tasks/\(cloud)%00", "/tasks/%00", "/tasks/\(cloud)%0d%0aX-Evil:%20yes",
            "/tasks/\(cloud)%0a", "/tasks/\(cloud)%20", "/tasks/%20\(cloud)", "/tasks/\(cloud)%3fx=y",
            "/tasks/\(cloud)%23",
            "/tasks/\(cloud);x", "/tasks/\(cloud):cancel", "/tasks/\(cloud):cancel:cancel", "/tasks//\(cloud)",
            "//tasks/\(cloud)",
            "/tasks/", "/tasks//", "/tasks/\(cloud)//cancel", "/tasks/\(cloud)/cancel/cancel",
            "/tasks/\(cloud)/Cancel", "/TASKS/\(cloud)", "/tasks/\(cloud)/", "/tasks/blackbox-cloud:%f0%9f%98%80",
            "/tasks/blackbox-cloud:😀", "/tasks/blackbox-cloud:%c0%ae%c0%ae%c0%af", "/tasks/blackbox-cloud:%ed%a0%80",
            "/tasks/blackbox-cloud:%ff", "/tasks/blackbox-cloud:%", "/tasks/blackbox-cloud:%2",
            "/tasks/blackbox-cloud:%zz", "/tasks/blackbox-cloud:%e2%80%8b", "/tasks/BLACKBOX-CLOUD:abc", "/tasks/:abc",
            "/tasks/:", "/tasks/xpander:\(uuid)%0a", "/tasks/xpander:\(uuid)%0d%0a", "/tasks/xpander:\(uuid)%00",
            "/tasks/xpander:\(uuid)x", "/tasks/xpander:%20\(uuid)", "/tasks/xpander:\(uuid)/stop",
            "/tasks/xpander:\(uuid)%2fstop", "/tasks/qmail:../cancel/x", "/tasks/qmail:-x", "/tasks/qmail:x%2fy",
            "/tasks/qmail-core:Jan-27-26_01-44-55-AM-706d%26id=x", "/tasks/qmail-core:Jan-27-26_01-44-55-AM-706d%0a",
            "/tasks/qmail-core:Jan-27-26_01-44-55-AM-706d%23x",
            "/tasks/blackbox-cloud:" + String(repeating: "x", count: 65),
            "/tasks/blackbox-cloud:" + String(repeating: "x", count: 65536),
            "/tasks/blackbox-cloud:" + String(repeating: "%2e", count: 2000),
            "/tasks/" + String(repeating: "a:", count: 3000), "/tasks/abc?provider=..%2f", "/tasks/abc?provider=",
            "http://evil.example/tasks/\(cloud)", "*", "tasks/\(cloud)", "",
        ]

    @Test(arguments: targets)
    func `reaches no provider`(_ target: String) async throws {
        let world = try World.shared
        for (method, end) in [("GET", ""), ("POST", "/cancel"), ("PATCH", "")] {
            let body = method == "PATCH" ? #"{"action":"cancel"}"# : nil
            let answer = try await world.client.send(method, target + end, body: body)
            #expect((400...499).contains(answer.status), "\(method): \(answer.status)")
            #expect(answer.code != nil, "\(answer.everything)")
            if target.utf8.count > 60_000 { #expect(answer.status == 414) }
            #expect(!answer.raw.headers.contains { $0.name.lowercased() == "x-evil" })
        }
        for provider in SimulatedProvider.allCases { #expect(world.simulator.counts(of: provider).total == 0) }
    }

    @Test func `leaves the gateway as it was`() async throws {
        let world = try World.shared
        #expect(try await world.client.get("/livez").status == 200)
        #expect(world.gateway.ended == nil)
    }
}
