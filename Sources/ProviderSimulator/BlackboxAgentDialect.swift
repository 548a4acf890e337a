internal import NIOHTTP1

/// The BLACKBOX Agent API as docs.blackbox.ai/api-reference/v1/{task-status,get-task,agent-status,cancel-task} say it.
///
/// A run lives by the words of the status page; the other pages show the internal ones. The shape of the errors is
/// documented nowhere; `{"error": "..."}` is a guess.
struct BlackboxAgentDialect: ProviderDialect {
    let vocabulary = SimulatedVocabulary(
        queued: "pending",
        working: ["in_progress"],
        succeeded: "completed",
        finished: ["completed", "failed", "cancelled", "interrupted"]
    )

    func route(_ request: SimulatedRequest) -> (operation: SimulatedOperation, taskID: String?) {
        let parts = request.pathParts
        guard parts.count >= 3, parts[0] == "api", parts[1] == "v1" else { return (.other, nil) }
        if parts[2] == "agent", parts.count == 4, parts[3] == "status", request.head.method == .GET {
            return (.rawStatus, request.query("runId"))
        }
        guard parts[2] == "tasks" else { return (.other, nil) }
        let id = parts.count > 3 ? String(parts[3]) : nil
        switch (request.head.method, parts.count) {
        case (.GET, 5) where parts[4] == "status": return (.status, id)
        case (.GET, 4): return (.detail, id)
        // One call for two purposes: it cancels unless it only has a title.
        case (.PATCH, 4):
            let json = request.json
            return (json?["title"] != nil && json?["action"] == nil ? .rename : .cancel, id)
        case (.POST, 3): return (.create, nil)
        case (.POST, 5) where parts[4] == "continue": return (.create, id)
        default: return (.other, id)
        }
    }

    func key(of request: SimulatedRequest) -> String? { request.bearerToken }

    /// With a hyphen in the page's text and an underscore in its example.
    func admits(_ key: String?) -> Bool {
        guard let key, key.hasPrefix("sk-") || key.hasPrefix("sk_") else { return false }
        return String(key.dropFirst(3)).isAlphanumeric
    }

    func refusal() -> SimulatedAnswer { .error(.unauthorized, "Unauthorized") }

    func makeIdentifier(at now: SimulatorTime, from source: inout IdentifierSource) -> String { source.uuid() }

    func answer(_ call: SimulatedCall, in memory: inout ProviderMemory) -> SimulatedAnswer {
        let operation = call.request.operation
        if operation == .create { return create(call, in: &memory) }
        if operation == .other { return .error(.notFound, "Not found") }
        guard let task = memory.tasks[call.taskID] else {
            return operation == .rawStatus ? rawStatusOfNothing() : .error(.notFound, "Task not found")
        }
        guard task.owner == nil || task.owner == call.key else {
            return .error(.forbidden, "Task belongs to a different user")
        }
        switch operation {
        case .status: return status(of: task, at: call.now)
        case .detail: return detail(of: task, at: call.now)
        case .rawStatus: return rawStatus(of: task, at: call.now)
        default: return update(task, call, in: &memory)
        }
    }

    /// A share of the time while it runs, and nothing again once it failed or was cancelled.
    private func progress(of task: SimulatedTask, at now: SimulatorTime) -> Int {
        switch task.state(at: now) {
        case "failed", "cancelled", "interrupted": 0
        default: task.progress(at: now, vocabulary)
        }
    }

    private func errorText(in state: String) -> String? {
        switch state {
        case "failed": "Agent process exited with code 1"
        case "interrupted": "Run was interrupted by a server restart"
        default: nil
        }
    }

    private func internalWord(for state: String) -> String {
        switch state {
        case "pending": "queued"
        case "in_progress": "running"
        default: state
        }
    }

    private func status(of task: SimulatedTask, at now: SimulatorTime) -> SimulatedAnswer {
        let state = task.state(at: now)
        return SimulatedAnswer(.ok) { json in
            json.string("runId", task.id)
            json.string("status", state)
            json.number("progress", progress(of: task, at: now))
            json.string("error", errorText(in: state))
            json.string("startedAt", task.startedAt(now, vocabulary)?.text(.milliseconds))
            json.string("completedAt", task.finishedAt(now, vocabulary)?.text(.milliseconds))
        }
    }

    private func detail(of task: SimulatedTask, at now: SimulatorTime) -> SimulatedAnswer {
        let state = task.state(at: now)
        return SimulatedAnswer(.ok) { json in
            json.string("taskId", task.id)
            json.string("runId", task.id)
            json.string("chatId", "chat_\(task.id.prefix(8))")
            json.string("status", internalWord(for: state))
            json.string("assistantMessageId", "msg_\(task.id.prefix(8))")
            json.string("createdAt", task.createdAt.text(.milliseconds))
            json.string("startedAt", task.startedAt(now, vocabulary)?.text(.milliseconds))
            json.string("completedAt", task.finishedAt(now, vocabulary)?.text(.milliseconds))
            json.string("error", errorText(in: state))
            json.object("github") { json in
                json.string("repoUrl", "https://github.com/my-org/my-repo.git")
                json.string("owner", "my-org")
                json.string("repo", "my-repo")
                json.string("baseBranch", "main")
                json.null("createdBranch")
            }
            json.array("messages") { json in
                json.element { json in
                    json.string("id", "msg_user_\(task.id.prefix(8))")
                    json.string("role", "user")
                    json.array("parts") { json in
                        json.element { json in
                            json.string("type", "text")
                            json.string("text", task.prompt)
                        }
                    }
                    json.string("createdAt", task.createdAt.text(.milliseconds))
                }
            }
            json.null("inMemory")
        }
    }

    private func rawStatus(of task: SimulatedTask, at now: SimulatorTime) -> SimulatedAnswer {
        let state = task.state(at: now)
        return SimulatedAnswer(.ok) { json in
            json.string("runId", task.id)
            json.string("status", internalWord(for: state))
            json.string("assistantMessageId", "msg_\(task.id.prefix(8))")
            json.string("error", errorText(in: state))
        }
    }

    /// 200 with nulls where the other pages have 404.
    private func rawStatusOfNothing() -> SimulatedAnswer {
        SimulatedAnswer(.ok) { json in
            json.null("runId")
            json.null("status")
            json.null("assistantMessageId")
            json.null("error")
        }
    }

    private func update(
        _ task: SimulatedTask,
        _ call: SimulatedCall,
        in memory: inout ProviderMemory
    ) -> SimulatedAnswer {
        guard call.request.saysJSON, let json = call.request.json else { return .error(.badRequest, "Invalid JSON") }
        if json["action"]?.string == "cancel" { return cancel(task, call, in: &memory) }
        guard json["action"] == nil, let title = json["title"]?.string, (1...200).contains(title.count) else {
            return .error(.badRequest, "No valid action provided")
        }
        memory.tasks[task.id]?.title = title
        return SimulatedAnswer(.ok) { json in
            json.flag("success", true)
            json.string("status", task.state(at: call.now))
            json.string("message", "Task \(task.id) renamed successfully")
        }
    }

    private func cancel(
        _ task: SimulatedTask,
        _ call: SimulatedCall,
        in memory: inout ProviderMemory
    ) -> SimulatedAnswer {
        let state = task.state(at: call.now)
        if vocabulary.isFinished(state) {
            guard !call.quirks.agentRefusesCancelOfFinished else {
                return .error(.badRequest, "Task is already \(state)")
            }
            return SimulatedAnswer(.ok) { json in
                json.flag("success", true)
                json.string("status", state)
                json.string("message", "Task \(task.id) is already \(state)")
            }
        }
        memory.tasks[task.id]?.turn(to: "cancelled", at: call.now, now: call.now)
        return SimulatedAnswer(.ok) { json in
            json.flag("success", true)
            json.string("status", "cancelled")
            json.string("message", "Task \(task.id) cancelled successfully")
        }
    }

    /// A follow-up to a run is another run with an id of its own, docs.blackbox.ai/api-reference/v1/continue-task.
    private func create(_ call: SimulatedCall, in memory: inout ProviderMemory) -> SimulatedAnswer {
        if let earlier = call.request.taskID {
            guard let task = memory.tasks[earlier] else { return .error(.notFound, "Task not found") }
            guard task.owner == nil || task.owner == call.key else {
                return .error(.forbidden, "Task belongs to a different user")
            }
        }
        let json = call.request.json
        guard let prompt = json?["prompt"]?.string ?? json?["message"]?.string else {
            return .error(.badRequest, "Prompt is required")
        }
        let id = memory.create(for: call, prompt: prompt, identifier: makeIdentifier)
        return SimulatedAnswer(.ok) { json in
            json.string("taskId", id)
            json.string("runId", id)
            json.string("status", "queued")
        }
    }
}
