import GatewayTesting
import ProgramTesting
import ProviderSimulator
import Testing

extension Chaos {
    @Suite(.serialized) struct `A cancel under load` {
        @Test(arguments: [SimulatedProvider.blackboxCloud, .xpander])
        func `is sent once for a thousand callers, who are told the same`(_ provider: SimulatedProvider) async throws {
            try await Stage.run { stage in
                let task = stage.add(provider)
                // All of them are there before the provider has answered the first.
                stage.simulator.inject(.delay(.milliseconds(500)), into: provider, on: .cancel, ofTask: task)
                let started = ContinuousClock.now
                let answers = try await forEach(1000) { _ in try await stage.client.cancel(provider.rawValue, task) }
                print("1,000 cancels at \(provider.rawValue): \(ContinuousClock.now - started)")
                #expect(stage.count(.cancel, of: task, at: provider) == 1)
                let isFinal = provider == .blackboxCloud
                for answer in answers {
                    #expect(answer.status == (isFinal ? 200 : 202), "\(answer.everything)")
                    #expect(answer.cancelState == (isFinal ? "confirmed" : "accepted"), "\(answer.everything)")
                    #expect(answer["status"] == (isFinal ? "cancelled" : "running"), "\(answer.everything)")
                }
                #expect(Set(answers.map { $0["cancel"] }).count == 1, "one cancel, told in one way")
                guard !isFinal else { return }
                // The promise is kept, and all who ask are told so.
                stage.simulator.clock.advance(by: .seconds(10))
                let later = try await forEach(100) { _ in try await stage.client.cancel(provider.rawValue, task) }
                for answer in later { #expect(answer.cancelState == "confirmed", "\(answer.everything)") }
                #expect(stage.count(.cancel, of: task, at: provider) == 1)
            }
        }

        @Test func `that races with the end of its task is told as the provider has it`() async throws {
            try await Stage.run { stage in
                let count = Scale.isWhole ? 2000 : 400
                let ends = try await forEach(count, atOnce: 50) { number in
                    let provider = number.isMultiple(of: 2) ? SimulatedProvider.blackboxCloud : .blackboxAgent
                    let task = stage.add(provider)
                    // However busy the machine is, some end before they are to be stopped, and some never by themselves.
                    let steps = number % 40
                    if steps == 0 { stage.simulator.complete(task, of: provider) }
                    async let completion: Void = complete(task, at: provider, after: steps, on: stage)
                    let answer = try await stage.client.cancel(provider.rawValue, task)
                    try await completion
                    let end = stage.simulator.state(of: task, of: provider)
                    let isStopped = end == "stopped" || end == "cancelled"
                    #expect(answer.status == 200, "\(answer.everything)")
                    #expect(answer["status"] == (isStopped ? "cancelled" : "completed"), "\(end ?? ""): \(answer.text)")
                    #expect(
                        answer.cancelState == (isStopped ? "confirmed" : "too_late"),
                        "\(end ?? ""): \(answer.text)"
                    )
                    let read = try await stage.client.task(provider.rawValue, task)
                    #expect(read["status"] == answer["status"], "\(read.text)")
                    return isStopped
                }
                let stopped = ends.count { $0 }
                print("\(count) races over HTTP: \(stopped) stopped, \(count - stopped) completed")
                #expect(stopped > 0 && stopped < count, "no race if one side always wins")
            }
        }

        /// Lets a task end by itself, unless it was stopped before.
        private func complete(
            _ task: String,
            at provider: SimulatedProvider,
            after steps: Int,
            on stage: Stage
        ) async throws {
            // Just before it is stopped, and just after.
            guard steps < 39 else { return }
            try await Task.sleep(for: .microseconds(100 * steps * steps))
            stage.simulator.complete(task, of: provider)
        }
    }
}
