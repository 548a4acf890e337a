/// The description of the gateway's interface that it serves itself, in OpenAPI 3.1.
///
/// It is kept by hand, a file for each topic; a test compares it with the route table, the error codes and the renderings.
enum OpenAPIDocument {
    static let bytes = Array(text.utf8)

    static let text = #"""
        {
          "openapi": "3.1.0",
          "info": {
            "title": "Taskgate",
            "version": "1",
            "summary": "One URL, one vocabulary and one error model for long-running tasks at any provider.",
            "description": "Where does a task stand, and stop it: asked the same way whichever provider runs it.\n\nEvery `GET` can be a `HEAD`, and every path answers `OPTIONS` with `Allow`. Errors are `application/problem+json` (RFC 9457) with a stable `code`; `type` leads to a page about it. Every answer carries `X-Request-Id`: the caller's own if it is harmless, else one that the gateway made."
          },
          "servers": [{"url": "/"}],
          "security": [{"ClientKey": []}, {}],
          "tags": [
            {"name": "tasks", "description": "Tasks at providers."},
            {"name": "following", "description": "Streams, watches, and what webhooks were sent; `unsupported_operation` where the gateway keeps nothing of tasks."},
            {"name": "providers", "description": "What each provider can do, and how it is doing."},
            {"name": "operation", "description": "Health, and what describes the gateway."}
          ],
          "paths": {
            \#([taskPaths, batchPaths, eventPaths, watchPaths, deliveryPaths, providerPaths, operationPaths].list)
          },
          "components": {
            "securitySchemes": {
              "ClientKey": {
                "type": "http",
                "scheme": "bearer",
                "description": "The key of a client, where the gateway is configured with clients; without them no key is wanted. A client may use only some providers, and do only some things with their tasks."
              }
            },
            "parameters": {
              \#([parameters, listParameters].list)
            },
            "headers": {
              \#(headers)
            },
            "responses": {
              \#([responses, followingResponses].list)
            },
            "schemas": {
              \#([schemas, batchSchemas, followingSchemas].list)
            },
            "examples": {
              \#(examples)
            }
          }
        }

        """#

    /// The problems that any call about tasks can be answered with.
    static let problems = [
        (400, "BadRequest"), (401, "Unauthenticated"), (403, "Forbidden"), (404, "NotFound"), (405, "MethodNotAllowed"),
        (408, "RequestTimeout"), (409, "NotCancellable"), (413, "PayloadTooLarge"), (414, "URITooLong"),
        (415, "UnsupportedMediaType"), (417, "ExpectationFailed"), (429, "RateLimited"), (431, "HeadersTooLarge"),
        (500, "InternalError"), (501, "UnsupportedOperation"), (502, "ProviderFailed"), (503, "Unavailable"),
        (504, "ProviderTimeout"),
    ]
    .map { "\"\($0)\": {\"$ref\": \"#/components/responses/\($1)\"}" }.list
}

extension [String] {
    /// Members of an object, one after the other.
    fileprivate var list: String { joined(separator: ",\n") }
}
