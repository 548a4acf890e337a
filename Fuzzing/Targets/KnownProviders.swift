internal import GatewayTesting
internal import JSON
internal import Providers
internal import TaskModel

/// The providers whose definitions come with the gateway, as they would be configured.
enum KnownProviders {
    /// In the order of their names.
    static let all: [Provider] = {
        do {
            let keys = try JSONDocument(Repository.bytes(of: "Tests/ProvidersTests/Cases/keys.json")).root
            return try Repository.names(in: "providers").filter { $0.hasSuffix(".json") && !$0.contains(".schema.") }
                .compactMap { file in
                    let name = String(file.dropLast(".json".count))
                    let bytes = try Repository.bytes(of: "providers/\(file)")
                    let definition = try ProviderDefinition.read(bytes, name: name, file: file)
                    return provider(definition, key: keys[name]?.string)
                }
        } catch {
            fatalError("the providers' definitions cannot be read: \(error)")
        }
    }()

    static let catalog = ProviderCatalog(all.map { ProviderCatalog.Entry($0) })

    /// A provider with the variables that its definition shows as examples; nil where the key does not fit.
    static func provider(_ definition: ProviderDefinition, key: String?) -> Provider? {
        let variables = Dictionary(uniqueKeysWithValues: definition.variables.map { ($0.name, $0.example) })
        let credential = definition.credential == nil ? nil : key.map { Secret($0) }
        return try? Provider(
            definition,
            .init(name: definition.name, variables: variables, credential: credential)
        )
    }
}
