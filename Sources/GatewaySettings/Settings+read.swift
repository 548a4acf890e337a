internal import Addresses
internal import Clients
package import Documents
internal import JSON

extension Settings {
    /// Reads a configuration file's bytes, and nothing else: no other file, no environment.
    ///
    /// `file` is how the person named it, for the messages; relative paths in it are taken from `folder`, the file's
    /// own, and from the working directory where `folder` is empty. Throws every mistake at once.
    package static func read(_ bytes: [UInt8], file: String, folder: String) throws(DocumentFaults) -> Settings {
        let (settings, faults) = examine(bytes, file: file, folder: folder)
        guard faults.isEmpty else { throw DocumentFaults(faults) }
        return settings
    }

    /// Reads like `read`, and gives every mistake beside what could be read, for whoever looks for more of them
    /// elsewhere: defaults stand in for what could not be, and a provider with a mistake is left out.
    package static func examine(
        _ bytes: [UInt8],
        file: String,
        folder: String
    ) -> (settings: Settings, faults: [DocumentFault]) {
        var settings = Settings()
        do throws(DocumentFaults) {
            _ = try DocumentCursor.read(bytes, of: file) { cursor in
                cursor.object { object -> Settings? in
                    settings = Settings(reading: &object, folder: folder)
                    return settings
                }
            }
            return (settings, [])
        } catch {
            let places = error.faults.compactMap { $0.place?.description }
            settings.providers.removeAll { provider in
                let own = provider.place.description
                return places.contains { $0 == own || $0.hasPrefix(own + "/") }
            }
            return (settings, error.faults)
        }
    }

    private init(reading object: inout DocumentObject, folder: String) {
        self.init()
        let listenCursor = object.optional("listen")
        let providersCursor = object.required("providers", "it says what this gateway serves")
        let clientsCursor = object.optional("clients").flatMap { $0.element.isNull ? nil : $0 }
        if let listenCursor {
            listen =
                ListenAddress(reading: listenCursor, folder: folder, hasClients: clientsCursor != nil) ?? listen
        }
        if let cursor = object.optional("tls"), !cursor.element.isNull {
            if case .unix = listen { cursor.fault("a Unix socket has no TLS: nothing on it crosses a network") }
            tls = ListenerTLSSettings(reading: cursor, folder: folder)
        }
        if let cursor = object.optional("metrics_listen"), !cursor.element.isNull {
            metricsListen = ListenAddress(reading: cursor, folder: folder, hasClients: clientsCursor != nil)
            if metricsListen == listen, !listen.takesAnyPort {
                cursor.fault("must be another address than \"listen\": each of them is a listener of its own")
            }
        }
        if let cursor = object.optional("store") { store = StoreSettings(reading: cursor, folder: folder) ?? store }
        object.optional("webhooks")?.object(into: &webhooks) { $0.read(&$1, folder: folder) }
        object.optional("following")?.object(into: &following) { $0.read(&$1) }
        object.optional("retention")?.object(into: &retention) { $0.read(&$1) }
        object.optional("timeouts")?.object(into: &timeouts) { $0.read(&$1) }
        object.duration("drain", in: .zero ... .seconds(300), into: &drain)
        object.optional("memory")?.object(into: &memory) { $0.read(&$1) }
        object.optional("server")?.object(into: &server) { $0.read(&$1) }
        object.optional("upstream")?.object(into: &upstream) { $0.read(&$1, folder: folder) }
        object.optional("reload")?.object(into: &reload) { $0.read(&$1) }
        object.optional("log")?.object(into: &log) { $0.read(&$1) }
        object.optional("audit")
            .flatMap { $0.element.isNull ? nil : $0 }?
            .object(into: &auditFile) { file, audit in
                let cursor = audit.required("file", "it says where cancels and renames are recorded")
                file = cursor.flatMap { FilePath.read($0, folder: folder) }
            }
        // Behind the time limits, which are the defaults of each provider's own.
        providers = providersCursor.map { read(providers: $0, folder: folder) } ?? []
        clients = clientsCursor.map { cursor in
            let read = ClientReader.readAll(cursor, providers: Set(providers.map(\.name)), folder: folder)
            clientWebhookSecrets = read.webhookSecrets
            return read.clients
        }
    }

    private func read(providers cursor: DocumentCursor, folder: String) -> [ProviderSettings] {
        guard let members = cursor.members() else { return [] }
        if members.isEmpty { cursor.fault("must name at least one provider") }
        return members.map { name, cursor in
            ProviderSettings(named: name, reading: cursor, timeouts: timeouts, folder: folder)
        }
    }
}

extension TimeoutSettings {
    mutating func read(_ object: inout DocumentObject) {
        let range = Duration.milliseconds(10) ... .seconds(300)
        object.duration("connect", in: range, into: &connect)
        object.duration("total", in: range, into: &total)
        object.duration("stalled", in: range, into: &stalled)
    }
}

extension MemorySettings {
    fileprivate mutating func read(_ object: inout DocumentObject) {
        object.integer("tasks", in: 1...10_000_000, into: &tasks)
        object.integer("bytes", in: 1 << 20...64 << 30, into: &bytes)
    }
}

extension ServerSettings {
    fileprivate mutating func read(_ object: inout DocumentObject) {
        object.integer("threads", in: 1...64, into: &threads)
        object.integer("connections", in: 1...1_000_000, into: &connections)
        object.integer("body_bytes", in: 1 << 10...16 << 20, into: &bodyBytes)
        object.integer("url_bytes", in: 256...64 << 10, into: &urlBytes)
        object.integer("header_bytes", in: 1 << 10...1 << 20, into: &headerBytes)
        object.duration("request_time", in: .milliseconds(100) ... .seconds(600), into: &requestTime)
        object.duration("idle_time", in: .milliseconds(100) ... .seconds(3600), into: &idleTime)
        object.duration("drain_grace", in: .zero ... .seconds(300), into: &drainGrace)
    }
}

extension UpstreamSettings {
    fileprivate mutating func read(_ object: inout DocumentObject, folder: String) {
        object.integer("threads", in: 1...64, into: &threads)
        object.integer("connections_per_provider", in: 1...65_536, into: &connectionsPerProvider)
        object.integer("calls", in: 1...1_000_000, into: &calls)
        certificateFile = FilePath.readOptional(object.optional("ca_file"), folder: folder)
    }
}

extension ReloadSettings {
    fileprivate mutating func read(_ object: inout DocumentObject) {
        if let cursor = object.optional("watch") { watch = cursor.bool() ?? watch }
        object.duration("interval", in: .milliseconds(100) ... .seconds(3600), into: &interval)
    }
}

extension LogSettings {
    fileprivate mutating func read(_ object: inout DocumentObject) {
        if let cursor = object.optional("level") { level = cursor.word(LogLevel.self) ?? level }
        if let cursor = object.optional("format") { format = cursor.word(LogFormat.self) ?? format }
        access = object.optional("access")?.bool() ?? access
    }
}
