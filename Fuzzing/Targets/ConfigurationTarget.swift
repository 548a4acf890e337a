internal import Documents
internal import GatewaySettings

/// The configuration: read or refused, with every mistake named.
enum ConfigurationTarget {
    static func run(_ bytes: [UInt8]) throws {
        let (settings, faults) = Settings.examine(bytes, file: "config.json", folder: "")
        for fault in faults { try Finding.unless(!fault.problem.isEmpty, "a mistake has no name") }
        do {
            let read = try Settings.read(bytes, file: "config.json", folder: "")
            try Finding.unless(faults.isEmpty, "what has mistakes is read")
            try Finding.unless(!read.providers.isEmpty, "a configuration without a provider is read")
            try Finding.unless(read.providers.map(\.name) == settings.providers.map(\.name), "two readings differ")
        } catch let error as DocumentFaults {
            try Finding.unless(!error.faults.isEmpty && error.faults == faults, "two readings name other mistakes")
        }
    }
}
