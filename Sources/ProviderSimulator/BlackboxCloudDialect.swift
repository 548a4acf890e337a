internal import NIOHTTP1

/// BLACKBOX Cloud as docs.blackbox.ai/api-reference/task-status, /cancel-task, and /get-task describe it.
///
/// The pages name the fields of their errors nowhere; `{"error": "..."}` is what the other answers suggest.
struct BlackboxCloudDialect: ProviderDialect {
    let vocabulary = SimulatedVocabulary(
        queued: "pending",
        working: ["processing", "saving"],
        succeeded: "completed",
        finished: ["completed", "error", "stopped", "timeout"]
    )

    func route(_ request: SimulatedRequest) -> (operation: SimulatedOperation, taskID: String?) {
        let parts = request.pathParts
        guard parts.count >= 2, parts[0] == "api", parts[1] == "tasks" else { return (.other, nil) }
        let id = parts.count > 2 ? String(parts[2]) : nil
        switch (request.head.method, parts.count) {
        case (.GET, 4) where parts[3] == "status": return (.status, id)
        case (.GET, 3): return (.detail, id)
        case (.PATCH, 3): return (.cancel, id)
        case (.POST, 2): return (.create, nil)
        default: return (.other, id)
        }
    }

    func key(of request: SimulatedRequest) -> String? { request.bearerToken }

    func admits(_ key: String?) -> Bool {
        guard let key, key.hasPrefix("bb_") else { return false }
        return String(key.dropFirst(3)).isAlphanumeric
    }

    func refusal() -> SimulatedAnswer { .error(.unauthorized, "Unauthorized") }

    /// 21 letters of the alphabet of the pages' `9qQe2F8Z_nXx9-eJA0BD6`.
    func makeIdentifier(at now: SimulatorTime, from source: inout IdentifierSource) -> String {
        source.text(21, of: "useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict")
    }

    func answer(_ call: SimulatedCall, in memory: inout ProviderMemory) -> SimulatedAnswer {
        switch call.request.operation {
        case .create: return create(call, in: &memory)
        case .status, .detail, .cancel: break
        case .rawStatus, .rename, .delete, .other: return .error(.notFound, "Not found")
        }
        // A task of somebody else is not found, as the pages say: "doesn't exist or user doesn't have access".
        guard let task = memory.tasks[call.taskID], task.owner == nil || task.owner == call.key else {
            return .error(.notFound, "Task not found")
        }
        switch call.request.operation {
        case .status: return status(of: task, at: call.now)
        case .detail: return detail(of: task, at: call.now)
        default: return stop(task, call, in: &memory)
        }
    }

    private func status(of task: SimulatedTask, at now: SimulatorTime) -> SimulatedAnswer {
        let moment = task.moment(at: now)
        let finished = task.finishedAt(now, vocabulary)
        return SimulatedAnswer(.ok) { json in
            json.string("taskId", task.id)
            json.string("status", moment.state)
            json.number("progress", task.progress(at: now, vocabulary))
            json.flag("inProgress", finished == nil)
            json.flag("isDone", finished != nil)
            json.string("error", errorText(in: moment.state))
            json.string("createdAt", task.createdAt.text(.milliseconds))
            json.string("updatedAt", updatedAt(moment, now).text(.milliseconds))
            json.string("completedAt", finished?.text(.milliseconds))
            json.string("duration", finished.map { "\(($0 - task.createdAt).components.seconds)s" })
        }
    }

    private func updatedAt(_ moment: SimulatedTask.Moment, _ now: SimulatorTime) -> SimulatorTime {
        vocabulary.isWorking(moment.state) ? now : moment.time
    }

    /// Not null after a stop, though nothing failed then.
    private func errorText(in state: String) -> String? {
        switch state {
        case "error": "Task execution failed: the agent process exited with code 1"
        case "stopped": "Task was stopped by user"
        case "timeout": "Task exceeded maximum duration"
        default: nil
        }
    }

    /// The page of the full object has other words for the same states.
    private func detailWord(for state: String) -> String {
        switch state {
        case "processing", "saving": "running"
        case "error", "timeout": "failed"
        case "stopped": "cancelled"
        default: state
        }
    }

    private func detail(of task: SimulatedTask, at now: SimulatorTime) -> SimulatedAnswer {
        let moment = task.moment(at: now)
        return SimulatedAnswer(.ok) { json in
            json.object("task") { json in
                json.string("id", task.id)
                json.string("userId", "user@example.com")
                json.null("teamId")
                json.string("prompt", task.prompt)
                json.string("repoUrl", "https://github.com/username/repository.git")
                json.string("selectedAgent", "claude")
                json.string("selectedModel", "blackboxai/anthropic/claude-sonnet-4.5")
                json.string("status", detailWord(for: moment.state))
                json.number("progress", task.progress(at: now, vocabulary))
                json.array("logs") { _ in }
                json.null("followupMessages")
                json.string("error", errorText(in: moment.state))
                json.string("selectedBranch", "main")
                json.null("branchName")
                json.null("sandboxId")
                json.flag("merged", false)
                json.null("prNumber")
                json.null("prUrl")
                json.flag("multiLaunch", false)
                json.null("agentExecutions")
                json.string("createdAt", task.createdAt.text(.milliseconds))
                json.string("updatedAt", updatedAt(moment, now).text(.milliseconds))
                json.string("completedAt", task.finishedAt(now, vocabulary)?.text(.milliseconds))
            }
        }
    }

    /// `{"action":"stop"}`, for a task in `processing` or `saving` and for no other: a queued one cannot be stopped yet.
    private func stop(_ task: SimulatedTask, _ call: SimulatedCall, in memory: inout ProviderMemory) -> SimulatedAnswer
    {
        guard call.request.saysJSON else { return .error(.badRequest, "Content-Type must be application/json") }
        guard call.request.json?["action"]?.string == "stop" else { return .error(.badRequest, "Invalid action") }
        guard vocabulary.isWorking(task.state(at: call.now)) else {
            return .error(.badRequest, "Task is not in progress and cannot be stopped")
        }
        memory.tasks[task.id]?.turn(to: "stopped", at: call.now, now: call.now)
        return SimulatedAnswer(.ok) { json in
            json.string("message", "Task stopped successfully")
            json.object("task") { json in
                json.string("id", task.id)
                json.string("userId", "user@example.com")
                json.string("status", "stopped")
                json.string("error", errorText(in: "stopped"))
                json.string("updatedAt", call.now.text(.milliseconds))
                json.string("completedAt", call.now.text(.milliseconds))
            }
        }
    }

    private func create(_ call: SimulatedCall, in memory: inout ProviderMemory) -> SimulatedAnswer {
        guard let prompt = call.request.json?["prompt"]?.string else {
            return .error(.badRequest, "Prompt is required")
        }
        let id = memory.create(for: call, prompt: prompt, identifier: makeIdentifier)
        return SimulatedAnswer(.ok) { json in
            json.object("task") { json in
                json.string("id", id)
                json.string("status", "pending")
                json.string("prompt", prompt)
                json.string("createdAt", call.now.text(.milliseconds))
            }
        }
    }
}
