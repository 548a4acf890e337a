internal import NIOHTTP1

/// The newer QMail core as cloudcoin.org/commands/task.php describes it: an envelope whose `status` is that of the call,
/// the task inside of it, and no way to cancel.
struct QMailCoreDialect: ProviderDialect {
    let vocabulary = SimulatedVocabulary(
        queued: nil,
        working: ["running"],
        succeeded: "success",
        finished: ["success", "failed"]
    )

    func route(_ request: SimulatedRequest) -> (operation: SimulatedOperation, taskID: String?) {
        guard request.head.method == .GET, request.path == "/api/system/tasks" else { return (.other, nil) }
        return (.status, request.query("id") ?? request.query("task_id"))
    }

    func key(of request: SimulatedRequest) -> String? { request.bearerToken ?? request.header("x-api-key") }

    /// Everybody: the program asks for no key.
    func admits(_ key: String?) -> Bool { true }

    func refusal() -> SimulatedAnswer { .error(.unauthorized, "Unauthorized") }

    /// `Jan-27-26_01-44-55-AM-706d`.
    func makeIdentifier(at now: SimulatorTime, from source: inout IdentifierSource) -> String {
        "\(now.coreIdentifierText)-\(source.hexadecimal(4))"
    }

    func answer(_ call: SimulatedCall, in memory: inout ProviderMemory) -> SimulatedAnswer {
        // Every path of the older registry is unknown here, and the answer names no task.
        guard call.request.operation == .status else { return failure(.notFound, "Unknown endpoint") }
        guard call.request.taskID != nil else { return failure(.badRequest, "Missing parameter: id") }
        guard let task = memory.tasks[call.taskID] else { return failure(.notFound, "Task not found") }
        let state = task.state(at: call.now)
        let elapsed = (task.finishedAt(call.now, vocabulary) ?? call.now) - task.createdAt
        return SimulatedAnswer(.ok) { json in
            json.string("status", "success")
            json.object("payload") { json in
                json.string("id", task.id)
                json.string("status", state)
                json.number("progress", task.progress(at: call.now, vocabulary))
                json.string("message", message(in: state))
                json.object("data") { json in
                    json.string("phase", state == "running" ? "POWN" : "GRADE")
                }
                json.number("raida_responded", state == "running" ? 12 : 25)
                json.number("elapsed_ms", Int(elapsed.wholeMicroseconds / 1000))
                json.number("timeout_ms", 60000)
                json.number("raida_total", 25)
            }
        }
    }

    private func message(in state: String) -> String {
        switch state {
        case "running": "Authenticating coins"
        case "success": "Command completed"
        default: "Not enough servers answered"
        }
    }

    /// The pages show no error; this is the envelope with the other word in it.
    private func failure(_ status: HTTPResponseStatus, _ message: String) -> SimulatedAnswer {
        SimulatedAnswer(status) { json in
            json.string("status", "error")
            json.object("payload") { $0.string("message", message) }
        }
    }
}
