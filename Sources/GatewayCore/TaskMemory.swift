internal import Providers
internal import TaskModel

/// What the gateway remembers of tasks: bounded in number and in bytes, the least recently used goes first.
///
/// A task about which something is under way is never forgotten; there are never more of those than callers and calls.
struct TaskMemory: Sendable {
    private struct Slot: Sendable {
        var id: TaskID
        var machine: TaskMachine
        /// What the slot counts for in bytes.
        var bytes = 0
        /// Whether nothing is under way: only such slots stand in the line of those that can be forgotten.
        var isInLine = false
        var newer: Int?
        var older: Int?
    }

    private let mostTasks: Int
    private let mostBytes: Int
    private var slots: [Slot?] = []
    private var free: [Int] = []
    private var indexes: [TaskID: Int] = [:]
    private var newest: Int?
    private var oldest: Int?
    /// What all slots count for.
    private(set) var bytes = 0

    init(tasks: Int, bytes: Int) {
        mostTasks = tasks
        mostBytes = bytes
    }

    var count: Int { indexes.count }

    /// Runs `body` with the machine of a task, made with `policy` if there is none, and keeps what it leaves if that is
    /// worth it.
    mutating func with<Result>(
        _ id: TaskID,
        _ policy: @autoclosure () -> TaskPolicy,
        at now: Moment,
        _ body: (inout TaskMachine) -> Result
    ) -> Result {
        let index = indexes[id] ?? insert(id, TaskMachine(policy: policy()))
        // Taken out and put back, so that the machine is changed in place.
        guard var slot = slots[index] else { preconditionFailure("an index names a slot that is free") }
        if slot.isInLine {
            unlink(slot)
            slot.isInLine = false
        }
        slots[index] = nil
        let result = body(&slot.machine)
        bytes -= slot.bytes
        slot.bytes = slot.machine.weight
        bytes += slot.bytes
        let isIdle = slot.machine.isIdle
        let isKept = !isIdle || slot.machine.isWorthKeeping(at: now)
        slots[index] = slot
        if !isKept {
            remove(index)
        } else if isIdle {
            link(index)
        }
        while indexes.count > mostTasks || bytes > mostBytes, let oldest, oldest != index {
            if let slot = slots[oldest] { unlink(slot) }
            remove(oldest)
        }
        return result
    }

    /// The task as it was last seen, if it is remembered.
    func lastKnown(_ id: TaskID) -> TaskSnapshot? {
        indexes[id].flatMap { slots[$0]?.machine.lastKnown }
    }

    private mutating func insert(_ id: TaskID, _ machine: TaskMachine) -> Int {
        let slot = Slot(id: id, machine: machine)
        let index: Int
        if let reused = free.popLast() {
            index = reused
            slots[index] = slot
        } else {
            index = slots.count
            slots.append(slot)
        }
        indexes[id] = index
        return index
    }

    /// Frees a slot that does not stand in line.
    private mutating func remove(_ index: Int) {
        guard let slot = slots[index] else { return }
        bytes -= slot.bytes
        indexes[slot.id] = nil
        slots[index] = nil
        free.append(index)
    }

    private mutating func link(_ index: Int) {
        slots[index]?.isInLine = true
        slots[index]?.older = newest
        slots[index]?.newer = nil
        if let newest { slots[newest]?.newer = index }
        newest = index
        if oldest == nil { oldest = index }
    }

    private mutating func unlink(_ slot: Slot) {
        if let newer = slot.newer { slots[newer]?.older = slot.older } else { newest = slot.older }
        if let older = slot.older { slots[older]?.newer = slot.newer } else { oldest = slot.newer }
    }
}

extension TaskMachine {
    /// About how many bytes remembering this takes: the provider's answer, and as much again for the texts taken from it.
    fileprivate var weight: Int {
        1024 + 2 * (observation?.snapshot.source?.response.count ?? 0)
    }
}
