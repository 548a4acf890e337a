package import TaskModel

/// The providers that this gateway is configured for, by their names.
package struct ProviderCatalog: Sendable {
    /// One provider of the configuration: serving, or off for a reason.
    package struct Entry: Sendable {
        package let name: String
        package let definition: ProviderDefinition
        /// Nil while the provider is off.
        package let provider: Provider?
        /// Why the provider is off, with the next step in it.
        package let offReason: String?

        package init(_ provider: Provider) {
            name = provider.name
            definition = provider.definition
            self.provider = provider
            offReason = nil
        }

        package init(off name: String, _ definition: ProviderDefinition, because reason: String) {
            self.name = name
            self.definition = definition
            provider = nil
            offReason = reason
        }
    }

    /// In the order of their names.
    package let entries: [Entry]
    /// The names of the entries, in the same order.
    private let names: WordTable

    /// Names must differ, as the keys of a configuration do.
    package init(_ entries: [Entry]) {
        self.entries = entries.sorted { $0.name < $1.name }
        names = WordTable(self.entries.map(\.name))
    }

    /// The provider of a task.
    ///
    /// Throws `unknown_provider` for one that is not configured, or off.
    package func provider(named name: String) throws(GatewayError) -> Provider {
        guard let index = name.withBytes({ names.index(of: $0) }) else {
            throw GatewayError(
                .unknownProvider,
                "No provider is configured under this name. Configured: \(entries.map(\.name).joined(separator: ", "))."
            )
        }
        return try provider(at: index)
    }

    private func provider(at index: Int) throws(GatewayError) -> Provider {
        if let provider = entries[index].provider { return provider }
        throw GatewayError(
            .unknownProvider,
            "\(entries[index].name) is off: \(entries[index].offReason ?? "not configured").",
            provider: entries[index].name
        )
    }

    /// Finds the task that a text names: `<provider>:<native id>`, or a bare native id where exactly one provider that
    /// is on can own it.
    ///
    /// `name` decides outright whose it is, with or without the prefix in the text. `allowed` names the providers that
    /// whoever asks may use, nil all of them; the others are not looked at, and not told of.
    ///
    /// Throws `invalid_task_id`, `ambiguous_task_id` with its candidates, `unknown_provider`, or `forbidden`.
    package func locate(
        _ text: String,
        provider name: String?,
        among allowed: Set<String>? = nil
    ) throws(GatewayError) -> TaskID {
        if let name {
            if let allowed, !allowed.contains(name) { throw Self.forbidden() }
            let provider = try provider(named: name)
            let native = if let (index, rest) = split(text), entries[index].name == name { rest } else { text }
            guard provider.owns(native) else { throw provider.invalidID() }
            return TaskID(provider: name, native: native)
        }
        if let (index, native) = split(text) {
            if let allowed, !allowed.contains(entries[index].name) { throw Self.forbidden() }
            let provider = try provider(at: index)
            guard provider.owns(native) else { throw provider.invalidID() }
            return TaskID(provider: provider.name, native: native)
        }
        let usable = allowed.map { allowed in entries.filter { allowed.contains($0.name) } } ?? entries
        let owners = usable.filter { $0.provider?.owns(text) == true }
        if let owner = owners.first, owners.count == 1 { return TaskID(provider: owner.name, native: text) }
        if owners.isEmpty {
            let (prefix, rest) = text.splitOnce(at: ":")
            if rest != nil, TaskID.isProviderName(prefix) {
                guard allowed == nil else { throw Self.forbidden() }
                _ = try provider(named: prefix)
            }
            throw GatewayError(
                .invalidTaskID,
                "This cannot be a task of any configured provider\(allowed == nil ? "" : " that this client may use"). "
                    + "Ids look like "
                    + "\(usable.first.map { "\($0.name):\($0.definition.exampleID)" } ?? "provider:id")."
            )
        }
        let candidates = owners.map { TaskID(provider: $0.name, native: text).description }
        throw GatewayError(
            .ambiguousTaskID,
            "Several providers could own this id; name one as in \(candidates[0]), or with ?provider=.",
            candidates: candidates
        )
    }

    /// The same for a provider that is configured and for one that is not, and nothing of the task.
    private static func forbidden() -> GatewayError {
        GatewayError(.forbidden, "This client may not use a provider of this name; /providers lists those that it may.")
    }

    /// The entry whose name stands before a text's first colon, and what stands behind it.
    private func split(_ text: String) -> (Int, String)? {
        text.withBytes { bytes in
            guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
                let index = names.index(of: UnsafeBufferPointer(rebasing: bytes[..<colon]))
            else { return nil }
            return (index, String(decoding: UnsafeBufferPointer(rebasing: bytes[(colon + 1)...]), as: UTF8.self))
        }
    }
}
