internal import NIOCore
internal import NIOHTTP1

/// xpander.ai as docs.xpander.ai/api-reference/v1/tasks/{get-task,stop-task,delete-task} and /v1/agents/invoke-async describe it.
struct XpanderDialect: ProviderDialect {
    static let agentID = "93a1cd50-2af0-452a-99a0-6e1f1b14fb29"
    static let organizationID = "91fbe9bc-35b3-41e8-b59d-922fb5a0f031"

    let vocabulary = SimulatedVocabulary(
        queued: "pending",
        working: ["executing"],
        succeeded: "completed",
        finished: ["error", "failed", "completed", "stopped"]
    )

    func route(_ request: SimulatedRequest) -> (operation: SimulatedOperation, taskID: String?) {
        let parts = request.pathParts
        guard parts.count >= 3, parts[0] == "v1" else { return (.other, nil) }
        let id = String(parts[2])
        switch (request.head.method, parts[1], parts.count) {
        case (.GET, "tasks", 3): return (.status, id)
        case (.DELETE, "tasks", 3): return (.delete, id)
        case (.POST, "tasks", 4) where parts[3] == "stop": return (.cancel, id)
        case (.POST, "agents", 5) where parts[3] == "invoke" && parts[4] == "async":
            return (.create, request.json?["id"]?.string)
        default: return (.other, nil)
        }
    }

    func key(of request: SimulatedRequest) -> String? { request.header("x-api-key") }

    /// Any: the shape of a key is documented nowhere.
    func admits(_ key: String?) -> Bool { key.map { !$0.isEmpty } ?? false }

    func refusal() -> SimulatedAnswer { failure(.unauthorized, "Invalid API key") }

    func makeIdentifier(at now: SimulatorTime, from source: inout IdentifierSource) -> String { source.uuid() }

    func answer(_ call: SimulatedCall, in memory: inout ProviderMemory) -> SimulatedAnswer {
        // "Standard: 100 requests per minute", docs.xpander.ai/api-reference/rest-api.
        let minute = call.now.microseconds / 60_000_000
        if memory.minute.number != minute { memory.minute = (minute, 0) }
        memory.minute.requests += 1
        let isOver = memory.minute.requests > 100
        var answer =
            isOver && call.quirks.xpanderLimitsRate
            ? failure(.tooManyRequests, "Rate limit exceeded") : admitted(call, in: &memory)
        answer.headers += [
            SimulatedHeader("X-RateLimit-Limit", "100"),
            SimulatedHeader("X-RateLimit-Remaining", String(max(0, 100 - memory.minute.requests))),
            SimulatedHeader("X-RateLimit-Reset", String((minute + 1) * 60)),
        ]
        return answer
    }

    private func admitted(_ call: SimulatedCall, in memory: inout ProviderMemory) -> SimulatedAnswer {
        switch call.request.operation {
        case .create: return invoke(call, in: &memory)
        case .status, .cancel, .delete: break
        case .detail, .rawStatus, .rename, .other: return failure(.notFound, "Not Found")
        }
        guard call.taskID.isUUID else { return malformed(["path", "task_id"], "Input should be a valid UUID") }
        guard let task = memory.tasks[call.taskID] else { return failure(.notFound, "Task not found") }
        guard task.owner == nil || task.owner == call.key else {
            return failure(.forbidden, "Task belongs to a different organization")
        }
        switch call.request.operation {
        case .cancel: return stop(task, call, in: &memory)
        case .delete:
            // Not a cancel: the task ends, and its result and history go with it.
            memory.remove(task.id)
            return SimulatedAnswer(.noContent, ByteBuffer())
        default: return SimulatedAnswer(.ok) { describe(task, at: call.now, in: &$0) }
        }
    }

    /// Marks anything that has not ended as `stopped` at once, while its worker needs "a few seconds" to notice.
    ///
    /// Until then Get Task still shows it executing. A second stop is no error and changes nothing.
    private func stop(_ task: SimulatedTask, _ call: SimulatedCall, in memory: inout ProviderMemory) -> SimulatedAnswer
    {
        let state = task.state(at: call.now)
        guard !["completed", "failed", "stopped"].contains(state) else {
            return SimulatedAnswer(.ok) { describe(task, at: call.now, in: &$0) }
        }
        var stopped = task
        stopped.isManuallyStopped = true
        if task.workerRunsUntil.map({ $0 > call.now }) ?? false {
            // The first stop is still under way.
        } else if vocabulary.isWorking(state), call.quirks.xpanderWorkerRunsOn > .zero {
            let end = call.now + call.quirks.xpanderWorkerRunsOn
            stopped.workerRunsUntil = end
            stopped.turn(to: "stopped", at: end, now: call.now)
        } else {
            // `error` is not among the states that the page calls terminal, so its failure is overwritten.
            if state == "error" { memory.counts.failuresHiddenByStop += 1 }
            stopped.turn(to: "stopped", at: call.now, now: call.now)
        }
        memory.tasks[task.id] = stopped
        return SimulatedAnswer(.ok) { describe(stopped, at: call.now, marked: "stopped", in: &$0) }
    }

    /// An id of an earlier task begins that task anew, whatever had become of it.
    private func invoke(_ call: SimulatedCall, in memory: inout ProviderMemory) -> SimulatedAnswer {
        guard let text = call.request.json?["input"]?["text"]?.string else {
            return malformed(["body", "input", "text"], "Field required", type: "missing")
        }
        let id: String
        if let known = call.request.taskID, let task = memory.tasks[known] {
            guard task.owner == nil || task.owner == call.key else {
                return failure(.forbidden, "Task belongs to a different organization")
            }
            id = known
            memory.tasks[id]?.restart(.run(of: .xpander), at: call.now, vocabulary: vocabulary)
            memory.tasks[id]?.prompt = text
        } else {
            id = memory.create(for: call, prompt: text, identifier: makeIdentifier)
        }
        guard let task = memory.tasks[id] else { return failure(.internalServerError, "Internal Server Error") }
        return SimulatedAnswer(.ok) { describe(task, at: call.now, in: &$0) }
    }

    /// The Agent Execution object; `marked` is the state that a stop writes into its own answer.
    private func describe(
        _ task: SimulatedTask,
        at now: SimulatorTime,
        marked: String? = nil,
        in json: inout SimulatorJSONWriter
    ) {
        let moment = task.moment(at: now)
        let finished = task.finishedAt(now, vocabulary) ?? (marked == nil ? nil : now)
        json.string("id", task.id)
        json.string("agent_id", Self.agentID)
        json.string("organization_id", Self.organizationID)
        json.object("input") { json in
            json.string("text", task.prompt)
            json.array("files") { _ in }
        }
        json.string("status", marked ?? moment.state)
        json.null("internal_status")
        json.flag("is_manually_stopped", task.isManuallyStopped)
        json.string("created_at", task.createdAt.text(.microseconds))
        json.string("started_at", task.startedAt(now, vocabulary)?.text(.microseconds))
        json.string("paused_at", moment.state == "paused" ? moment.time.text(.microseconds) : nil)
        json.string("finished_at", finished?.text(.microseconds))
        json.string("title", task.title)
        json.string("result", result(in: marked ?? moment.state))
        json.string("output_format", "text")
        json.string("source", "api")
        describeWait(moment.state == "paused" && marked == nil ? task.wait ?? .approval(node: "approval") : nil, &json)
        json.null("parent_execution")
        json.array("sub_executions") { _ in }
        json.string("llm_model_provider", "openai")
        json.string("llm_model_name", "gpt-4.1")
    }

    private func describeWait(_ wait: SimulatedTask.Wait?, _ json: inout SimulatorJSONWriter) {
        if case .approval(let node) = wait {
            json.object("hitl_request") { $0.string("wait_node_id", node) }
        } else {
            json.null("hitl_request")
        }
        if case .authorization(let connector, let url) = wait {
            json.object("pending_eca_request") { json in
                json.string("connector_name", connector)
                json.string("auth_url", url)
            }
        } else {
            json.null("pending_eca_request")
        }
    }

    /// There is no field for an error; that its text arrives here is a guess.
    private func result(in state: String) -> String? {
        switch state {
        case "completed": "The work is done."
        case "failed": "The agent could not finish the task."
        case "error": "Internal error while executing the task."
        default: nil
        }
    }

    private func failure(_ status: HTTPResponseStatus, _ detail: String) -> SimulatedAnswer {
        SimulatedAnswer(status) { $0.string("detail", detail) }
    }

    /// FastAPI's validation error.
    private func malformed(_ place: [String], _ message: String, type: String = "uuid_parsing") -> SimulatedAnswer {
        SimulatedAnswer(.unprocessableEntity) { json in
            json.array("detail") { json in
                json.element { json in
                    json.array("loc") { json in
                        for part in place { json.element(part) }
                    }
                    json.string("msg", message)
                    json.string("type", type)
                }
            }
        }
    }
}
