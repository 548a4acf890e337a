internal import Providers
internal import TaskModel

/// What the gateway remembers of tasks: bounded in number and in bytes, the least recently used goes first.
///
/// A task about which something is under way is never forgotten.
struct TaskMemory: Sendable {
    private struct Slot: Sendable {
        var id: TaskID
        var machine: TaskMachine
        /// What the slot counts for in bytes.
        var bytes: Int
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
    private var bytes = 0

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
        slots[index] = nil
        let result = body(&slot.machine)
        let isKept = !slot.machine.isIdle || slot.machine.isWorthKeeping(at: now)
        bytes -= slot.bytes
        slot.bytes = 512 + (slot.machine.observation?.snapshot.source?.response.count ?? 0)
        bytes += slot.bytes
        slots[index] = slot
        if isKept {
            moveToFront(index)
            evict(keeping: index)
        } else {
            remove(index)
        }
        return result
    }

    /// The task as it was last seen, if it is remembered.
    func lastKnown(_ id: TaskID) -> TaskSnapshot? {
        indexes[id].flatMap { slots[$0]?.machine.lastKnown }
    }

    private mutating func evict(keeping kept: Int) {
        var candidate = oldest
        // Those in use are passed over; there are never more of them than callers.
        while indexes.count > mostTasks || bytes > mostBytes, let index = candidate, let slot = slots[index] {
            candidate = slot.newer
            if index != kept, slot.machine.isIdle { remove(index) }
        }
    }

    private mutating func insert(_ id: TaskID, _ machine: TaskMachine) -> Int {
        let slot = Slot(id: id, machine: machine, bytes: 0)
        let index: Int
        if let reused = free.popLast() {
            index = reused
            slots[index] = slot
        } else {
            index = slots.count
            slots.append(slot)
        }
        indexes[id] = index
        link(index)
        return index
    }

    private mutating func remove(_ index: Int) {
        guard let slot = slots[index] else { return }
        unlink(index)
        bytes -= slot.bytes
        indexes[slot.id] = nil
        slots[index] = nil
        free.append(index)
    }

    private mutating func moveToFront(_ index: Int) {
        guard newest != index else { return }
        unlink(index)
        link(index)
    }

    private mutating func link(_ index: Int) {
        slots[index]?.older = newest
        slots[index]?.newer = nil
        if let newest { slots[newest]?.newer = index }
        newest = index
        if oldest == nil { oldest = index }
    }

    private mutating func unlink(_ index: Int) {
        guard let slot = slots[index] else { return }
        if let newer = slot.newer { slots[newer]?.older = slot.older } else { newest = slot.older }
        if let older = slot.older { slots[older]?.newer = slot.newer } else { oldest = slot.newer }
    }
}
