internal import Addresses
package import TaskModel
package import Upstream

/// A provider as this gateway speaks to it: a definition with an address, a key and limits.
///
/// Two pure functions are all there is to it: `request` turns a task's id into what is sent, and `readStatus`,
/// `readCancel` and `readRename` turn what came back into what it says of the task.
package final class Provider: Sendable {
    /// The name in the configuration, and in task ids.
    package let name: String
    package let definition: ProviderDefinition
    /// Scheme, host and port.
    package let origin: String
    /// How often the status of one task is read.
    package let poll: PollRules

    private let base: BaseURL
    private let variables: [String: String]
    let status: PreparedCall?
    let cancel: PreparedCall?
    let rename: PreparedCall?
    /// The gateway's key in each form in which it is sent: what must not be shown to anybody, wherever a provider
    /// repeats it.
    let secrets: [[UInt8]]
    /// How the key that each caller brings is sent; nil where callers bring none.
    let callersCredential: CredentialRule?

    /// Everything that the configuration says of a provider.
    package struct Configuration: Sendable {
        package var name: String
        /// Nil takes the definition's.
        package var baseURL: String?
        package var variables: [String: String]
        /// Nil where the provider wants no key, or where callers bring their own.
        package var credential: Secret?
        /// Whether each caller brings a key of its own.
        package var callersBringKeys: Bool
        package var limits: UpstreamLimits
        /// Nil trusts whom all providers are trusted by, and shows no certificate.
        package var trust: UpstreamTrust?
        /// Nil takes the definition's.
        package var minimumInterval: Duration?

        package init(
            name: String,
            baseURL: String? = nil,
            variables: [String: String] = [:],
            credential: Secret? = nil,
            callersBringKeys: Bool = false,
            limits: UpstreamLimits = UpstreamLimits(),
            trust: UpstreamTrust? = nil,
            minimumInterval: Duration? = nil
        ) {
            self.name = name
            self.baseURL = baseURL
            self.variables = variables
            self.credential = credential
            self.callersBringKeys = callersBringKeys
            self.limits = limits
            self.trust = trust
            self.minimumInterval = minimumInterval
        }
    }

    /// What in a configuration does not fit the definition.
    package struct Misfit: Error, Sendable, Hashable {
        /// The keys from the provider's entry down to the one at fault, such as `["variables", "workspace"]`.
        package let place: [String]
        package let problem: String

        init(_ place: [String], _ problem: String) {
            self.place = place
            self.problem = problem
        }
    }

    /// All misfits of one provider, thrown together.
    package struct Misfits: Error, Sendable {
        package let misfits: [Misfit]
    }

    /// Puts a definition and a configuration together.
    ///
    /// Throws everything in which they do not fit: a variable that is missing or of another shape, a key of another
    /// shape or where none is wanted, a key that would leave the machine in the clear.
    package init(_ definition: ProviderDefinition, _ configuration: Configuration) throws(Misfits) {
        var misfits: [Misfit] = []
        let variables = Self.variables(definition, configuration, &misfits)
        let base = Self.base(definition, configuration, variables, &misfits)
        let credential = Self.credential(definition, configuration, base, &misfits)
        if configuration.trust != nil, let base, base.scheme != .https {
            misfits.append(
                Misfit(["base_url"], "certificates are looked at over https only, and \(base.origin) is without it")
            )
        }
        guard misfits.isEmpty, let base else { throw Misfits(misfits: misfits) }
        name = configuration.name
        self.definition = definition
        callersCredential = configuration.callersBringKeys ? definition.credential : nil
        origin = base.origin
        self.base = base
        self.variables = variables
        var poll = definition.poll
        if let minimum = configuration.minimumInterval { poll.minimum = minimum }
        poll.first = max(poll.first, poll.minimum)
        poll.maximum = max(poll.maximum, poll.first)
        self.poll = poll
        secrets =
            (configuration.credential.map { [$0.reveal()] } ?? []).map { Array($0.utf8) }
            + (credential?.encodedForms ?? [])
        var calls: [Operation: PreparedCall] = [:]
        for (operation, call) in definition.operations {
            do throws(HoleError) {
                calls[operation] = try PreparedCall(
                    operation,
                    call,
                    definition: definition,
                    name: configuration.name,
                    base: base,
                    variables: variables,
                    credential: credential,
                    limits: configuration.limits,
                    trust: configuration.trust
                )
            } catch {
                throw Misfits(misfits: [Misfit(["variables"], "a value cannot stand where the definition puts it")])
            }
        }
        status = calls[.status]
        cancel = calls[.cancel]
        rename = calls[.rename]
    }

    func call(_ operation: Operation) -> PreparedCall? {
        switch operation {
        case .status: status
        case .cancel: cancel
        case .rename: rename
        }
    }

    /// Whether each caller brings a key of its own.
    package var callersBringKeys: Bool { callersCredential != nil }

    /// Whether what this provider was seen to say of its tasks is true of the other's: the same definition and place,
    /// whatever the key and the limits.
    package func hasTasks(of other: Provider) -> Bool {
        name == other.name && base == other.base && variables == other.variables
            && definition.name == other.definition.name && definition.source == other.definition.source
    }

    /// Whether a native id can be one of this provider's.
    package func owns(_ native: String) -> Bool { definition.parts.match(native) }

    // MARK: - Putting together

    private static func variables(
        _ definition: ProviderDefinition,
        _ configuration: Configuration,
        _ misfits: inout [Misfit]
    ) -> [String: String] {
        var values: [String: String] = [:]
        for variable in definition.variables {
            let value = configuration.variables[variable.name] ?? variable.fallback
            guard let value else {
                misfits.append(
                    Misfit(
                        ["variables"],
                        "\"\(variable.name)\" is missing: \(variable.description), such as \"\(variable.example)\""
                    )
                )
                continue
            }
            if !variable.pattern.matches(value) {
                misfits.append(
                    Misfit(
                        ["variables", variable.name],
                        "must look like \(variable.example) (\(variable.pattern.source))"
                    )
                )
            }
            values[variable.name] = value
        }
        let known = definition.variables.map(\.name)
        for name in configuration.variables.keys.sorted() where !known.contains(name) {
            misfits.append(
                Misfit(
                    ["variables", name],
                    "the definition \"\(definition.name)\" has no such variable"
                        + (known.isEmpty ? "" : "; it has \(known.joined(separator: ", "))")
                )
            )
        }
        return values
    }

    private static func base(
        _ definition: ProviderDefinition,
        _ configuration: Configuration,
        _ variables: [String: String],
        _ misfits: inout [Misfit]
    ) -> BaseURL? {
        var text = ""
        if let given = configuration.baseURL {
            text = given
        } else {
            for piece in definition.baseURL.pieces {
                switch piece {
                case .text(let literal): text += literal
                case .hole(.variable(let name), _): text += variables[name] ?? "missing"
                case .hole: break
                }
            }
        }
        do throws(AddressProblem) {
            return try BaseURL(text)
        } catch {
            misfits.append(Misfit(["base_url"], error.description))
            return nil
        }
    }

    private static func credential(
        _ definition: ProviderDefinition,
        _ configuration: Configuration,
        _ base: BaseURL?,
        _ misfits: inout [Misfit]
    ) -> PreparedCredential? {
        if configuration.callersBringKeys, definition.credential != nil {
            if let base, !base.mayCarryCredential { misfits.append(keyInTheClear(base)) }
            return nil
        }
        guard let secret = configuration.credential else {
            if configuration.callersBringKeys {
                misfits.append(
                    Misfit(
                        ["credential"],
                        "\(definition.title) takes no key, so callers cannot bring one: say \"none\""
                    )
                )
            } else if definition.credential != nil {
                misfits.append(Misfit(["credential"], "\(definition.title) wants a key"))
            }
            return nil
        }
        guard let rule = definition.credential else {
            misfits.append(Misfit(["credential"], "\(definition.title) takes no key: leave it out, or say \"none\""))
            return nil
        }
        let key = secret.reveal()
        if !CredentialRule.isSendable(key) {
            misfits.append(Misfit(["credential"], "the key holds a space, a control character or one beyond ASCII"))
        } else if let pattern = rule.pattern, !pattern.matches(key) {
            misfits.append(
                Misfit(["credential"], "not a key of \(definition.title): its keys look like \(pattern.source)")
            )
        }
        if let base, !base.mayCarryCredential {
            misfits.append(keyInTheClear(base))
        }
        return PreparedCredential(rule.carrier, key: key)
    }

    private static func keyInTheClear(_ base: BaseURL) -> Misfit {
        Misfit(["base_url"], "a key is sent over https, or to this machine; \(base.origin) is neither")
    }
}
