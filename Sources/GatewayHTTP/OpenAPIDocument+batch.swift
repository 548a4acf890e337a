/// Many tasks at once.
extension OpenAPIDocument {
    /// The calls about many tasks.
    static let batchPaths = #"""
        "/tasks/status": {
          "parameters": [{"$ref": "#/components/parameters/ProviderKey"}],
          "post": {
            "operationId": "getTasks",
            "tags": ["tasks"],
            "summary": "Where do these tasks stand?",
            "description": "Each id is answered by itself, in the order of the ids: a wrong one fails alone. With `wait`, the answer comes when all are done (with `for=any`, when one is), else with where they stand at the end of the wait. Of one provider's tasks, at most 64 are asked about at once. The body may be eight times as large as others, and what does not fit into an answer of 32 MiB is `payload_too_large` by itself.",
            "parameters": [
              {"$ref": "#/components/parameters/Wait"},
              {"$ref": "#/components/parameters/Awaited"},
              {"$ref": "#/components/parameters/MaxAge"},
              {"$ref": "#/components/parameters/View"},
              {"$ref": "#/components/parameters/Provider"},
              {"$ref": "#/components/parameters/Prefer"}
            ],
            "requestBody": {
              "required": true,
              "content": {
                "application/json": {
                  "schema": {"$ref": "#/components/schemas/BatchStatusRequest"},
                  "examples": {"two": {"value": {"ids": ["blackbox-cloud:9qQe2F8Z_nXx9-eJA0BD6", "qmail:42"]}}}
                }
              }
            },
            "responses": {
              "200": {"$ref": "#/components/responses/BatchResults"},
              \#(problems)
            }
          }
        },
        "/tasks/cancel": {
          "parameters": [{"$ref": "#/components/parameters/ProviderKey"}],
          "post": {
            "operationId": "cancelTasks",
            "tags": ["tasks"],
            "summary": "Stop these tasks",
            "description": "As the cancel of one task, for each id by itself, in the order of the ids. The answer is always 200: `cancel.state` of each task says what became of it. With `wait`, the answer comes when all are settled (with `for=any`, when one is done), else at the end of the wait.",
            "parameters": [
              {"$ref": "#/components/parameters/Wait"},
              {"$ref": "#/components/parameters/Awaited"},
              {"$ref": "#/components/parameters/Provider"},
              {"$ref": "#/components/parameters/Prefer"}
            ],
            "requestBody": {
              "required": true,
              "content": {
                "application/json": {
                  "schema": {"$ref": "#/components/schemas/BatchCancelRequest"},
                  "examples": {"withReason": {"value": {"ids": ["qmail:42"], "reason": "The customer left."}}}
                }
              }
            },
            "responses": {
              "200": {"$ref": "#/components/responses/BatchResults"},
              \#(problems)
            }
          }
        }
        """#

    /// What they are sent with and answered by.
    static let batchSchemas = #"""
        "BatchStatusRequest": {
          "type": "object",
          "properties": {"ids": {"$ref": "#/components/schemas/TaskIDs"}},
          "required": ["ids"],
          "additionalProperties": false
        },
        "BatchCancelRequest": {
          "type": "object",
          "properties": {
            "ids": {"$ref": "#/components/schemas/TaskIDs"},
            "reason": {"type": ["string", "null"], "maxLength": 500}
          },
          "required": ["ids"],
          "additionalProperties": false
        },
        "TaskIDs": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 1000},
        "BatchResult": {
          "type": "object",
          "description": "The id as it was sent, with its task or with why there is none.",
          "properties": {
            "id": {"type": "string"},
            "task": {"$ref": "#/components/schemas/Task"},
            "error": {"$ref": "#/components/schemas/Problem"}
          },
          "required": ["id"],
          "minProperties": 2,
          "maxProperties": 2,
          "additionalProperties": false
        }
        """#
}
