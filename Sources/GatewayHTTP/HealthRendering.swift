internal import GatewayCore
internal import JSON

/// The answers that a supervisor asks for, and the list of links for a newcomer.
enum HealthRendering {
    static func live() -> HTTPAnswer {
        HTTPAnswer(200, .json, .never, body: Array(#"{"status":"ok"}"#.utf8))
    }

    /// Whether requests are welcome, and which providers are on: a provider that is down does not make the gateway
    /// unready, since it would answer no better elsewhere.
    static func ready(_ isReady: Bool, providers: [ProviderReport]) -> HTTPAnswer {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.key("status")
        writer.string(isReady ? "ready" : "draining")
        writer.key("providers")
        writer.beginObject()
        for provider in providers {
            writer.key(escaping: provider.name)
            writer.string(provider.state.rawValue)
        }
        writer.endObject()
        writer.endObject()
        return HTTPAnswer(isReady ? 200 : 503, .json, .never, body: writer.bytes)
    }

    static func index() -> HTTPAnswer {
        HTTPAnswer(200, .json, .page, body: Array(indexText.utf8))
    }

    private static let indexText = """
        {
          "service": "taskgate",
          "usage": [
            "GET /tasks/<provider>:<native id>",
            "POST /tasks/<provider>:<native id>/cancel"
          ],
          "links": {
            "providers": "/providers",
            "problems": "/problems",
            "openapi": "/openapi.json",
            "live": "/livez",
            "ready": "/readyz",
            "metrics": "/metrics"
          }
        }

        """
}
