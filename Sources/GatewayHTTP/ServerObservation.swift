package import LogOutput
package import Metrics

/// Where a server tells what it does, and what it shows of all.
package struct ServerObservation: Sendable {
    /// What it counts.
    package var metrics: ServerMetrics
    /// What `/metrics` shows beside what is counted of the providers: of this server, where its own are among them, and
    /// of other rooms.
    package var sources: [any MetricsSource]
    /// Who writes a line for each request; nil writes none.
    package var accessLog: LogWriter?

    package init(
        metrics: ServerMetrics = ServerMetrics(),
        sources: [any MetricsSource] = [],
        accessLog: LogWriter? = nil
    ) {
        self.metrics = metrics
        self.sources = sources
        self.accessLog = accessLog
    }
}
