/// One task.
extension OpenAPIDocument {
    /// The calls about one task.
    static let taskPaths = #"""
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
              \#(problems)
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
              \#(problems)
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
              \#(problems)
            }
          }
        }
        """#
}
