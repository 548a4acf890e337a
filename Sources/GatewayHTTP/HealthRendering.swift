internal import GatewayCore
internal import JSON
internal import TaskJSON

/// The answers that a supervisor asks for, and the list of links for a newcomer.
enum HealthRendering {
    static func live() -> HTTPAnswer {
        HTTPAnswer(200, .json, .never, body: Array(#"{"status":"ok"}"#.utf8))
    }

    /// Whether requests are welcome, and which providers are on: a provider that is down does not make the gateway
    /// unready, since it would answer no better elsewhere.
    ///
    /// `reload` is there as soon as the files were read again.
    static func ready(_ readiness: Readiness, providers: [ProviderReport]) -> HTTPAnswer {
        let isReady = readiness.isReady
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
        if let reload = readiness.reload {
            writer.key("reload")
            writer.beginObject()
            writer.key("tried_at")
            writer.time(reload.triedAt)
            writer.key("result")
            writer.string(reload.isTaken ? "success" : "failure")
            writer.key("detail")
            writer.string(reload.detail)
            writer.endObject()
        }
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
            "tasks": "/tasks",
            "events": "/events?ids=<ids>",
            "watches": "/watches",
            "deliveries": "/deliveries",
            "providers": "/providers",
            "audit": "/audit",
            "problems": "/problems",
            "openapi": "/openapi.json",
            "live": "/livez",
            "ready": "/readyz",
            "metrics": "/metrics"
          }
        }

        """
}
