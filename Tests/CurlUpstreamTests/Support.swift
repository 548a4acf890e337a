internal import CurlUpstream
internal import GatewayTesting
internal import Glibc
internal import Synchronization
internal import Upstream

/// Limits that no test reaches by mistake, on however busy a machine.
let generous = UpstreamLimits(connect: .seconds(50), total: .seconds(50), stalled: .seconds(50))

/// A route to a server, with what a test wants to be different.
func route(
    _ origin: String,
    method: String = "GET",
    headers: [UpstreamHeader] = [],
    isRepeatable: Bool = true,
    limits: UpstreamLimits = generous,
    trust: UpstreamTrust? = nil
) -> UpstreamRoute {
    UpstreamRoute(
        name: "example status",
        method: method,
        origin: origin,
        headers: headers,
        isRepeatable: isRepeatable,
        limits: limits,
        trust: trust
    )
}

extension UpstreamTransport {
    /// The answer or the error, as a value.
    func outcome(
        of route: UpstreamRoute,
        _ target: String = "/",
        headers: [UpstreamHeader] = [],
        body: [UInt8]? = nil
    ) async -> Result<UpstreamResponse, UpstreamError> {
        await outcome(of: UpstreamRequest(route: route, target: target, headers: headers, body: body))
    }

    func outcome(of request: UpstreamRequest) async -> Result<UpstreamResponse, UpstreamError> {
        do throws(UpstreamError) {
            return .success(try await send(request))
        } catch {
            return .failure(error)
        }
    }
}

extension Result<UpstreamResponse, UpstreamError> {
    var failure: UpstreamError? {
        guard case .failure(let error) = self else { return nil }
        return error
    }

    var text: String? {
        guard case .success(let response) = self else { return nil }
        return String(decoding: response.body, as: UTF8.self)
    }

    var status: Int? {
        guard case .success(let response) = self else { return nil }
        return response.status
    }
}

/// Where the environment asks for the secrets of TLS connections: nothing may ever be there.
let keyLogPath = "/tmp/taskgate-tests-\(getpid()).keylog"

/// Every test runs with proxies in the environment that nobody listens at, and with a file for the secrets of TLS
/// connections: none of it may be used.
private let hostileEnvironment: Void = {
    for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        setenv(name, "http://127.0.0.1:1", 1)
    }
    setenv("SSLKEYLOGFILE", keyLogPath, 1)
    // A thousand connections have two ends each in this process.
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}()

/// Runs a test with a transport, and shuts that down behind it.
func withTransport<Value>(
    _ configuration: CurlTransport.Configuration = .init(),
    _ body: (CurlTransport) async throws -> Value
) async throws -> Value {
    hostileEnvironment
    let transport = try CurlTransport(configuration: configuration)
    defer { transport.shutdown() }
    return try await body(transport)
}

/// Runs a test with a server and a transport, and stops both behind it.
func exchange<Value>(
    _ script: @escaping ScriptedServer.Script,
    _ configuration: CurlTransport.Configuration = .init(),
    _ body: (ScriptedServer, CurlTransport) async throws -> Value
) async throws -> Value {
    let server = try await ScriptedServer.start(script)
    do {
        let value = try await withTransport(configuration) { try await body(server, $0) }
        await server.stop()
        return value
    } catch {
        await server.stop()
        throw error
    }
}

/// The same steps for every request.
func always(_ steps: ScriptedStep...) -> ScriptedServer.Script {
    { _ in steps }
}

/// Counts what comes from several threads.
final class Tally: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    func add(_ name: String) {
        counts.withLock { $0[name, default: 0] += 1 }
    }

    var all: [String: Int] { counts.withLock { $0 } }
    var total: Int { all.values.reduce(0, +) }
}

/// Brings a call together with its completion, whichever is first.
final class CallHolder: Sendable {
    private struct State {
        var call: (any UpstreamCall)?
        var completion: (@Sendable (any UpstreamCall) -> Void)?
    }

    private let state = Mutex(State())

    func hold(_ call: any UpstreamCall) {
        let completion = state.withLock { state in
            state.call = call
            return state.completion
        }
        completion?(call)
    }

    func finish(_ completion: @escaping @Sendable (any UpstreamCall) -> Void) {
        let call = state.withLock { state in
            state.completion = completion
            return state.call
        }
        if let call { completion(call) }
    }
}
