import Following
import GatewayCore
import GatewayTesting
import Logging
import Metrics
import TaskModel
import TaskStorage
import Testing

@Suite struct `The audit in the store` {
    private let store = ForgetfulStore()
    private let timekeeper = ManualTimekeeper()
    private let keeper: AuditKeeper

    init() {
        keeper = AuditKeeper(
            store,
            timekeeper: timekeeper,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private var kept: [String] {
        store.inner.auditRecords(of: nil, below: nil, limit: .max).map(\.record.id).reversed()
    }

    private var lost: Int {
        var text = MetricsText()
        keeper.write(to: &text)
        let line = String(decoding: text.bytes, as: UTF8.self).split(separator: "\n").last
        return line?.split(separator: " ").last.flatMap { Int($0) } ?? -1
    }

    private func add(_ numbers: Range<Int>) {
        for number in numbers {
            keeper.add(
                AuditRecord(
                    id: "r\(number)",
                    at: timekeeper.now().time,
                    task: TaskID(provider: "cloud", native: "a"),
                    document: Array("{}".utf8)
                )
            )
        }
    }

    /// Lets time pass until something is so.
    private func pass(_ isSo: () -> Bool) async throws {
        for _ in 0..<5000 {
            if isSo() { return }
            timekeeper.advance(by: .milliseconds(100))
            try await Task.sleep(for: .milliseconds(1))
        }
        Issue.record("it never came")
    }

    @Test func `has what was recorded, a moment later and once`() async throws {
        add(0..<3)
        #expect(kept.isEmpty, "nobody waits for it")
        try await pass { kept == ["r0", "r1", "r2"] }
        add(3..<4)
        try await pass { kept.count == 4 }
        await keeper.flush()
        #expect(kept.count == 4)
    }

    @Test(arguments: [ForgetfulStore.Fault.isAway, .losesAnswers])
    func `has everything once, after a time in which it was away`(_ fault: ForgetfulStore.Fault) async throws {
        store.fail(fault)
        add(0..<700)
        for _ in 0..<20 {
            timekeeper.advance(by: .milliseconds(100))
            try await Task.sleep(for: .milliseconds(1))
        }
        store.fail(nil)
        try await pass { kept.count == 700 }
        #expect(kept == (0..<700).map { "r\($0)" })
        #expect(lost == 0)
    }

    @Test func `is given what still waits at the end`() async {
        add(0..<1200)
        await keeper.flush()
        #expect(kept.count == 1200)
    }

    @Test func `loses what comes while too much waits, and says how much`() async {
        store.fail(.isAway)
        add(0..<10_003)
        await keeper.flush()
        #expect(lost == 3)
        store.fail(nil)
        await keeper.flush()
        #expect(kept.count == 10_000)
    }
}
