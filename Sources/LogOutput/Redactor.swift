internal import Synchronization
package import TaskModel

/// Hides the configured secrets in whatever is written.
///
/// It looks at finished bytes, so that it does not matter how a secret came into them. The secrets can be replaced
/// while it runs; those before are hidden as well, because calls that were under way can still speak of them.
package final class Redactor: Sendable {
    static let replacement: StaticString = "[redacted]"

    private struct State {
        var latest: [Secret] = []
        var search = SecretSearch([])
    }

    private let state: Mutex<State>

    package init(_ secrets: [Secret] = []) {
        state = Mutex(State(latest: secrets, search: Self.search(for: secrets)))
    }

    /// Hides these from now on, and the ones that they replace.
    package func replace(_ secrets: [Secret]) {
        state.withLock { state in
            state.search = Self.search(for: secrets + state.latest)
            state.latest = secrets
        }
    }

    /// The bytes with every secret in them replaced.
    package func redacted(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { replaced(in: bytes) ?? Array(bytes) }

    /// The bytes with every secret in them replaced; nil where there is none, and they can be shown as they are.
    func replaced(in bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        let search = state.withLock(\.search)
        guard var found = search.first(in: bytes, from: 0) else { return nil }
        let replacement = UnsafeBufferPointer(
            start: Self.replacement.utf8Start,
            count: Self.replacement.utf8CodeUnitCount
        )
        var safe: [UInt8] = []
        safe.reserveCapacity(bytes.count)
        var start = 0
        while true {
            safe.append(contentsOf: bytes[start..<found.lowerBound])
            safe.append(contentsOf: replacement)
            start = found.upperBound
            guard let next = search.first(in: bytes, from: start) else { break }
            found = next
        }
        safe.append(contentsOf: bytes[start...])
        return safe
    }

    private static func search(for secrets: [Secret]) -> SecretSearch {
        SecretSearch(secrets.flatMap { SecretForms.all(of: Array($0.reveal().utf8)) })
    }
}
