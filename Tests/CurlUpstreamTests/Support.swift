internal import CurlUpstream
internal import GatewayTesting
internal import Synchronization
internal import Testing
internal import Upstream

/// A route to a server, with what a test wants to be different.
func route(
    _ origin: String,
    method: String = "GET",
    headers: [UpstreamHeader] = [],
    isRepeatable: Bool = true,
    limits: UpstreamLimits = UpstreamLimits()
) -> UpstreamRoute {
    UpstreamRoute(
        name: "example status",
        method: method,
        origin: origin,
        headers: headers,
        isRepeatable: isRepeatable,
        limits: limits
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

/// Runs a test with a transport, and shuts that down behind it.
func withTransport<Value>(
    _ configuration: CurlTransport.Configuration = .init(),
    _ body: (CurlTransport) async throws -> Value
) async throws -> Value {
    let transport = try CurlTransport(configuration: configuration)
    defer { transport.shutdown() }
    return try await body(transport)
}

/// Runs a test with a server, and stops that behind it.
func withServer<Value>(
    _ script: @escaping ScriptedServer.Script,
    _ body: (ScriptedServer) async throws -> Value
) async throws -> Value {
    let server = try await ScriptedServer.start(script)
    do {
        let value = try await body(server)
        await server.stop()
        return value
    } catch {
        await server.stop()
        throw error
    }
}
