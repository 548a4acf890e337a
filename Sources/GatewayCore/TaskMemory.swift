internal import Digests
internal import Providers
internal import TaskModel

/// What the gateway remembers of one task, and who waits for an answer about it.
///
/// A reference, so that the machine is changed where it stands: it is too large to be copied for each event.
// Safety: nobody but `TaskMemory` makes one, and the gateway touches it under its lock alone.
final class RememberedTask: @unchecked Sendable {
    /// What it is found by: what one caller's key shows of a task is none of another's business.
    struct Key: Hashable, Sendable {
        let id: TaskID
        /// Of the key that its callers bring; nil where they bring none.
        let digest: KeyDigest?

        /// The digest counts too, so that a caller with many keys for one task does not fill one place of the dictionary.
        func hash(into hasher: inout Hasher) {
            hasher.combine(id)
            if let digest { hasher.combine(digest) }
        }
    }

    let key: Key
    /// Whose task it is, as the configuration was read last.
    private(set) var served: ServedProvider
    var machine: TaskMachine
    /// The callers whom the machine has not answered.
    var replies: [PendingReply] = []
    /// The key that its callers brought, while something is under way about it.
    var callerKey: CallerKey?
    /// When it is woken next, so that no timer is set twice.
    var wakeAt: Duration?
    /// The read of its status that waited last.
    var waitingRead: WaitingRead?

    /// False once it is forgotten.
    fileprivate(set) var isRemembered = true
    fileprivate var bytes = 0
    /// Whether nothing is under way: only such tasks stand in the line of those that can be forgotten.
    fileprivate var isInLine = false
    fileprivate unowned var newer: RememberedTask?
    fileprivate unowned var older: RememberedTask?

    fileprivate init(_ key: Key, _ served: ServedProvider, spread: UInt16) {
        self.key = key
        self.served = served
        machine = TaskMachine(policy: served.policy, spread: spread)
    }

    var id: TaskID { key.id }

    /// The configuration was read again, and it is the same provider's task as before.
    fileprivate func serve(_ served: ServedProvider) {
        self.served = served
        machine.policy = served.policy
    }

    /// Looks at the machine where it stands: reading it as a property copies it.
    func look<Result>(_ body: (inout TaskMachine) -> Result) -> Result { body(&machine) }

    /// Takes a caller out of those who wait.
    func takeReply(_ number: UInt64) -> PendingReply? {
        for index in replies.indices where replies[index].number == number { return replies.remove(at: index) }
        return nil
    }
}

/// A read of a status that waits at a provider's door, by the number that it has there.
struct WaitingRead: Sendable {
    let door: ProviderDoor
    let call: UInt64
}

/// A caller who waits for an answer.
struct PendingReply: Sendable {
    let number: UInt64
    let question: TaskQuestion
    let reply: TaskReply
}

/// What the gateway remembers of tasks: bounded in number and in bytes, the least recently used goes first.
///
/// A task about which something is under way is never forgotten; there are never more of those than callers and calls.
struct TaskMemory: Sendable {
    private let mostTasks: Int
    private let mostBytes: Int
    private var tasks: [RememberedTask.Key: RememberedTask] = [:]
    private unowned var newest: RememberedTask?
    private unowned var oldest: RememberedTask?
    /// What all tasks count for.
    private(set) var bytes = 0
    /// Multiples of the golden section: however many tasks begin together, these lie evenly between 0 and the largest.
    private var spread: UInt16 = 0

    init(tasks: Int, bytes: Int) {
        mostTasks = tasks
        mostBytes = bytes
    }

    var count: Int { tasks.count }

    /// What is known of a task of `served`, made if that is nothing; to be used in `with` at once.
    ///
    /// `digest` is that of the key that the caller brought.
    mutating func task(_ id: TaskID, _ digest: KeyDigest?, _ served: ServedProvider) -> RememberedTask {
        // Found or made with one look at the dictionary: its hashing is the dearest part of remembering.
        let key = RememberedTask.Key(id: id, digest: digest)
        spread &+= 0x9E37
        let spread = spread
        let task = Self.itself(&tasks[key, default: RememberedTask(key, served, spread: spread)])
        if task.served !== served, !hasMoved(task, to: served) { return self.task(id, digest, served) }
        return task
    }

    /// The configuration was read again: tasks of providers that are still the same stay, the others are forgotten, or
    /// come to their end unseen where something is under way.
    mutating func serve(_ served: [String: ServedProvider]) {
        for task in Array(tasks.values) {
            if let now = served[task.id.provider] { _ = hasMoved(task, to: now) } else { drop(task) }
        }
    }

    /// Moves a task to what is now served under its provider's name; where that has other tasks, the task is dropped.
    private mutating func hasMoved(_ task: RememberedTask, to served: ServedProvider) -> Bool {
        guard served.hasTasks(of: task.served) else {
            drop(task)
            return false
        }
        task.serve(served)
        return true
    }

    private mutating func drop(_ task: RememberedTask) {
        if task.isInLine { leaveLine(task) }
        forget(task)
    }

    private static func itself(_ task: inout RememberedTask) -> RememberedTask { task }

    /// Runs `body` with a task that is remembered, and keeps what it leaves if that is worth it.
    ///
    /// A task about which something is under way stays remembered: who started that needs not look for it again.
    mutating func with<Result>(_ task: RememberedTask, at now: Moment, _ body: (RememberedTask) -> Result) -> Result {
        // Whoever still waits for it is answered; nobody finds it any more.
        guard task.isRemembered else { return body(task) }
        if task.isInLine { leaveLine(task) }
        let result = body(task)
        bytes -= task.bytes
        let (weight, isIdle, isWorthKeeping) = task.look { ($0.weight, $0.isIdle, $0.isWorthKeeping(at: now)) }
        task.bytes = weight
        bytes += weight
        if isIdle { task.callerKey = nil }
        if isIdle, !isWorthKeeping {
            forget(task)
        } else if isIdle {
            enterLine(task)
        }
        while tasks.count > mostTasks || bytes > mostBytes, let oldest, oldest !== task {
            leaveLine(oldest)
            forget(oldest)
        }
        return result
    }

    /// The task as it was last seen, if it is remembered.
    func lastKnown(_ id: TaskID) -> TaskSnapshot? {
        tasks[RememberedTask.Key(id: id, digest: nil)]?.machine.lastKnown
    }

    /// Drops a task that does not stand in line.
    private mutating func forget(_ task: RememberedTask) {
        bytes -= task.bytes
        tasks[task.key] = nil
        task.isRemembered = false
    }

    private mutating func enterLine(_ task: RememberedTask) {
        task.isInLine = true
        task.older = newest
        task.newer = nil
        newest?.newer = task
        newest = task
        if oldest == nil { oldest = task }
    }

    private mutating func leaveLine(_ task: RememberedTask) {
        task.isInLine = false
        if let newer = task.newer { newer.older = task.older } else { newest = task.older }
        if let older = task.older { older.newer = task.newer } else { oldest = task.newer }
    }
}

extension TaskMachine {
    /// About how many bytes remembering this takes: the provider's answer, and as much again for the texts taken from it.
    fileprivate var weight: Int {
        1024 + 2 * (observation?.snapshot.source?.response.count ?? 0)
    }
}
