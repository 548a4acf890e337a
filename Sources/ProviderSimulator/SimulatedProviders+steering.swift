// MARK: - Tasks

extension SimulatedProviders {
    /// Every task, provider by provider, in the order in which they came.
    package var tasks: [SimulatedTaskSummary] {
        SimulatedProvider.allCases.flatMap { station(of: $0).summaries }
    }

    /// Adds a task and returns its id, which is made up in the documented shape if none is given.
    ///
    /// - Parameters:
    ///   - provider: Whose task it is.
    ///   - script: How it lives.
    ///   - id: Its id; a task of the same id is replaced.
    ///   - owner: The key that alone may see it; nil for a task that every key may see.
    ///   - age: How long ago it was created, which is where its script begins.
    ///   - shows: What it is there to show.
    /// - Returns: The id of the task.
    @discardableResult
    package func addTask(
        to provider: SimulatedProvider,
        _ script: SimulatedScript,
        id: String? = nil,
        owner: String? = nil,
        age: Duration = .zero,
        shows: String = ""
    ) -> String {
        station(of: provider).addTask(id: id, script: script, owner: owner, age: age, shows: shows)
    }

    /// Puts a task into a state, also into one that its provider never heard of; false if there is no such task.
    ///
    /// It is the system that does this: a task that is put into `stopped` was not stopped by hand.
    @discardableResult
    package func put(_ id: String, of provider: SimulatedProvider, into state: String) -> Bool {
        let now = clock.now
        return station(of: provider).withTask(id) { $0.put(into: state, at: now) }
    }

    /// Lets a task succeed, unless it has ended before: one step that no request comes between.
    package func complete(_ id: String, of provider: SimulatedProvider) {
        let now = clock.now
        let vocabulary = provider.dialect.vocabulary
        _ = station(of: provider).withTask(id) { task in
            if vocabulary.isWorking(task.state(at: now)) { task.put(into: vocabulary.succeeded, at: now) }
        }
    }

    /// Begins another script for a task that exists, from the present on; false if there is no such task.
    @discardableResult
    package func restart(_ id: String, of provider: SimulatedProvider, with script: SimulatedScript) -> Bool {
        let now = clock.now
        return station(of: provider).withTask(id) { task in
            task.restart(script, at: now, vocabulary: provider.dialect.vocabulary)
        }
    }

    /// Forgets a task, as a restart of the provider would.
    package func removeTask(_ id: String, of provider: SimulatedProvider) {
        station(of: provider).withState { $0.memory.remove(id) }
    }

    /// The present state of a task in its provider's word, whatever its provider would answer.
    package func state(of id: String, of provider: SimulatedProvider) -> String? {
        let now = clock.now
        return station(of: provider).withState { $0.memory.tasks[id]?.state(at: now) }
    }

    /// The title that a client gave to a task.
    package func title(of id: String, of provider: SimulatedProvider) -> String? {
        station(of: provider).withState { $0.memory.tasks[id]?.title }
    }

    func addDemoTasks() {
        for provider in SimulatedProvider.allCases {
            for demo in DemoTask.tasks(of: provider) {
                _ = station(of: provider).addTask(
                    id: demo.id,
                    script: demo.script,
                    owner: nil,
                    age: demo.age,
                    shows: demo.shows
                ) { $0.wait = demo.wait }
            }
        }
    }
}

// MARK: - Faults and quirks

extension SimulatedProviders {
    /// Lets a fault befall the coming requests that it matches; of several the oldest comes first.
    package func inject(_ rule: SimulatedFaultRule, into provider: SimulatedProvider) {
        station(of: provider).withState { $0.faults.append(rule) }
    }

    /// Lets a fault befall the coming requests of one kind; of several the oldest comes first.
    package func inject(
        _ fault: SimulatedFault,
        into provider: SimulatedProvider,
        on operation: SimulatedOperation? = nil,
        ofTask taskID: String? = nil,
        times: Int? = nil
    ) {
        inject(SimulatedFaultRule(fault, on: operation, ofTask: taskID, times: times), into: provider)
    }

    /// Takes back the faults of one provider, or of all.
    package func clearFaults(of provider: SimulatedProvider? = nil) {
        for provider in provider.map({ [$0] }) ?? SimulatedProvider.allCases {
            station(of: provider).withState { $0.faults = [] }
        }
    }

    /// Takes back the faults that befall one task alone.
    package func clearFaults(of provider: SimulatedProvider, ofTask taskID: String) {
        station(of: provider).withState { state in state.faults.removeAll { $0.taskID == taskID } }
    }

    /// Changes how the providers behave where their documentation leaves a choice.
    package func adjustQuirks(_ change: (inout SimulatorQuirks) -> Void) {
        for provider in SimulatedProvider.allCases {
            station(of: provider).withState { change(&$0.quirks) }
        }
    }

    /// Lets in only these keys from now on, or any of the documented shape if there are none.
    package func accept(keys: Set<String>?, at provider: SimulatedProvider) {
        station(of: provider).withState { $0.acceptedKeys = keys }
    }
}

// MARK: - What was asked

extension SimulatedProviders {
    /// The requests that a provider got, oldest first, as many as it remembers.
    package func requests(of provider: SimulatedProvider) -> [SimulatedRequest] {
        station(of: provider).withState { $0.log.inOrder }
    }

    /// How often a provider was called.
    package func counts(of provider: SimulatedProvider) -> SimulatedCounts {
        station(of: provider).withState { $0.memory.counts }
    }

    /// Every credential that came to a provider, whichever header it came in.
    package func keysSeen(by provider: SimulatedProvider) -> Set<String> {
        station(of: provider).withState { $0.keysSeen }
    }

    /// The providers that got this text anywhere in a request that they remember, for telling where a secret went.
    package func providers(thatSaw text: String) -> [SimulatedProvider] {
        SimulatedProvider.allCases.filter { provider in
            requests(of: provider).contains { request in
                request.target.contains(text) || request.headers.contains { $0.value.contains(text) }
                    || String(decoding: request.body, as: UTF8.self).contains(text)
            }
        }
    }

    /// Forgets the requests, counts, and keys, but no tasks and faults.
    package func clearRecords() {
        for provider in SimulatedProvider.allCases {
            station(of: provider).withState { state in
                state.log.clear()
                state.memory.counts = SimulatedCounts()
                state.keysSeen = []
            }
        }
    }
}
