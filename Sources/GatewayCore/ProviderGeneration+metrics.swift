package import Metrics
internal import Synchronization

extension ProviderGeneration {
    package func write(to text: inout MetricsText) {
        let providers = served.sorted { $0.key < $1.key }.map { (name: $0.key, metrics: $0.value.metrics) }
        text.family(
            "http_client_request_duration_seconds",
            .histogram,
            "Time of a call to a provider, from its sending to the end of its answer."
        )
        for provider in providers { provider.metrics.writeDurations(of: provider.name, to: &text) }
        text.family("taskgate_cancels_total", .counter, "Cancels, by what callers were told of them.")
        for provider in providers { provider.metrics.writeCancels(of: provider.name, to: &text) }
        text.family("taskgate_unknown_status_total", .counter, "Answers with a word that the definition does not have.")
        for provider in providers {
            text.sample(["provider": provider.name], provider.metrics.unknownStatuses.value)
        }
        text.family("taskgate_contradictions_total", .counter, "Answers whose word and whose flag for an end differ.")
        for provider in providers { text.sample(["provider": provider.name], provider.metrics.contradictions.value) }
        text.single(
            "taskgate_status_reads_repeated_total",
            .counter,
            "Status reads that were made again after a failure.",
            providers.reduce(0) { $0 + $1.metrics.repeatedReads.value }
        )
        let (tasks, bytes) = gateway.state.withLock { ($0.memory.count, $0.memory.bytes) }
        text.single("taskgate_tasks_remembered", .gauge, "Tasks that are remembered.", tasks)
        text.single("taskgate_tasks_remembered_bytes", .gauge, "What they count for.", bytes)
        writeReports(to: &text)
    }

    private func writeReports(to text: inout MetricsText) {
        let reports = providers()
        text.family("taskgate_provider_up", .gauge, "Whether a provider serves: 0 where it is off or degraded.")
        for report in reports { text.sample(["provider": report.name], report.state == .on ? 1 : 0) }
        text.family("taskgate_circuit_state", .gauge, "0 is closed, 1 is half open, 2 is open: it is left alone.")
        for report in reports { text.sample(["provider": report.name], report.circuit.number) }
        text.family("taskgate_provider_calls_in_flight", .gauge, "Calls that were sent and have not ended.")
        for report in reports { text.sample(["provider": report.name], report.callsUnderWay) }
        text.family("taskgate_provider_calls_waiting", .gauge, "Calls that wait to be sent.")
        for report in reports { text.sample(["provider": report.name], report.callsWaiting) }
    }
}

extension ProviderReport.Circuit {
    fileprivate var number: Int {
        switch self {
        case .closed: 0
        case .halfOpen: 1
        case .open: 2
        }
    }
}
