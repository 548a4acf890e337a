/// The shapes of what is sent and answered.
extension OpenAPIDocument {
    /// Of tasks, providers and problems.
    static let schemas = #"""
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
            "provider_timeout", "store_unavailable", "overloaded", "shutting_down"
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
        """#

    /// What they look like.
    static let examples = #"""
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
        """#
}
