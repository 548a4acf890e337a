internal import NIOHTTP1

/// QMail's task registry as cloudcoin.org/qmail-commands/task-status.php and /task-cancel.php describe it.
///
/// The program itself differs from its pages in times and errors; a quirk chooses between them.
struct QMailDialect: ProviderDialect {
    let vocabulary = SimulatedVocabulary(
        queued: "PENDING",
        working: ["RUNNING"],
        succeeded: "COMPLETED",
        finished: ["COMPLETED", "FAILED", "CANCELLED"]
    )

    func route(_ request: SimulatedRequest) -> (operation: SimulatedOperation, taskID: String?) {
        let parts = request.pathParts
        guard parts.count == 4, parts[0] == "api", parts[1] == "task" else { return (.other, nil) }
        switch (request.head.method, parts[2]) {
        case (.GET, "status"): return (.status, String(parts[3]))
        case (.POST, "cancel"): return (.cancel, String(parts[3]))
        default: return (.other, nil)
        }
    }

    func key(of request: SimulatedRequest) -> String? { request.bearerToken ?? request.header("x-api-key") }

    /// Everybody: the program asks for no key.
    func admits(_ key: String?) -> Bool { true }

    func refusal() -> SimulatedAnswer { .error(.unauthorized, "Unauthorized") }

    func makeIdentifier(at now: SimulatorTime, from source: inout IdentifierSource) -> String { source.uuid() }

    func answer(_ call: SimulatedCall, in memory: inout ProviderMemory) -> SimulatedAnswer {
        guard call.request.operation != .other else { return .error(.notFound, "Not found") }
        forgetFinished(call, in: &memory)
        guard let task = memory.tasks[call.taskID] else { return notFound(call) }
        if call.request.operation == .cancel { return cancel(task, call, in: &memory) }
        return status(of: task, call)
    }

    /// Finished tasks leave the registry after an hour, and sooner when it is full.
    private func forgetFinished(_ call: SimulatedCall, in memory: inout ProviderMemory) {
        let finished = memory.tasks[call.taskID]?.finishedAt(call.now, vocabulary)
        if let finished, finished + call.quirks.qmailForgetsAfter <= call.now { memory.remove(call.taskID) }
        var surplus = memory.order.count - call.quirks.qmailHolds
        guard surplus > 0 else { return }
        for id in memory.order where surplus > 0 {
            guard let task = memory.tasks[id], task.isFinished(at: call.now, vocabulary) else { continue }
            memory.remove(id)
            surplus -= 1
        }
    }

    private func status(of task: SimulatedTask, _ call: SimulatedCall) -> SimulatedAnswer {
        let now = call.now
        let state = task.state(at: now)
        let progress = task.progress(at: now, vocabulary)
        func text(_ time: SimulatorTime) -> String {
            call.quirks.qmailSpeaksAsItsSource ? time.text(.microseconds, zone: "+00:00") : time.text(.seconds)
        }
        return SimulatedAnswer(.ok) { json in
            json.string("task_id", task.id)
            json.string("state", state)
            json.number("progress", progress)
            json.string("message", message(in: state, progress))
            if state == "COMPLETED" {
                json.object("result") { $0.number("processed", 7) }
            } else {
                json.null("result")
            }
            json.string("error", state == "FAILED" ? "Could not reach the mail server" : nil)
            json.string("created_at", text(task.createdAt))
            json.string("started_at", task.startedAt(now, vocabulary).map(text))
            json.string("completed_at", task.finishedAt(now, vocabulary).map(text))
            json.flag("is_finished", vocabulary.isFinished(state))
            json.flag("is_successful", state == "COMPLETED")
        }
    }

    private func message(in state: String, _ progress: Int) -> String {
        switch state {
        case "PENDING": "Waiting to start"
        case "RUNNING": "Processing email attachments (\(progress * 7 / 100) of 7)"
        case "COMPLETED": "All attachments processed"
        case "CANCELLED": "Task was cancelled"
        default: "Task failed"
        }
    }

    /// Accepted at once and in lower case, while the task stays `RUNNING` until it looks whether it was cancelled.
    private func cancel(
        _ task: SimulatedTask,
        _ call: SimulatedCall,
        in memory: inout ProviderMemory
    ) -> SimulatedAnswer {
        let state = task.state(at: call.now)
        guard !vocabulary.isFinished(state) else { return alreadyFinished(task.id, state, call) }
        if vocabulary.isWorking(state) {
            let notices = call.now + call.quirks.qmailCancelTakes
            let isUnderWay = task.workerRunsUntil.map { $0 > call.now } ?? false
            if !isUnderWay, !call.quirks.qmailCompletesDespiteCancel {
                memory.tasks[task.id]?.workerRunsUntil = notices
                memory.tasks[task.id]?.turn(to: "CANCELLED", at: notices, now: call.now)
            }
        } else {
            memory.tasks[task.id]?.turn(to: "CANCELLED", at: call.now, now: call.now)
        }
        return SimulatedAnswer(.ok) { json in
            json.string("task_id", task.id)
            json.string("status", "cancelled")
            json.string("message", "Task cancellation requested successfully")
        }
    }

    private func alreadyFinished(_ id: String, _ state: String, _ call: SimulatedCall) -> SimulatedAnswer {
        SimulatedAnswer(.badRequest) { json in
            if call.quirks.qmailSpeaksAsItsSource {
                json.string("error", "Task already finished")
                json.string("task_id", id)
                json.string("status", "error")
                json.string("details", "Task is in state: \(state)")
            } else {
                json.string("error", "Cannot cancel task")
                json.string("message", "Task has already finished (state: \(state))")
                json.string("task_id", id)
            }
        }
    }

    private func notFound(_ call: SimulatedCall) -> SimulatedAnswer {
        SimulatedAnswer(.notFound) { json in
            json.string("error", "Task not found")
            if call.quirks.qmailSpeaksAsItsSource {
                json.string("task_id", call.taskID)
                json.string("status", "error")
            } else {
                json.string("message", "No task exists with ID: \(call.taskID)")
                json.string("task_id", call.taskID)
            }
        }
    }
}
