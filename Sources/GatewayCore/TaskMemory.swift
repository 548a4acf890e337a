internal import TaskModel

/// What the gateway remembers of one task, and who waits for an answer about it.
///
/// A reference, so that the machine is changed where it stands: it is too large to be copied for each event.
// Safety: nobody but `TaskMemory` makes one, and the gateway touches it under its lock alone.
final class RememberedTask: @unchecked Sendable {
    let id: TaskID
    var machine: TaskMachine
    /// The callers whom the machine has not answered.
    var replies: [PendingReply] = []
    /// When it is woken next, so that no timer is set twice.
    var wakeAt: Duration?
    /// The number, at the provider's door, of the read of its status that waited last.
    var waitingRead: UInt64?

    /// False once it is forgotten.
    fileprivate(set) var isRemembered = true
    fileprivate var bytes = 0
    /// Whether nothing is under way: only such tasks stand in the line of those that can be forgotten.
    fileprivate var isInLine = false
    fileprivate unowned var newer: RememberedTask?
    fileprivate unowned var older: RememberedTask?

    fileprivate init(_ id: TaskID, _ policy: TaskPolicy) {
        self.id = id
        machine = TaskMachine(policy: policy)
    }

    /// Looks at the machine where it stands: reading it as a property copies it.
    func look<Result>(_ body: (inout TaskMachine) -> Result) -> Result { body(&machine) }

    /// Takes a caller out of those who wait.
    func takeReply(_ number: UInt64) -> PendingReply? {
        for index in replies.indices where replies[index].number == number { return replies.remove(at: index) }
        return nil
    }
}

/// A caller who waits for an answer.
struct PendingReply: Sendable {
    let number: UInt64
    /// What the caller asked to change, and who it is; nil where it only asks.
    var audit: (change: AuditEntry.Change, client: String?, requestID: String?)?
    let reply: TaskGateway.Reply

    init(_ question: TaskQuestion, number: UInt64, reply: @escaping TaskGateway.Reply) {
        self.number = number
        self.reply = reply
        audit = AuditEntry.Change(question.kind).map { ($0, question.caller, question.requestID) }
    }
}

/// What the gateway remembers of tasks: bounded in number and in bytes, the least recently used goes first.
///
/// A task about which something is under way is never forgotten; there are never more of those than callers and calls.
struct TaskMemory: Sendable {
    private let mostTasks: Int
    private let mostBytes: Int
    private var tasks: [TaskID: RememberedTask] = [:]
    private unowned var newest: RememberedTask?
    private unowned var oldest: RememberedTask?
    /// What all tasks count for.
    private(set) var bytes = 0

    init(tasks: Int, bytes: Int) {
        mostTasks = tasks
        mostBytes = bytes
    }

    var count: Int { tasks.count }

    /// What is known of a task, made with `policy` if that is nothing; to be used in `with` at once.
    mutating func task(_ id: TaskID, _ policy: TaskPolicy) -> RememberedTask {
        // Found or made with one look at the dictionary: its hashing is the dearest part of remembering.
        Self.itself(&tasks[id, default: RememberedTask(id, policy)])
    }

    private static func itself(_ task: inout RememberedTask) -> RememberedTask { task }

    /// Runs `body` with a task that is remembered, and keeps what it leaves if that is worth it.
    ///
    /// A task about which something is under way stays remembered: who started that needs not look for it again.
    mutating func with<Result>(_ task: RememberedTask, at now: Moment, _ body: (RememberedTask) -> Result) -> Result {
        if task.isInLine { leaveLine(task) }
        let result = body(task)
        bytes -= task.bytes
        let (weight, isIdle, isWorthKeeping) = task.look { ($0.weight, $0.isIdle, $0.isWorthKeeping(at: now)) }
        task.bytes = weight
        bytes += weight
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

    /// What is known of a task, if it is remembered.
    func known(_ id: TaskID) -> RememberedTask? { tasks[id] }

    /// The task as it was last seen, if it is remembered.
    func lastKnown(_ id: TaskID) -> TaskSnapshot? { tasks[id]?.machine.lastKnown }

    /// Drops a task that does not stand in line.
    private mutating func forget(_ task: RememberedTask) {
        bytes -= task.bytes
        tasks[task.id] = nil
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
