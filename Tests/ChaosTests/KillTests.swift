import Foundation
import GatewayTesting
import ProgramTesting
import ProviderSimulator
import Synchronization
import Testing

extension Chaos {
    /// A gateway with its store in a file, killed at any moment of its work, again and again.
    @Suite(.serialized) struct `A gateway that is killed` {
        @Test(.timeLimit(.minutes(15)))
        func `keeps what it answered, and loses no cancel and no end`() async throws {
            let given = ProcessInfo.processInfo.environment["TASKGATE_CHAOS_SEED"].flatMap { UInt64($0) }
            let seed = given ?? UInt64.random(in: .min ... .max)
            let rounds = Scale.isWhole ? 100 : 5
            print("\(rounds) kills: TASKGATE_CHAOS_SEED=\(seed)")
            let receiver = try await HookReceiver { $0.isMultiple(of: 97) }
            var settings = SimulatorSettings()
            settings.clock = .manual()
            settings.holdsDemoTasks = false
            let simulator = SimulatedProviders(settings)
            try await simulator.start()
            do {
                var random = SeededGenerator(seed: seed)
                let stage = try KillStage(simulator, receiver)
                for round in 0..<rounds {
                    let gateway = try await stage.start()
                    try await stage.judge(gateway.client)
                    let moment = Duration.milliseconds(20 + Int(random.below(round.isMultiple(of: 2) ? 300 : 900)))
                    try await stage.work(with: gateway, killedAfter: moment, seed: random.next())
                }
                let gateway = try await stage.start()
                try await stage.judge(gateway.client)
                try await stage.finish(gateway.client)
            } catch {
                await simulator.stop()
                throw error
            }
            await simulator.stop()
            await receiver.stop()
        }
    }
}
