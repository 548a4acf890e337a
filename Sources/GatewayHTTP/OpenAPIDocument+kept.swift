/// The parts that lists, streams and watches are described by.
extension OpenAPIDocument {
    /// What they are asked with.
    static let listParameters = #"""
        "Awaited": {
          "name": "for",
          "in": "query",
          "description": "Which of the tasks the wait is for.",
          "schema": {"type": "string", "enum": ["all", "any"], "default": "all"}
        },
        "TaskIDList": {
          "name": "ids",
          "in": "query",
          "required": true,
          "description": "The tasks, with commas between their ids; several of this name are one list. A comma within an id is written as `%2C`.",
          "style": "form",
          "explode": false,
          "schema": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 2048}, "minItems": 1, "maxItems": 1000}
        },
        "Status": {
          "name": "status",
          "in": "query",
          "description": "Those with one of these statuses; several of this name are one list.",
          "style": "form",
          "explode": false,
          "schema": {"type": "array", "items": {"$ref": "#/components/schemas/TaskStatus"}, "minItems": 1}
        },
        "Done": {
          "name": "done",
          "in": "query",
          "description": "Those that are over, or those that are not.",
          "schema": {"type": "boolean"}
        },
        "Watched": {
          "name": "watched",
          "in": "query",
          "description": "Those with a watch of the client that has not ended.",
          "schema": {"type": "string", "enum": ["true"]}
        },
        "Task": {
          "name": "task",
          "in": "query",
          "description": "Those about this task.",
          "schema": {"type": "string", "minLength": 1, "maxLength": 2048}
        },
        "DeliveryState": {
          "name": "state",
          "in": "query",
          "description": "Those in this state.",
          "schema": {"type": "string", "enum": ["pending", "delivered", "failed", "dropped"]}
        },
        "DeliveryNumber": {
          "name": "number",
          "in": "path",
          "required": true,
          "description": "The number of a delivery.",
          "schema": {"type": "integer", "minimum": 1}
        },
        "Limit": {
          "name": "limit",
          "in": "query",
          "description": "The most entries of an answer.",
          "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
        },
        "Cursor": {
          "name": "cursor",
          "in": "query",
          "description": "Where the list goes on: `next` of the answer before.",
          "schema": {"type": "string"}
        },
        "LastEventID": {
          "name": "Last-Event-ID",
          "in": "header",
          "description": "The `id` of the last event that the reader has.",
          "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"}
        }
        """#

    /// Their answers.
    static let followingResponses = #"""
        "BatchResults": {
          "description": "What became of each, in the order of the ids.",
          "headers": {
            "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
            "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
            "RateLimit": {"$ref": "#/components/headers/RateLimit"},
            "Cache-Control": {"$ref": "#/components/headers/CacheControl"},
            "Preference-Applied": {"$ref": "#/components/headers/PreferenceApplied"}
          },
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BatchResults"}}}
        },
        "EventStream": {
          "description": "A stream: `id` is what to come back with, `data` a document on one line. A comment every 15 s shows that it is there.",
          "headers": {
            "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
            "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
            "RateLimit": {"$ref": "#/components/headers/RateLimit"}
          },
          "content": {"text/event-stream": {"schema": {"type": "string"}}}
        },
        "NothingMore": {
          "description": "Nothing is there any more.",
          "headers": {
            "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
            "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
            "RateLimit": {"$ref": "#/components/headers/RateLimit"}
          }
        },
        "KeptTasks": {
          "description": "A part of the list.",
          "headers": {
            "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
            "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
            "RateLimit": {"$ref": "#/components/headers/RateLimit"}
          },
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/KeptTasks"}}}
        },
        "Watch": {
          "description": "The watch.",
          "headers": {
            "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
            "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
            "RateLimit": {"$ref": "#/components/headers/RateLimit"}
          },
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Watch"}}}
        },
        "Watches": {
          "description": "A part of the list.",
          "headers": {
            "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
            "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
            "RateLimit": {"$ref": "#/components/headers/RateLimit"}
          },
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Watches"}}}
        },
        "Deliveries": {
          "description": "A part of the list.",
          "headers": {
            "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
            "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
            "RateLimit": {"$ref": "#/components/headers/RateLimit"}
          },
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Deliveries"}}}
        },
        "Audit": {
          "description": "A part of the list.",
          "headers": {
            "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
            "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
            "RateLimit": {"$ref": "#/components/headers/RateLimit"}
          },
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AuditRecords"}}}
        },
        "Delivery": {
          "description": "The delivery.",
          "headers": {
            "X-Request-Id": {"$ref": "#/components/headers/RequestID"},
            "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
            "RateLimit": {"$ref": "#/components/headers/RateLimit"}
          },
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Delivery"}}}
        }
        """#

    /// The shapes of those.
    static let followingSchemas = #"""
        "BatchResults": {
          "type": "object",
          "properties": {
            "results": {"type": "array", "items": {"$ref": "#/components/schemas/BatchResult"}}
          },
          "required": ["results"],
          "additionalProperties": false
        },
        "EventType": {
          "type": "string",
          "enum": ["task.updated", "task.done", "task.cancel_failed", "task.deadline_passed", "task.lost"]
        },
        "WatchRequest": {
          "type": "object",
          "description": "At least one of them.",
          "properties": {
            "webhook": {
              "type": ["object", "null"],
              "properties": {
                "url": {"type": "string", "minLength": 1, "maxLength": 2048},
                "events": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/EventType"}, "minItems": 1, "description": "All without it."}
              },
              "required": ["url"],
              "additionalProperties": false
            },
            "deadline": {"type": ["string", "number", "null"], "description": "A duration, a number of seconds, or a time."},
            "lease": {"type": ["string", "number", "null"], "description": "A duration, or a number of seconds."}
          },
          "minProperties": 1,
          "additionalProperties": false
        },
        "Watch": {
          "type": "object",
          "properties": {
            "task": {"type": "string"},
            "webhook": {"anyOf": [{"$ref": "#/components/schemas/Webhook"}, {"type": "null"}]},
            "deadline": {"$ref": "#/components/schemas/Time"},
            "lease": {"anyOf": [{"$ref": "#/components/schemas/Lease"}, {"type": "null"}]},
            "created_at": {"$ref": "#/components/schemas/Time"},
            "fired_at": {"description": "When the deadline passed or the lease ran out.", "$ref": "#/components/schemas/Time"},
            "ended_at": {"description": "When the task was done or lost.", "$ref": "#/components/schemas/Time"}
          },
          "required": ["task", "webhook", "deadline", "lease", "created_at", "fired_at", "ended_at"],
          "additionalProperties": false
        },
        "Webhook": {
          "type": "object",
          "properties": {
            "url": {"type": "string"},
            "events": {"type": "array", "items": {"$ref": "#/components/schemas/EventType"}},
            "disabled_at": {"description": "When the receiver said that it is gone for good.", "$ref": "#/components/schemas/Time"}
          },
          "required": ["url", "events", "disabled_at"],
          "additionalProperties": false
        },
        "Lease": {
          "type": "object",
          "properties": {
            "seconds": {"type": "number"},
            "ends_at": {"$ref": "#/components/schemas/Time"}
          },
          "required": ["seconds", "ends_at"],
          "additionalProperties": false
        },
        "Watches": {
          "type": "object",
          "properties": {
            "watches": {"type": "array", "items": {"$ref": "#/components/schemas/Watch"}},
            "next": {"type": ["string", "null"], "description": "The `cursor` of the next part; null where nothing follows."}
          },
          "required": ["watches", "next"],
          "additionalProperties": false
        },
        "KeptTask": {
          "type": "object",
          "properties": {
            "id": {"type": "string"},
            "task": {"description": "As it was seen last; null before.", "anyOf": [{"$ref": "#/components/schemas/Task"}, {"type": "null"}]},
            "ended_at": {"$ref": "#/components/schemas/Time"},
            "lost": {"type": "boolean", "description": "Whether its provider did not know it any more."}
          },
          "required": ["id", "task", "ended_at", "lost"],
          "additionalProperties": false
        },
        "KeptTasks": {
          "type": "object",
          "properties": {
            "tasks": {"type": "array", "items": {"$ref": "#/components/schemas/KeptTask"}},
            "next": {"type": ["string", "null"], "description": "The `cursor` of the next part; null where nothing follows."}
          },
          "required": ["tasks", "next"],
          "additionalProperties": false
        },
        "Delivery": {
          "type": "object",
          "properties": {
            "number": {"type": "integer"},
            "webhook_id": {"type": "string"},
            "type": {"$ref": "#/components/schemas/EventType"},
            "task": {"type": "string"},
            "client": {"type": ["string", "null"]},
            "url": {"type": "string"},
            "state": {"type": "string", "enum": ["pending", "delivered", "failed", "dropped"]},
            "attempt_count": {"type": "integer", "minimum": 0},
            "created_at": {"$ref": "#/components/schemas/Time"},
            "next_attempt_at": {"$ref": "#/components/schemas/Time"},
            "last_attempt": {"anyOf": [{"$ref": "#/components/schemas/Attempt"}, {"type": "null"}]},
            "attempts": {"type": "array", "items": {"$ref": "#/components/schemas/Attempt"}, "description": "Where one delivery is asked for."}
          },
          "required": ["number", "webhook_id", "type", "task", "client", "url", "state", "attempt_count", "created_at", "next_attempt_at", "last_attempt"],
          "additionalProperties": false
        },
        "Deliveries": {
          "type": "object",
          "properties": {
            "deliveries": {"type": "array", "items": {"$ref": "#/components/schemas/Delivery"}},
            "next": {"type": ["string", "null"], "description": "The `cursor` of the next part; null where nothing follows."}
          },
          "required": ["deliveries", "next"],
          "additionalProperties": false
        },
        "Attempt": {
          "type": "object",
          "properties": {
            "at": {"$ref": "#/components/schemas/Time"},
            "duration_seconds": {"type": "number"},
            "status": {"type": ["integer", "null"], "description": "Of the answer; null where none came."},
            "problem": {"type": ["string", "null"], "description": "Why it was not taken; null where it was."}
          },
          "required": ["at", "duration_seconds", "status", "problem"],
          "additionalProperties": false
        },
        "AuditRecord": {
          "type": "object",
          "description": "As the audit's file has it.",
          "properties": {
            "time": {"type": "string", "format": "date-time"},
            "level": {"type": "string", "const": "notice"},
            "message": {"type": "string", "const": "audit"},
            "event": {"type": "string", "enum": ["asked", "sent"], "description": "A client asked, or a request went to the provider."},
            "client": {"type": ["string", "null"]},
            "request_id": {"type": ["string", "null"]},
            "task": {"type": "string"},
            "operation": {"type": "string", "enum": ["cancel", "rename"]},
            "reason": {"type": ["string", "null"]},
            "title": {"type": "string"},
            "outcome": {"type": "string", "description": "What the client was told, or what the provider's answer means."},
            "upstream_status": {"type": "integer"},
            "upstream_word": {"type": "string"},
            "may_have_arrived": {"type": "string", "enum": ["yes", "no"]}
          },
          "required": ["time", "level", "message", "event", "task", "operation", "outcome"],
          "additionalProperties": false
        },
        "AuditRecords": {
          "type": "object",
          "properties": {
            "records": {"type": "array", "items": {"$ref": "#/components/schemas/AuditRecord"}},
            "next": {"type": ["string", "null"], "description": "The `cursor` of the next part; null where nothing follows."}
          },
          "required": ["records", "next"],
          "additionalProperties": false
        }
        """#
}
