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

    /// Shows bytes in which no secret is left, piece by piece.
    func redact(_ bytes: UnsafeRawBufferPointer, to output: (UnsafeRawBufferPointer) -> Void) {
        let search = state.withLock(\.search)
        var start = 0
        while let found = search.first(in: bytes, from: start) {
            if found.lowerBound > start { output(UnsafeRawBufferPointer(rebasing: bytes[start..<found.lowerBound])) }
            output(UnsafeRawBufferPointer(start: Self.replacement.utf8Start, count: Self.replacement.utf8CodeUnitCount))
            start = found.upperBound
        }
        if start < bytes.count { output(UnsafeRawBufferPointer(rebasing: bytes[start...])) }
    }

    private static func search(for secrets: [Secret]) -> SecretSearch {
        SecretSearch(secrets.flatMap { SecretForms.all(of: Array($0.reveal().utf8)) })
    }
}
