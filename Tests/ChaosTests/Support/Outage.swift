import GatewayTesting
import Synchronization

/// A provider that goes away and comes back, as the script of a server; each of its tasks is at work.
final class Outage: Sendable {
    enum Kind {
        /// Each connection is closed without a word.
        case closes
        /// Each request is held until the outage is over.
        case holds
    }

    private let state = Mutex<(kind: Kind?, gate: ScriptedGate)>((nil, ScriptedGate()))

    func begin(_ kind: Kind) { state.withLock { $0 = (kind, ScriptedGate()) } }

    func end() {
        let gate = state.withLock { state in
            state.kind = nil
            return state.gate
        }
        gate.open()
    }

    var opening: [ScriptedStep] { state.withLock { $0.kind == .closes ? [.close] : [] } }

    var answer: [ScriptedStep] {
        let (kind, gate) = state.withLock { $0 }
        let answer = ScriptedStep.answer(#"{"status": "processing"}"#)
        return switch kind {
        case .closes: [.close]
        case .holds: [.hold(gate), answer]
        case nil: [answer]
        }
    }
}
