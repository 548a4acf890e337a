extension Settings {
    /// The keys whose change from `previous` waits for a restart: what they say is built in when the gateway starts.
    package func keysThatWaitForRestart(after previous: Settings) -> [String] {
        var keys: [String] = []
        func compare<Value: Equatable>(_ key: String, _ value: (Settings) -> Value) {
            if value(self) != value(previous) { keys.append(key) }
        }
        compare("listen") { $0.listen }
        // Certificates can be exchanged; whether there are any cannot.
        compare("tls") { $0.tls == nil }
        compare("metrics_listen") { $0.metricsListen }
        compare("store") { $0.store }
        compare("following") { $0.following }
        compare("retention") { $0.retention }
        compare("drain") { $0.drain }
        compare("memory") { $0.memory }
        compare("server") { $0.server }
        compare("upstream.threads") { $0.upstream.threads }
        compare("upstream.connections_per_provider") { $0.upstream.connectionsPerProvider }
        compare("upstream.calls") { $0.upstream.calls }
        compare("log") { $0.log }
        compare("audit") { $0.auditFile }
        return keys
    }
}
