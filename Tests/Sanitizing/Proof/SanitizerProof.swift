internal import Glibc
internal import Synchronization

/// Does one thing that is right, or one that is wrong, to show what a sanitizer makes of it: Scripts/sanitize.sh.
///
/// A run of tests without reports proves nothing where the sanitizer cannot report anything.
@main
enum SanitizerProof {
    /// What it can do.
    enum Deed: String, CaseIterable {
        // Right.

        /// Four threads change a number under its lock.
        case mutex
        /// A task reads what another thread wrote before it resumed the task, which had not come to wait yet.
        case continuation

        // Wrong.

        /// Nothing guards the number.
        case noLock
        /// Two of four threads guard it with another lock than the other two.
        case twoLocks
        /// The lock is let go too early.
        case afterLock
        /// Another thread writes what the task reads that it resumed.
        case afterResume
        case freedMemory
    }

    /// Long enough that who wants the lock stops to spin, and is handed it by the kernel.
    static let held: UInt32 = 100

    static func main() async {
        guard let word = CommandLine.arguments.dropFirst().first, let deed = Deed(rawValue: word) else {
            fatalError("usage: SanitizerProof \(Deed.allCases.map(\.rawValue).joined(separator: "|"))")
        }
        let guarded = Guarded()
        let other = Guarded()
        let bare = Bare()
        switch deed {
        case .mutex:
            let added = inThreads(4) { _ in
                guarded.number.withLock { number in
                    number += 1
                    usleep(held)
                }
            }
            guard guarded.number.withLock({ $0 }) == added else { fatalError("the lock did not hold") }
        case .noLock:
            inThreads(2) { _ in bare.number += 1 }
        case .twoLocks:
            inThreads(4) { thread in
                (thread.isMultiple(of: 2) ? guarded : other).number.withLock { _ in
                    bare.number += 1
                    usleep(held)
                }
            }
        case .afterLock:
            inThreads(4) { _ in
                guarded.number.withLock { _ in _ = usleep(held) }
                bare.number += 1
            }
        case .continuation:
            await resumed { bare.number = 1 }
            guard bare.number == 1 else { fatalError("not resumed by what wrote it") }
        case .afterResume:
            await resumed({}, andThen: { bare.number = 1 })
            print(bare.number)
        case .freedMemory:
            let memory = UnsafeMutablePointer<Int>.allocate(capacity: 4)
            memory.initialize(repeating: 1, count: 4)
            memory.deallocate()
            print(memory[1])
        }
    }
}

/// A number with its lock.
private final class Guarded: Sendable {
    let number = Mutex(0)
}

/// A number without one.
///
/// Safety: none, which is what the sanitizer has to find.
private final class Bare: @unchecked Sendable {
    var number = 0
}
