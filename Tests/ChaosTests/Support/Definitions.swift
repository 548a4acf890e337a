import Foundation
import ProgramTesting
import ProviderSimulator

/// Shipped definitions whose polls come once in an interval and do not grow rarer, so that they can be counted.
struct Definitions {
    /// The folder that they lie in.
    let folder: String
    /// Members of the configuration's `providers`.
    let providers: String

    init(
        of all: [SimulatedProvider],
        interval: Duration,
        _ simulator: SimulatedProviders,
        in place: TemporaryFolder
    ) throws {
        folder = place.path + "/providers"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let time = "\(Int(interval.milliseconds))ms"
        for provider in all {
            let name = "\(provider.rawValue).json"
            let shipped = try String(contentsOfFile: "\(Program.providers)/\(name)", encoding: .utf8)
            let changed = shipped.replacing(
                #/"poll": \{[^}]*\}/#,
                with: #""poll": {"minimum": "\#(time)", "first": "\#(time)", "maximum": "\#(time)"}"#
            )
            guard changed != shipped else { throw NeverHappened(description: "no polls in \(name)") }
            try place.write(changed, to: "providers/\(name)")
        }
        providers = all.map { provider in
            """
            "\(provider.rawValue)": {"base_url": "http://127.0.0.1:\(simulator.port(of: provider))",
              "credential": {"env": "\(Key.variable(provider))"}}
            """
        }
        .joined(separator: ",\n")
    }
}
