import GatewayTesting
import Providers
import TaskModel
import Testing

@testable import GatewayCore

@Suite struct `What the gateway remembers` {
    private let served: ServedProvider
    private let now = Moment(time: Timestamp(millisecondsSinceEpoch: 0), uptime: .seconds(1000))

    init() throws {
        let provider = try Provider(GatewayBench.plain(), .init(name: "acme"))
        served = ServedProvider(provider, ProviderLimits(), ScriptedTransport { _ in nil }, ManualTimekeeper())
    }

    private func see(_ number: Int, in memory: inout TaskMemory, bytes: Int = 0) {
        let task = TaskID(provider: "acme", native: "\(number)")
        var snapshot = TaskSnapshot(id: task, status: .completed, providerStatus: "done", observedAt: now.time)
        snapshot.source = ProviderSource(response: Array(repeating: 0, count: bytes), result: nil)
        memory.with(memory.task(task, nil, served), at: now) { known in
            _ = known.machine.asked(TaskQuestion(.status, about: task), number: UInt64(number), at: now)
            _ = known.machine.statusRead(.success(TaskReading(snapshot: snapshot)), at: now)
        }
    }

    private func knows(_ number: Int, _ memory: TaskMemory) -> Bool {
        memory.lastKnown(TaskID(provider: "acme", native: "\(number)")) != nil
    }

    @Test func `the least recently used task goes first`() {
        var memory = TaskMemory(tasks: 3, bytes: 1 << 20)
        for number in 1...3 { see(number, in: &memory) }
        see(1, in: &memory)
        see(4, in: &memory)
        #expect(memory.count == 3)
        #expect([1, 3, 4].allSatisfy { knows($0, memory) })
        #expect(!knows(2, memory))
    }

    @Test func `bytes are bounded too`() {
        var memory = TaskMemory(tasks: 1000, bytes: 100_000)
        for number in 1...100 { see(number, in: &memory, bytes: 10000) }
        #expect(memory.bytes <= 100_000)
        #expect(memory.count == 4)
        #expect(knows(100, memory))
    }

    @Test func `a task in use is never forgotten`() {
        var memory = TaskMemory(tasks: 2, bytes: 1 << 20)
        for number in 1...5 {
            let task = TaskID(provider: "acme", native: "\(number)")
            memory.with(memory.task(task, nil, served), at: now) { known in
                _ = known.machine.asked(TaskQuestion(.status, about: task), number: UInt64(number), at: now)
            }
        }
        #expect(memory.count == 5)
        for number in 1...5 { see(number, in: &memory) }
        #expect(memory.count == 2)
    }

    @Test func `a task of which nothing is known takes no room`() {
        var memory = TaskMemory(tasks: 2, bytes: 1 << 20)
        let task = TaskID(provider: "acme", native: "1")
        memory.with(memory.task(task, nil, served), at: now) { $0.machine.left(number: 1) }
        #expect(memory.count == 0)
        #expect(memory.bytes == 0)
    }
}
