/// Streams, watches, and what is kept of tasks.
extension OpenAPIDocument {
    /// Streams of events.
    static let eventPaths = #"""
        "/tasks/{id}/events": {
          "parameters": [
            {"$ref": "#/components/parameters/TaskID"},
            {"$ref": "#/components/parameters/LastEventID"}
          ],
          "get": {
            "operationId": "streamTask",
            "tags": ["following"],
            "summary": "What happens to the task, as it happens",
            "description": "Server-Sent Events: `task` with the task as it stands, then `task.updated`, `task.done`, `task.cancel_failed`, `task.deadline_passed` or `task.lost` with the task as it was then, and `end` when it is over. A task that cannot be followed is answered with its problem. A reader that comes back with `Last-Event-ID` gets what it has missed, and 204 where it has everything and nothing more comes: an `EventSource` stops then. A reader that does not read is dropped, and comes back.",
            "parameters": [{"$ref": "#/components/parameters/Provider"}],
            "responses": {
              "200": {"$ref": "#/components/responses/EventStream"},
              "204": {"$ref": "#/components/responses/NothingMore"},
              \#(problems)
            }
          }
        },
        "/events": {
          "parameters": [{"$ref": "#/components/parameters/LastEventID"}],
          "get": {
            "operationId": "streamTasks",
            "tags": ["following"],
            "summary": "What happens to these tasks, as it happens",
            "description": "One stream for up to 1,000 tasks, as many as fit into the target of a request; it begins with where each of them stands, of which only the last has an id, and ends when all are over. A task that cannot be followed is an `error` event with the id and the problem, and the stream goes on with the others; where none can be, the answer is the first one's problem.",
            "parameters": [
              {"$ref": "#/components/parameters/TaskIDList"},
              {"$ref": "#/components/parameters/Provider"}
            ],
            "responses": {
              "200": {"$ref": "#/components/responses/EventStream"},
              "204": {"$ref": "#/components/responses/NothingMore"},
              \#(problems)
            }
          }
        }
        """#

    /// Watches, and the tasks that are or were followed.
    static let watchPaths = #"""
        "/tasks": {
          "get": {
            "operationId": "listTasks",
            "tags": ["following"],
            "summary": "The tasks that are or were followed",
            "description": "As they were seen last, in the order of their ids, of the providers that the client may use.",
            "parameters": [
              {"$ref": "#/components/parameters/Provider"},
              {"$ref": "#/components/parameters/Status"},
              {"$ref": "#/components/parameters/Done"},
              {"$ref": "#/components/parameters/Watched"},
              {"$ref": "#/components/parameters/Limit"},
              {"$ref": "#/components/parameters/Cursor"}
            ],
            "responses": {
              "200": {"$ref": "#/components/responses/KeptTasks"},
              \#(problems)
            }
          }
        },
        "/tasks/{id}/watch": {
          "parameters": [{"$ref": "#/components/parameters/TaskID"}],
          "get": {
            "operationId": "getWatch",
            "tags": ["following"],
            "summary": "The client's watch on the task",
            "description": "Also one that has ended.",
            "parameters": [{"$ref": "#/components/parameters/Provider"}],
            "responses": {
              "200": {"$ref": "#/components/responses/Watch"},
              \#(problems)
            }
          },
          "put": {
            "operationId": "putWatch",
            "tags": ["following"],
            "summary": "Follow the task, in place of how the client did before",
            "description": "One watch for each client and task, until the task ends. `webhook` is told of its events; at the `deadline` the task is cancelled, and when the `lease` runs out without being renewed. A deadline or a lease wants the permission `cancel`, too.",
            "parameters": [{"$ref": "#/components/parameters/Provider"}],
            "requestBody": {
              "required": true,
              "content": {
                "application/json": {
                  "schema": {"$ref": "#/components/schemas/WatchRequest"},
                  "examples": {
                    "webhook": {"value": {"webhook": {"url": "https://example.com/hooks", "events": ["task.done"]}}},
                    "lease": {"value": {"lease": "60s"}}
                  }
                }
              }
            },
            "responses": {
              "200": {"$ref": "#/components/responses/Watch"},
              "201": {"$ref": "#/components/responses/Watch"},
              \#(problems)
            }
          },
          "delete": {
            "operationId": "deleteWatch",
            "tags": ["following"],
            "summary": "Take the watch back, with what it has not delivered",
            "parameters": [{"$ref": "#/components/parameters/Provider"}],
            "responses": {
              "204": {"$ref": "#/components/responses/NothingMore"},
              \#(problems)
            }
          }
        },
        "/tasks/{id}/watch/renew": {
          "parameters": [{"$ref": "#/components/parameters/TaskID"}],
          "post": {
            "operationId": "renewLease",
            "tags": ["following"],
            "summary": "Give the lease its whole term from now on, and change nothing else",
            "parameters": [{"$ref": "#/components/parameters/Provider"}],
            "responses": {
              "200": {"$ref": "#/components/responses/Watch"},
              \#(problems)
            }
          }
        },
        "/watches": {
          "get": {
            "operationId": "listWatches",
            "tags": ["following"],
            "summary": "The client's watches, in the order of the tasks' ids",
            "parameters": [
              {"$ref": "#/components/parameters/Limit"},
              {"$ref": "#/components/parameters/Cursor"}
            ],
            "responses": {
              "200": {"$ref": "#/components/responses/Watches"},
              \#(problems)
            }
          }
        }
        """#

    /// What webhooks were sent.
    static let deliveryPaths = #"""
        "/deliveries": {
          "get": {
            "operationId": "listDeliveries",
            "tags": ["following"],
            "summary": "Events on their way to webhooks, the latest first",
            "description": "The client's own; with the permission `operate`, everybody's.",
            "parameters": [
              {"$ref": "#/components/parameters/Task"},
              {"$ref": "#/components/parameters/DeliveryState"},
              {"$ref": "#/components/parameters/Limit"},
              {"$ref": "#/components/parameters/Cursor"}
            ],
            "responses": {
              "200": {"$ref": "#/components/responses/Deliveries"},
              \#(problems)
            }
          }
        },
        "/deliveries/{number}": {
          "parameters": [{"$ref": "#/components/parameters/DeliveryNumber"}],
          "get": {
            "operationId": "getDelivery",
            "tags": ["following"],
            "summary": "One delivery, with its attempts in their order",
            "responses": {
              "200": {"$ref": "#/components/responses/Delivery"},
              \#(problems)
            }
          }
        },
        "/deliveries/{number}/redeliver": {
          "parameters": [{"$ref": "#/components/parameters/DeliveryNumber"}],
          "post": {
            "operationId": "redeliver",
            "tags": ["following"],
            "summary": "Send it once more at once, whatever came of it",
            "description": "Where its receiver's origin wanted a pause with `Retry-After`, it is sent when that is over, after five minutes at most.",
            "responses": {
              "202": {"$ref": "#/components/responses/Delivery"},
              \#(problems)
            }
          }
        },
        "/audit": {
          "get": {
            "operationId": "listAudit",
            "tags": ["operation"],
            "summary": "Who wanted to change what, and what was sent to providers for it, the latest first",
            "description": "Wants the permission `operate`.",
            "parameters": [
              {"$ref": "#/components/parameters/Task"},
              {"$ref": "#/components/parameters/Limit"},
              {"$ref": "#/components/parameters/Cursor"}
            ],
            "responses": {
              "200": {"$ref": "#/components/responses/Audit"},
              \#(problems)
            }
          }
        }
        """#
}
