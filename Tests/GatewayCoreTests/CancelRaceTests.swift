import Foundation
import GatewayCore
import GatewayTesting
import Synchronization
import TaskModel
import Testing
import Upstream

/// Tasks that end by whichever comes first: being stopped, or being done.
private final class RacingTasks: Sendable {
    private let ends = Mutex<[Substring: String]>([:])

    /// Ends a task if it has not ended, and returns how it ended.
    func end(_ task: Substring, as word: String) -> String {
        ends.withLock { ends in
            let end = ends[task] ?? word
            ends[task] = end
            return end
        }
    }

    func word(of task: Substring) -> String { ends.withLock { $0[task] ?? "running" } }
}

@Suite struct `A cancel that races with the end of its task` {
    @Test(arguments: [true, false])
    func `is told as the provider has it, ten thousand times`(_ tellsEnd: Bool) throws {
        let tasks = RacingTasks()
        let bench = try GatewayBench { sent in
            let parts = sent.request.target.split(separator: "/")
            guard sent.request.route.method == "POST" else {
                return GatewayBench.answer(#"{"status": "\#(tasks.word(of: parts[1]))"}"#)
            }
            let end = tasks.end(parts[1], as: "stopped")
            // Some providers refuse to stop what has ended, others say how it ended.
            guard end == "stopped" || tellsEnd else { return .success(UpstreamResponse(status: 400, body: [])) }
            return GatewayBench.answer(#"{"status": "\#(end)"}"#)
        }
        let rounds = 10_000
        let replies = (0..<rounds).map { _ in Reply() }
        let begun = Atomic<Int>(-1)
        let asked = Atomic<Int>(-1)
        let ended = Atomic<Int>(-1)
        let other = Thread {
            for round in 0..<rounds {
                while begun.load(ordering: .acquiring) < round { sched_yield() }
                // One round in four each side is given, so that a machine with one processor shows both ends.
                while round % 4 == 0, asked.load(ordering: .acquiring) < round { sched_yield() }
                _ = tasks.end("t\(round)", as: "done")
                ended.store(round, ordering: .releasing)
            }
        }
        other.start()
        for round in 0..<rounds {
            let task = try bench.gateway.locate("acme:t\(round)", provider: nil)
            begun.store(round, ordering: .releasing)
            while round % 4 == 1, ended.load(ordering: .acquiring) < round { sched_yield() }
            // About as long as the other thread needs to notice that the round has begun.
            for _ in 0..<(round % 200) { _ = ended.load(ordering: .relaxed) }
            let reply = replies[round]
            _ = bench.gateway.ask(TaskQuestion(.cancel(reason: nil), about: task)) { reply.take($0, $1) }
            asked.store(round, ordering: .releasing)
            while ended.load(ordering: .acquiring) < round { sched_yield() }
        }
        var stopped = 0
        for (round, reply) in replies.enumerated() {
            let wasStopped = tasks.word(of: "t\(round)") == "stopped"
            if wasStopped { stopped += 1 }
            #expect(reply.count == 1)
            #expect(reply.snapshot?.status == (wasStopped ? .cancelled : .completed))
            #expect(reply.snapshot?.cancel?.state == (wasStopped ? .confirmed : .tooLate))
        }
        print("\(rounds) races: \(stopped) stopped, \(rounds - stopped) completed")
        #expect(stopped > 0 && stopped < rounds, "no race if one side always wins")
    }
}
