internal import Synchronization

/// What other threads ask of a loop, handed over in batches.
final class LoopMailbox: Sendable {
    enum Command {
        case start(Transfer)
        case abandon(Transfer)
    }

    private struct State {
        var commands: [Command] = []
        var isLoopAsleep = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let wakeUp: WakeUp

    init(wakeUp: WakeUp) {
        self.wakeUp = wakeUp
    }

    /// False when the loop takes nothing more; the command is then dropped.
    func post(_ command: Command) -> Bool {
        let outcome = state.withLock { state -> (isTaken: Bool, mustWake: Bool) in
            guard !state.isClosed else { return (false, false) }
            state.commands.append(command)
            let mustWake = state.isLoopAsleep
            state.isLoopAsleep = false
            return (true, mustWake)
        }
        // Only a loop that sleeps needs the system call: under load it is awake, and finds the command by itself.
        if outcome.mustWake { wakeUp.signal() }
        return outcome.isTaken
    }

    /// From now on nothing is taken.
    ///
    /// The loop sees it in `takeAll`.
    func close() {
        state.withLock { $0.isClosed = true }
        wakeUp.signal()
    }

    /// For the loop: whether it may sleep, after which `post` wakes it.
    func fallAsleep() -> Bool {
        state.withLock { state in
            guard state.commands.isEmpty, !state.isClosed else { return false }
            state.isLoopAsleep = true
            return true
        }
    }

    /// For the loop, which is awake: swaps `batch` for what came in, in order.
    ///
    /// Returns whether the mailbox is closed.
    func takeAll(into batch: inout [Command]) -> Bool {
        batch.removeAll(keepingCapacity: true)
        return state.withLock { state in
            state.isLoopAsleep = false
            swap(&state.commands, &batch)
            return state.isClosed
        }
    }
}
