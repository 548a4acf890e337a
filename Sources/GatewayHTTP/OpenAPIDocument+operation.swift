/// Providers, and operation.
extension OpenAPIDocument {
    /// What each provider can do.
    static let providerPaths = #"""
        "/providers": {
          "get": {
            "operationId": "listProviders",
            "tags": ["providers"],
            "summary": "What each provider can do, and how it is doing",
            "description": "With clients: the providers that the client may use.",
            "responses": {
              "200": {
                "description": "The configured providers, in the order of their names.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {
                  "application/json": {
                    "schema": {
                      "type": "object",
                      "properties": {
                        "providers": {"type": "array", "items": {"$ref": "#/components/schemas/Provider"}}
                      },
                      "required": ["providers"],
                      "additionalProperties": false
                    }
                  }
                }
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/Unauthenticated"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "405": {"$ref": "#/components/responses/MethodNotAllowed"},
              "408": {"$ref": "#/components/responses/RequestTimeout"},
              "413": {"$ref": "#/components/responses/PayloadTooLarge"},
              "414": {"$ref": "#/components/responses/URITooLong"},
              "417": {"$ref": "#/components/responses/ExpectationFailed"},
              "429": {"$ref": "#/components/responses/RateLimited"},
              "431": {"$ref": "#/components/responses/HeadersTooLarge"},
              "500": {"$ref": "#/components/responses/InternalError"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/providers/{name}": {
          "get": {
            "operationId": "getProvider",
            "tags": ["providers"],
            "summary": "One provider",
            "parameters": [
              {
                "name": "name",
                "in": "path",
                "required": true,
                "description": "The provider's name in the configuration.",
                "schema": {"$ref": "#/components/schemas/ProviderName"},
                "example": "blackbox-cloud"
              }
            ],
            "responses": {
              "200": {
                "description": "The provider.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Provider"}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/Unauthenticated"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "405": {"$ref": "#/components/responses/MethodNotAllowed"},
              "408": {"$ref": "#/components/responses/RequestTimeout"},
              "413": {"$ref": "#/components/responses/PayloadTooLarge"},
              "414": {"$ref": "#/components/responses/URITooLong"},
              "417": {"$ref": "#/components/responses/ExpectationFailed"},
              "429": {"$ref": "#/components/responses/RateLimited"},
              "431": {"$ref": "#/components/responses/HeadersTooLarge"},
              "500": {"$ref": "#/components/responses/InternalError"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        }
        """#

    /// Health, and what describes the gateway.
    static let operationPaths = #"""
        "/livez": {
          "get": {
            "operationId": "getLiveness",
            "tags": ["operation"],
            "summary": "Does the process live?",
            "security": [],
            "responses": {
              "200": {
                "description": "It does. Nothing besides the process is looked at.",
                "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestID"}},
                "content": {
                  "application/json": {
                    "schema": {
                      "type": "object",
                      "properties": {"status": {"const": "ok"}},
                      "required": ["status"],
                      "additionalProperties": false
                    }
                  }
                }
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/Unauthenticated"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "405": {"$ref": "#/components/responses/MethodNotAllowed"},
              "408": {"$ref": "#/components/responses/RequestTimeout"},
              "413": {"$ref": "#/components/responses/PayloadTooLarge"},
              "414": {"$ref": "#/components/responses/URITooLong"},
              "417": {"$ref": "#/components/responses/ExpectationFailed"},
              "429": {"$ref": "#/components/responses/RateLimited"},
              "431": {"$ref": "#/components/responses/HeadersTooLarge"},
              "500": {"$ref": "#/components/responses/InternalError"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/readyz": {
          "get": {
            "operationId": "getReadiness",
            "tags": ["operation"],
            "summary": "Are requests welcome?",
            "description": "503 from the moment on that the gateway is going to stop, before it stops accepting. A provider that is off or degraded is shown, and does not make the gateway unready.",
            "security": [],
            "responses": {
              "200": {
                "description": "They are.",
                "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestID"}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Readiness"}}}
              },
              "503": {
                "description": "The gateway is stopping, or has too many connections.",
                "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestID"}},
                "content": {
                  "application/json": {"schema": {"$ref": "#/components/schemas/Readiness"}},
                  "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                }
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/Unauthenticated"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "405": {"$ref": "#/components/responses/MethodNotAllowed"},
              "408": {"$ref": "#/components/responses/RequestTimeout"},
              "413": {"$ref": "#/components/responses/PayloadTooLarge"},
              "414": {"$ref": "#/components/responses/URITooLong"},
              "417": {"$ref": "#/components/responses/ExpectationFailed"},
              "429": {"$ref": "#/components/responses/RateLimited"},
              "431": {"$ref": "#/components/responses/HeadersTooLarge"},
              "500": {"$ref": "#/components/responses/InternalError"}
            }
          }
        },
        "/metrics": {
          "get": {
            "operationId": "getMetrics",
            "tags": ["operation"],
            "summary": "What the gateway has counted",
            "description": "Prometheus' text format, version 0.0.4. Where the gateway has clients, the permission operate is needed; where it has a metrics_listen, this path is served there only.",
            "responses": {
              "200": {
                "description": "The metrics.",
                "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestID"}},
                "content": {"text/plain": {"schema": {"type": "string"}}}
              },
              "503": {"$ref": "#/components/responses/Unavailable"},
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/Unauthenticated"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "405": {"$ref": "#/components/responses/MethodNotAllowed"},
              "408": {"$ref": "#/components/responses/RequestTimeout"},
              "413": {"$ref": "#/components/responses/PayloadTooLarge"},
              "414": {"$ref": "#/components/responses/URITooLong"},
              "417": {"$ref": "#/components/responses/ExpectationFailed"},
              "429": {"$ref": "#/components/responses/RateLimited"},
              "431": {"$ref": "#/components/responses/HeadersTooLarge"},
              "500": {"$ref": "#/components/responses/InternalError"}
            }
          }
        },
        "/openapi.json": {
          "get": {
            "operationId": "getOpenAPI",
            "tags": ["operation"],
            "summary": "This document",
            "responses": {
              "200": {
                "description": "OpenAPI 3.1.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {"application/json": {"schema": {"type": "object"}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/Unauthenticated"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "405": {"$ref": "#/components/responses/MethodNotAllowed"},
              "408": {"$ref": "#/components/responses/RequestTimeout"},
              "413": {"$ref": "#/components/responses/PayloadTooLarge"},
              "414": {"$ref": "#/components/responses/URITooLong"},
              "417": {"$ref": "#/components/responses/ExpectationFailed"},
              "429": {"$ref": "#/components/responses/RateLimited"},
              "431": {"$ref": "#/components/responses/HeadersTooLarge"},
              "500": {"$ref": "#/components/responses/InternalError"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/problems": {
          "get": {
            "operationId": "listProblems",
            "tags": ["operation"],
            "summary": "A page with all error codes",
            "security": [],
            "responses": {
              "200": {"$ref": "#/components/responses/Page"},
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/Unauthenticated"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "405": {"$ref": "#/components/responses/MethodNotAllowed"},
              "408": {"$ref": "#/components/responses/RequestTimeout"},
              "413": {"$ref": "#/components/responses/PayloadTooLarge"},
              "414": {"$ref": "#/components/responses/URITooLong"},
              "417": {"$ref": "#/components/responses/ExpectationFailed"},
              "429": {"$ref": "#/components/responses/RateLimited"},
              "431": {"$ref": "#/components/responses/HeadersTooLarge"},
              "500": {"$ref": "#/components/responses/InternalError"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/problems/{code}": {
          "get": {
            "operationId": "getProblem",
            "tags": ["operation"],
            "summary": "A page about one error code: what it means, and what to do",
            "security": [],
            "parameters": [
              {
                "name": "code",
                "in": "path",
                "required": true,
                "schema": {"$ref": "#/components/schemas/ErrorCode"},
                "example": "task_not_found"
              }
            ],
            "responses": {
              "200": {"$ref": "#/components/responses/Page"},
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/Unauthenticated"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "405": {"$ref": "#/components/responses/MethodNotAllowed"},
              "408": {"$ref": "#/components/responses/RequestTimeout"},
              "413": {"$ref": "#/components/responses/PayloadTooLarge"},
              "414": {"$ref": "#/components/responses/URITooLong"},
              "417": {"$ref": "#/components/responses/ExpectationFailed"},
              "429": {"$ref": "#/components/responses/RateLimited"},
              "431": {"$ref": "#/components/responses/HeadersTooLarge"},
              "500": {"$ref": "#/components/responses/InternalError"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/": {
          "get": {
            "operationId": "getIndex",
            "tags": ["operation"],
            "summary": "What there is",
            "responses": {
              "200": {
                "description": "Links.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {
                  "application/json": {
                    "schema": {
                      "type": "object",
                      "properties": {
                        "service": {"const": "taskgate"},
                    "usage": {"type": "array", "items": {"type": "string"}},
                        "links": {"type": "object", "additionalProperties": {"type": "string"}}
                      },
                      "required": ["service", "usage", "links"],
                      "additionalProperties": false
                    }
                  }
                }
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/Unauthenticated"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "405": {"$ref": "#/components/responses/MethodNotAllowed"},
              "408": {"$ref": "#/components/responses/RequestTimeout"},
              "413": {"$ref": "#/components/responses/PayloadTooLarge"},
              "414": {"$ref": "#/components/responses/URITooLong"},
              "417": {"$ref": "#/components/responses/ExpectationFailed"},
              "429": {"$ref": "#/components/responses/RateLimited"},
              "431": {"$ref": "#/components/responses/HeadersTooLarge"},
              "500": {"$ref": "#/components/responses/InternalError"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        }
        """#
}
