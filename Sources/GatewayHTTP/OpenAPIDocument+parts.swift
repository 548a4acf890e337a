/// Parameters, fields and responses that several calls have.
extension OpenAPIDocument {
    /// What requests are sent with.
    static let parameters = #"""
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
        """#

    /// Fields of answers.
    static let headers = #"""
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
        """#

    /// Answers.
    static let responses = #"""
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
        """#
}
