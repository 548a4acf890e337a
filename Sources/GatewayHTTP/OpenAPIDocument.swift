/// The description of the gateway's interface that it serves itself, in OpenAPI 3.1.
///
/// It is kept by hand; a test compares it with the route table, the error codes and the renderings.
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
            {"name": "providers", "description": "What each provider can do, and how it is doing."},
            {"name": "operation", "description": "Health, and what describes the gateway."}
          ],
          "paths": {
            "/tasks/{id}": {
              "parameters": [
                {"$ref": "#/components/parameters/TaskID"},
                {"$ref": "#/components/parameters/ProviderKey"}
              ],
              "get": {
                "operationId": "getTask",
                "tags": ["tasks"],
                "summary": "Where does the task stand?",
                "description": "The task as the provider reports it, now or at most `max_age` ago; the provider's own minimum interval always holds. With `wait` the answer comes when the task is done (or has changed, with `until=change`), else with the state at the end of the wait: never an error. The `ETag` covers everything that the view shows but `observed_at` and `poll_after_seconds`; with `If-None-Match` and `until=change`, the wait is for a change from it.",
                "parameters": [
                  {"$ref": "#/components/parameters/Wait"},
                  {"$ref": "#/components/parameters/Until"},
                  {"$ref": "#/components/parameters/MaxAge"},
                  {"$ref": "#/components/parameters/View"},
                  {"$ref": "#/components/parameters/Provider"},
                  {"$ref": "#/components/parameters/Prefer"},
                  {"$ref": "#/components/parameters/IfNoneMatch"}
                ],
                "responses": {
                  "200": {
                    "description": "The task.",
                    "headers": {
                      "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                      "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                      "RateLimit": {"$ref": "#/components/headers/RateLimit"},
                      "Cache-Control": {"$ref": "#/components/headers/CacheControl"},
                      "Preference-Applied": {"$ref": "#/components/headers/PreferenceApplied"},
                      "ETag": {"$ref": "#/components/headers/ETag"}
                    },
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Task"},
                        "examples": {
                          "running": {"$ref": "#/components/examples/RunningTask"},
                          "cancelled": {"$ref": "#/components/examples/CancelledTask"}
                        }
                      }
                    }
                  },
                  "304": {
                    "description": "The task is as `If-None-Match` has it.",
                    "headers": {
                      "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                      "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                      "RateLimit": {"$ref": "#/components/headers/RateLimit"},
                      "Cache-Control": {"$ref": "#/components/headers/CacheControl"},
                      "Preference-Applied": {"$ref": "#/components/headers/PreferenceApplied"},
                      "ETag": {"$ref": "#/components/headers/ETag"}
                    }
                  },
                  "400": {"$ref": "#/components/responses/BadRequest"},
                  "401": {"$ref": "#/components/responses/Unauthenticated"},
                  "403": {"$ref": "#/components/responses/Forbidden"},
                  "404": {"$ref": "#/components/responses/NotFound"},
                  "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                  "408": {"$ref": "#/components/responses/RequestTimeout"},
                  "409": {"$ref": "#/components/responses/NotCancellable"},
                  "413": {"$ref": "#/components/responses/PayloadTooLarge"},
                  "414": {"$ref": "#/components/responses/URITooLong"},
                  "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
                  "417": {"$ref": "#/components/responses/ExpectationFailed"},
                  "429": {"$ref": "#/components/responses/RateLimited"},
                  "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                  "500": {"$ref": "#/components/responses/InternalError"},
                  "501": {"$ref": "#/components/responses/UnsupportedOperation"},
                  "502": {"$ref": "#/components/responses/ProviderFailed"},
                  "503": {"$ref": "#/components/responses/Unavailable"},
                  "504": {"$ref": "#/components/responses/ProviderTimeout"}
                }
              },
              "patch": {
                "operationId": "changeTask",
                "tags": ["tasks"],
                "summary": "Stop or rename the task",
                "description": "`action` is the cancel, for clients of providers that spell it so; `title` renames where the provider can (else `unsupported_operation`). With both, the cancel wins and the title is not sent.",
                "parameters": [
                  {"$ref": "#/components/parameters/Wait"},
                  {"$ref": "#/components/parameters/Provider"},
                  {"$ref": "#/components/parameters/Prefer"}
                ],
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {
                      "schema": {"$ref": "#/components/schemas/TaskChange"},
                      "examples": {
                        "stop": {"value": {"action": "stop"}},
                        "rename": {"value": {"title": "Nightly report"}}
                      }
                    }
                  }
                },
                "responses": {
                  "200": {"$ref": "#/components/responses/Settled"},
                  "202": {"$ref": "#/components/responses/Underway"},
                  "400": {"$ref": "#/components/responses/BadRequest"},
                  "401": {"$ref": "#/components/responses/Unauthenticated"},
                  "403": {"$ref": "#/components/responses/Forbidden"},
                  "404": {"$ref": "#/components/responses/NotFound"},
                  "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                  "408": {"$ref": "#/components/responses/RequestTimeout"},
                  "409": {"$ref": "#/components/responses/NotCancellable"},
                  "413": {"$ref": "#/components/responses/PayloadTooLarge"},
                  "414": {"$ref": "#/components/responses/URITooLong"},
                  "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
                  "417": {"$ref": "#/components/responses/ExpectationFailed"},
                  "429": {"$ref": "#/components/responses/RateLimited"},
                  "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                  "500": {"$ref": "#/components/responses/InternalError"},
                  "501": {"$ref": "#/components/responses/UnsupportedOperation"},
                  "502": {"$ref": "#/components/responses/ProviderFailed"},
                  "503": {"$ref": "#/components/responses/Unavailable"},
                  "504": {"$ref": "#/components/responses/ProviderTimeout"}
                }
              }
            },
            "/tasks/{id}/cancel": {
              "parameters": [
                {"$ref": "#/components/parameters/TaskID"},
                {"$ref": "#/components/parameters/ProviderKey"}
              ],
              "post": {
                "operationId": "cancelTask",
                "tags": ["tasks"],
                "summary": "Stop the task, and tell the truth about whether it stopped",
                "description": "200 when it is settled (`cancel.state` is `confirmed` or `too_late`), 202 when the provider took the request or the gateway holds it, and the task has not been seen to stop. A task that is over is no error. With `wait`, the answer comes once it is settled, or at the end of the wait. A caller that hangs up cancels nothing and un-cancels nothing.",
                "parameters": [
                  {"$ref": "#/components/parameters/Wait"},
                  {"$ref": "#/components/parameters/Provider"},
                  {"$ref": "#/components/parameters/Prefer"}
                ],
                "requestBody": {
                  "required": false,
                  "content": {
                    "application/json": {
                      "schema": {"$ref": "#/components/schemas/CancelRequest"},
                      "examples": {
                        "withReason": {"value": {"reason": "The customer left."}},
                        "empty": {"value": {}}
                      }
                    }
                  }
                },
                "responses": {
                  "200": {"$ref": "#/components/responses/Settled"},
                  "202": {"$ref": "#/components/responses/Underway"},
                  "400": {"$ref": "#/components/responses/BadRequest"},
                  "401": {"$ref": "#/components/responses/Unauthenticated"},
                  "403": {"$ref": "#/components/responses/Forbidden"},
                  "404": {"$ref": "#/components/responses/NotFound"},
                  "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                  "408": {"$ref": "#/components/responses/RequestTimeout"},
                  "409": {"$ref": "#/components/responses/NotCancellable"},
                  "413": {"$ref": "#/components/responses/PayloadTooLarge"},
                  "414": {"$ref": "#/components/responses/URITooLong"},
                  "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
                  "417": {"$ref": "#/components/responses/ExpectationFailed"},
                  "429": {"$ref": "#/components/responses/RateLimited"},
                  "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                  "500": {"$ref": "#/components/responses/InternalError"},
                  "501": {"$ref": "#/components/responses/UnsupportedOperation"},
                  "502": {"$ref": "#/components/responses/ProviderFailed"},
                  "503": {"$ref": "#/components/responses/Unavailable"},
                  "504": {"$ref": "#/components/responses/ProviderTimeout"}
                }
              }
            },
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
            },
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
              "TaskID": {
                "name": "id",
                "in": "path",
                "required": true,
                "description": "`<provider>:<native id>`, percent-encoded as one path segment (`%3A` and `:` are the same). A native id of several parts has them separated by colons; `GET /providers` shows an example of each provider's. A bare native id is taken where exactly one provider can own it, or with `provider`.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 2048},
                "example": "blackbox-cloud:9qQe2F8Z_nXx9-eJA0BD6"
              },
              "Wait": {
                "name": "wait",
                "in": "query",
                "description": "How long the caller would wait: a number with a unit, or of seconds. More than 60 s is 60 s. Wins over `Prefer`.",
                "schema": {"$ref": "#/components/schemas/Duration"},
                "example": "30s"
              },
              "Until": {
                "name": "until",
                "in": "query",
                "description": "What the wait is for: that the task is done, or that it changes.",
                "schema": {"type": "string", "enum": ["done", "change"], "default": "done"}
              },
              "MaxAge": {
                "name": "max_age",
                "in": "query",
                "description": "How old an observation may be to serve as the answer.",
                "schema": {"$ref": "#/components/schemas/Duration"},
                "example": "5s"
              },
              "View": {
                "name": "view",
                "in": "query",
                "description": "`full` adds `result` and `provider_response`.",
                "schema": {"type": "string", "enum": ["brief", "full"], "default": "brief"}
              },
              "Provider": {
                "name": "provider",
                "in": "query",
                "description": "Whose task it is, where the id is given without its provider.",
                "schema": {"$ref": "#/components/schemas/ProviderName"}
              },
              "Prefer": {
                "name": "Prefer",
                "in": "header",
                "description": "`wait=<seconds>` (RFC 7240); whatever else it says is passed over.",
                "schema": {"type": "string"},
                "example": "wait=30"
              },
              "ProviderKey": {
                "name": "Taskgate-Provider-Key",
                "in": "header",
                "description": "The caller's own key for the provider, alone: wanted where `/providers` shows `credential` as `caller`, and refused elsewhere. It is used for this call, and not kept.",
                "schema": {"type": "string"}
              },
              "IfNoneMatch": {
                "name": "If-None-Match",
                "in": "header",
                "description": "Tags that the caller has, or `*`.",
                "schema": {"type": "string"},
                "example": "\"b-0123456789abcdef\""
              }
            },
            "headers": {
              "RequestID": {
                "description": "Names the request in the gateway's log.",
                "schema": {"type": "string", "pattern": "^[-A-Za-z0-9._~:/+=@]{1,128}$"}
              },
              "CacheControl": {"schema": {"type": "string"}},
              "PreferenceApplied": {
                "description": "The `Prefer: wait` that was honoured.",
                "schema": {"type": "string", "pattern": "^wait=[0-9]+$"}
              },
              "ETag": {"schema": {"type": "string", "pattern": "^\"[bf]-[0-9a-f]{16}\"$"}},
              "RetryAfter": {
                "description": "In how many seconds asking again is worth it.",
                "schema": {"type": "integer", "minimum": 1}
              },
              "Allow": {"schema": {"type": "string"}},
              "RateLimitPolicy": {
                "description": "For clients with a rate: `q` requests may be sent at once after a rest, and as many come back in `w` seconds.",
                "schema": {"type": "string", "pattern": "^\"default\";q=[0-9]+;w=[0-9]+$"},
                "example": "\"default\";q=20;w=2"
              },
              "RateLimit": {
                "description": "For clients with a rate: `r` requests are left; in `t` seconds there is one more where none is left, else all of them.",
                "schema": {"type": "string", "pattern": "^\"default\";r=[0-9]+;t=[0-9]+$"},
                "example": "\"default\";r=19;t=1"
              },
              "WWWAuthenticate": {"schema": {"type": "string"}}
            },
            "responses": {
              "Settled": {
                "description": "The task: the cancel is settled, or the title is set.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"},
                  "Cache-Control": {"$ref": "#/components/headers/CacheControl"},
                  "Preference-Applied": {"$ref": "#/components/headers/PreferenceApplied"}
                },
                "content": {
                  "application/json": {
                    "schema": {"$ref": "#/components/schemas/Task"},
                    "examples": {"cancelled": {"$ref": "#/components/examples/CancelledTask"}}
                  }
                }
              },
              "Underway": {
                "description": "The task: the cancel is accepted or deferred, and the task has not been seen to stop.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"},
                  "Cache-Control": {"$ref": "#/components/headers/CacheControl"},
                  "Preference-Applied": {"$ref": "#/components/headers/PreferenceApplied"},
                  "Retry-After": {"$ref": "#/components/headers/RetryAfter"}
                },
                "content": {
                  "application/json": {"schema": {"$ref": "#/components/schemas/Task"}}
                }
              },
              "Page": {
                "description": "A short page.",
                "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestID"}},
                "content": {"text/html": {"schema": {"type": "string"}}}
              },
              "BadRequest": {
                "description": "`invalid_request`, `invalid_task_id`, `ambiguous_task_id`: malformed, or not understood.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              },
              "Unauthenticated": {
                "description": "`unauthenticated`: a key for the gateway is needed, and is missing, malformed or unknown. `provider_auth_failed`: the provider refused the key that the caller sent in `Taskgate-Provider-Key`.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "WWW-Authenticate": {"$ref": "#/components/headers/WWWAuthenticate"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              },
              "Forbidden": {
                "description": "`forbidden`: this client may not do this, or may not use this provider; or a web page asks, or without clients somebody under a foreign name.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              },
              "NotFound": {
                "description": "`not_found`, `unknown_provider`, `task_not_found`.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {"notFound": {"$ref": "#/components/examples/Problem"}}
                  }
                }
              },
              "MethodNotAllowed": {
                "description": "`method_not_allowed`: see `Allow`.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"},
                  "Allow": {"$ref": "#/components/headers/Allow"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              },
              "RequestTimeout": {
                "description": "`request_timeout`: the request did not arrive in time.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              },
              "NotCancellable": {
                "description": "`task_not_cancellable`: not in a state in which the provider can stop it.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"},
                  "Retry-After": {"$ref": "#/components/headers/RetryAfter"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              },
              "PayloadTooLarge": {
                "description": "`payload_too_large`.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              },
              "URITooLong": {
                "description": "`uri_too_long`.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              },
              "UnsupportedMediaType": {
                "description": "`unsupported_media_type`: the body is not declared as JSON.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              },
              "ExpectationFailed": {
                "description": "`invalid_request`: another expectation than `100-continue`.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              },
              "RateLimited": {
                "description": "`rate_limited`: the client's rate is used up.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"},
                  "Retry-After": {"$ref": "#/components/headers/RetryAfter"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              },
              "HeadersTooLarge": {
                "description": "`headers_too_large`.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              },
              "InternalError": {
                "description": "`internal_error`: a defect; the log has the request id.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              },
              "UnsupportedOperation": {
                "description": "`unsupported_operation`: the provider has no such call.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              },
              "ProviderFailed": {
                "description": "`provider_auth_failed`, `provider_rejected`, `provider_error`, `provider_bad_response`.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              },
              "Unavailable": {
                "description": "`provider_rate_limited`, `provider_unavailable`, `overloaded`, `shutting_down`.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"},
                  "Retry-After": {"$ref": "#/components/headers/RetryAfter"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              },
              "ProviderTimeout": {
                "description": "`provider_timeout`: the provider did not answer in time.",
                "headers": {
                  "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
                  "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
                  "RateLimit": {"$ref": "#/components/headers/RateLimit"}
                },
                "content": {
                  "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}
                  }
                }
              }
            },
            "schemas": {
              "Duration": {
                "type": "string",
                "description": "A number with a unit (`ms`, `s`, `m`, `h`), or a bare number of seconds.",
                "pattern": "^[0-9]{1,6}(\\.[0-9]{1,3})?(ms|s|m|h)?$"
              },
              "ProviderName": {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,31}$"},
              "Time": {
                "type": ["string", "null"],
                "format": "date-time",
                "description": "RFC 3339, UTC, with milliseconds."
              },
              "TaskStatus": {
                "type": "string",
                "description": "`completed`, `failed` and `cancelled` are ends. `input_required` waits for a person, `paused` does not. `unknown`: the provider used a word that its definition does not have; never an end.",
                "enum": ["queued", "running", "input_required", "paused", "completed", "failed", "cancelled", "unknown"]
              },
              "Task": {
                "type": "object",
                "properties": {
                  "id": {"type": "string", "description": "`<provider>:<native id>`"},
                  "provider": {"$ref": "#/components/schemas/ProviderName"},
                  "status": {"$ref": "#/components/schemas/TaskStatus"},
                  "done": {"type": "boolean", "description": "Whether the task has ended."},
                  "reason": {
                    "type": ["string", "null"],
                    "description": "Why, where the status alone does not say: `timeout`, `interrupted`, `terminated`."
                  },
                  "provider_status": {"type": "string", "description": "The provider's own word, verbatim."},
                  "progress": {"type": ["number", "null"], "minimum": 0, "maximum": 100},
                  "title": {"type": ["string", "null"]},
                  "message": {"type": ["string", "null"], "description": "The provider's words for a person."},
                  "error": {
                    "description": "Why a task failed, in the provider's words; for `failed` only.",
                    "anyOf": [{"$ref": "#/components/schemas/TaskFailure"}, {"type": "null"}]
                  },
                  "created_at": {"$ref": "#/components/schemas/Time"},
                  "started_at": {"$ref": "#/components/schemas/Time"},
                  "updated_at": {"$ref": "#/components/schemas/Time"},
                  "finished_at": {"$ref": "#/components/schemas/Time"},
                  "duration_seconds": {"type": ["number", "null"]},
                  "result": {"description": "The provider's result, with `view=full`; any JSON."},
                  "provider_response": {"description": "The provider's whole answer, with `view=full`; any JSON."},
                  "cancel": {
                    "description": "What became of a request to cancel; null where there was none.",
                    "anyOf": [{"$ref": "#/components/schemas/Cancel"}, {"type": "null"}]
                  },
                  "observed_at": {"type": "string", "format": "date-time", "description": "When the provider said so."},
                  "poll_after_seconds": {
                    "type": ["integer", "null"],
                    "minimum": 0,
                    "description": "When asking again is worth it; null once done."
                  }
                },
                "required": [
                  "id", "provider", "status", "done", "reason", "provider_status", "progress", "title", "message", "error",
                  "created_at", "started_at", "updated_at", "finished_at", "duration_seconds", "cancel", "observed_at",
                  "poll_after_seconds"
                ],
                "additionalProperties": false
              },
              "TaskFailure": {
                "type": "object",
                "properties": {
                  "message": {"type": ["string", "null"]},
                  "code": {"type": ["string", "null"]}
                },
                "required": ["message", "code"],
                "additionalProperties": false
              },
              "Cancel": {
                "type": "object",
                "properties": {
                  "state": {
                    "type": "string",
                    "description": "`confirmed`: it has been seen to stop, or the provider's answer is final. `accepted`: the provider took the request. `deferred`: the gateway holds the request until the provider can stop it. `too_late`: it had ended. `failed`: `detail` says why.",
                    "enum": ["confirmed", "accepted", "deferred", "too_late", "failed"]
                  },
                  "requested_at": {"$ref": "#/components/schemas/Time"},
                  "requested_by": {"type": ["string", "null"], "description": "The name of the client that asked first."},
                  "reason": {"type": ["string", "null"]},
                  "attempts": {"type": "integer", "minimum": 0, "description": "How many times it was sent to the provider."},
                  "confirmed_at": {"$ref": "#/components/schemas/Time"},
                  "detail": {"type": "string", "description": "Why it failed."}
                },
                "required": ["state", "requested_at", "requested_by", "reason", "attempts", "confirmed_at"],
                "additionalProperties": false
              },
              "CancelRequest": {
                "type": ["object", "null"],
                "properties": {
                  "reason": {"type": ["string", "null"], "maxLength": 500, "description": "Kept with the cancel, for people."}
                },
                "additionalProperties": false
              },
              "TaskChange": {
                "type": "object",
                "properties": {
                  "action": {"type": "string", "enum": ["cancel", "stop"]},
                  "title": {"type": "string", "minLength": 1, "maxLength": 200}
                },
                "minProperties": 1,
                "additionalProperties": false
              },
              "Provider": {
                "type": "object",
                "properties": {
                  "name": {"$ref": "#/components/schemas/ProviderName"},
                  "definition": {"type": "string", "description": "Which definition it is spoken to by."},
                  "title": {"type": "string"},
                  "documentation": {"type": "string"},
                  "origin": {"type": "string", "description": "Scheme, host and port."},
                  "state": {
                    "type": "string",
                    "description": "`degraded`: the latest calls all failed, or the circuit is not closed. `off`: not configured to the end. `detail` says more.",
                    "enum": ["on", "degraded", "off"]
                  },
                  "detail": {"type": ["string", "null"]},
                  "cancel": {
                    "description": "Null where the provider has no cancel.",
                    "anyOf": [{"$ref": "#/components/schemas/ProviderCancel"}, {"type": "null"}]
                  },
                  "rename": {"type": "boolean"},
                  "id": {
                    "type": "object",
                    "properties": {
                      "parts": {"type": "array", "items": {"type": "string"}},
                      "example": {"type": "string"}
                    },
                    "required": ["parts", "example"],
                    "additionalProperties": false
                  },
                  "credential": {
                    "type": "string",
                    "description": "Whose key the provider is called with: `gateway`, or `caller`, who sends it in `Taskgate-Provider-Key`. `none`: it wants none.",
                    "enum": ["none", "gateway", "caller"]
                  },
                  "minimum_interval_seconds": {
                    "type": "number",
                    "minimum": 0,
                    "description": "How often the status of one task is read at most."
                  },
                  "calls": {"type": "integer", "minimum": 0},
                  "failures": {"type": "integer", "minimum": 0},
                  "last_success_at": {"$ref": "#/components/schemas/Time"},
                  "last_failure_at": {"$ref": "#/components/schemas/Time"},
                  "last_failure_code": {"anyOf": [{"$ref": "#/components/schemas/ErrorCode"}, {"type": "null"}]},
                  "circuit": {
                    "type": "string",
                    "description": "`closed`: the provider is called. `open`: too many calls failed, and it is left alone. `half_open`: one call tries it.",
                    "enum": ["closed", "open", "half_open"]
                  },
                  "calls_under_way": {"type": "integer", "minimum": 0, "description": "Sent, and not ended."},
                  "calls_waiting": {"type": "integer", "minimum": 0, "description": "Waiting to be sent."},
                  "retry_at": {
                    "description": "When the provider is called again, where it is left alone: because it failed, or because it named that time. Null otherwise.",
                    "$ref": "#/components/schemas/Time"
                  }
                },
                "required": [
                  "name", "definition", "title", "documentation", "origin", "state", "detail", "cancel", "rename", "id",
                  "credential", "minimum_interval_seconds", "calls", "failures", "last_success_at", "last_failure_at", "last_failure_code",
                  "circuit", "calls_under_way", "calls_waiting", "retry_at"
                ],
                "additionalProperties": false
              },
              "ProviderCancel": {
                "type": "object",
                "properties": {
                  "confirmation": {
                    "type": "string",
                    "description": "`immediate`: the provider's answer is final. `by_status`: it is a promise that a status read confirms.",
                    "enum": ["immediate", "by_status"]
                  },
                  "from": {"type": "array", "items": {"$ref": "#/components/schemas/TaskStatus"}}
                },
                "required": ["confirmation", "from"],
                "additionalProperties": false
              },
              "Readiness": {
                "type": "object",
                "properties": {
                  "status": {"type": "string", "enum": ["ready", "draining"]},
                  "providers": {
                    "type": "object",
                    "additionalProperties": {"type": "string", "enum": ["on", "degraded", "off"]}
                  },
                  "reload": {
                    "type": "object",
                    "description": "How the last try to read the files again went; missing before the first. The log names every mistake.",
                    "properties": {
                      "tried_at": {"$ref": "#/components/schemas/Time"},
                      "result": {"type": "string", "enum": ["success", "failure"]},
                      "detail": {"type": ["string", "null"]}
                    },
                    "required": ["tried_at", "result", "detail"],
                    "additionalProperties": false
                  }
                },
                "required": ["status", "providers"],
                "additionalProperties": false
              },
              "ErrorCode": {
                "type": "string",
                "description": "Stable; clients switch on it.",
                "enum": [
                  "invalid_request", "invalid_task_id", "ambiguous_task_id", "unauthenticated", "forbidden",
                  "unknown_provider", "task_not_found", "not_found", "method_not_allowed", "task_not_cancellable",
                  "payload_too_large", "uri_too_long", "headers_too_large", "request_timeout", "unsupported_media_type",
                  "rate_limited", "internal_error", "unsupported_operation", "provider_auth_failed", "provider_rejected",
                  "provider_error", "provider_bad_response", "provider_rate_limited", "provider_unavailable",
                  "provider_timeout", "overloaded", "shutting_down"
                ]
              },
              "Problem": {
                "type": "object",
                "properties": {
                  "type": {"type": "string", "format": "uri-reference", "description": "A page about the code."},
                  "title": {"type": "string"},
                  "status": {"type": "integer", "minimum": 400, "maximum": 599},
                  "detail": {"type": "string", "description": "What is wrong, and what would be right."},
                  "instance": {"type": "string", "description": "The path of the request, without its query."},
                  "code": {"$ref": "#/components/schemas/ErrorCode"},
                  "retryable": {"type": "boolean", "description": "Whether the same request can succeed later."},
                  "request_id": {"type": "string"},
                  "provider": {"type": "string", "description": "The provider that the call went to."},
                  "provider_http_status": {"type": "integer", "description": "What it answered with."},
                  "provider_message": {"type": "string", "description": "Its own words."},
                  "last_known": {"$ref": "#/components/schemas/Task", "description": "The task as it was last seen."},
                  "candidates": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "The ids that an ambiguous one could mean."
                  }
                },
                "required": ["type", "title", "status", "detail", "code", "retryable", "request_id"],
                "additionalProperties": false
              }
            },
            "examples": {
              "RunningTask": {
                "summary": "A task that runs",
                "value": {
                  "id": "blackbox-cloud:9qQe2F8Z_nXx9-eJA0BD6",
                  "provider": "blackbox-cloud",
                  "status": "running",
                  "done": false,
                  "reason": null,
                  "provider_status": "processing",
                  "progress": 45,
                  "title": null,
                  "message": null,
                  "error": null,
                  "created_at": "2024-01-15T10:00:00.000Z",
                  "started_at": null,
                  "updated_at": "2024-01-15T10:05:00.000Z",
                  "finished_at": null,
                  "duration_seconds": null,
                  "cancel": null,
                  "observed_at": "2024-01-15T10:05:00.123Z",
                  "poll_after_seconds": 2
                }
              },
              "CancelledTask": {
                "summary": "A task that was stopped",
                "value": {
                  "id": "blackbox-cloud:9qQe2F8Z_nXx9-eJA0BD6",
                  "provider": "blackbox-cloud",
                  "status": "cancelled",
                  "done": true,
                  "reason": null,
                  "provider_status": "stopped",
                  "progress": 45,
                  "title": null,
                  "message": null,
                  "error": null,
                  "created_at": "2024-01-15T10:00:00.000Z",
                  "started_at": null,
                  "updated_at": "2024-01-15T10:06:00.000Z",
                  "finished_at": "2024-01-15T10:06:00.000Z",
                  "duration_seconds": null,
                  "cancel": {
                    "state": "confirmed",
                    "requested_at": "2024-01-15T10:05:59.000Z",
                    "requested_by": "billing-app",
                    "reason": null,
                    "attempts": 1,
                    "confirmed_at": "2024-01-15T10:06:00.000Z"
                  },
                  "observed_at": "2024-01-15T10:06:00.123Z",
                  "poll_after_seconds": null
                }
              },
              "Problem": {
                "summary": "The provider does not know the task",
                "value": {
                  "type": "/problems/task_not_found",
                  "title": "The provider does not know the task",
                  "status": 404,
                  "detail": "blackbox-cloud has no such task, or it belongs to another account.",
                  "instance": "/tasks/blackbox-cloud:9qQe2F8Z_nXx9-eJA0BD6",
                  "code": "task_not_found",
                  "retryable": false,
                  "request_id": "5f2c9a7be1d04386",
                  "provider": "blackbox-cloud",
                  "provider_http_status": 404
                }
              }
            }
          }
        }

        """#
}
