import Foundation
import GatewayTesting
import ProgramTesting
import ProviderSimulator
import Testing

extension Chaos {
    @Suite(.serialized) struct `A fault between the gateway and a provider` {
        @Test func `has the answer that the table requires, and leaves nothing behind`() async throws {
            var settings = SimulatorSettings()
            settings.clock = .manual()
            let simulator = SimulatedProviders(settings)
            try await simulator.start()
            let folder = try TemporaryFolder()
            let fronts = try await TLSFronts(
                before: SimulatedProvider.allCases.map { simulator.port(of: $0) },
                in: folder
            )
            let canary = try await ScriptedServer.start { _ in [.answer("{}")] }
            let cases = try await Self.cases(simulator, fronts, canary)
            let config = try folder.write(
                """
                {"listen": "127.0.0.1:0", "upstream": {"ca_file": "\(fronts.authority)"},
                 "providers": {\(cases.map(\.configuration).joined(separator: ",\n"))}}
                """,
                to: "config.json"
            )
            let gateway = try await RunningProgram.serve(config, environment: Key.environment, in: folder)

            // Those that only wait go at once, the others a few at a time, so that no busy machine makes them late.
            let started = ContinuousClock.now
            await Self.run(cases.filter { $0.fault.takesTime }, atOnce: 100, gateway.client, simulator)
            await Self.run(
                cases.filter { !$0.fault.takesTime && !$0.fault.isByChance },
                atOnce: 8,
                gateway.client,
                simulator
            )
            print("\(cases.count { !$0.fault.isByChance }) cases in \(ContinuousClock.now - started)")
            await Self.runByChance(cases.filter(\.fault.isByChance), gateway.client, simulator)

            #expect(canary.requests.isEmpty, "nothing follows a redirect, least of all with a key")
            #expect(gateway.process.ended == nil)
            for key in Key.environment.values { #expect(!gateway.process.text.contains(key)) }
            gateway.process.send(SIGTERM)
            #expect(try await gateway.process.waitForEnd() == .code(0), "\(gateway.process.text)")
            for one in cases { await one.proxy.stop() }
            fronts.stop()
            await canary.stop()
            await simulator.stop()
        }

        private static func cases(
            _ simulator: SimulatedProviders,
            _ fronts: TLSFronts,
            _ canary: ScriptedServer
        ) async throws -> [FaultCase] {
            var cases: [FaultCase] = []
            for fault in Fault.all(canary: canary.origin) {
                let settings = Setting.columns + (Scale.isWhole ? Setting.others : [])
                for (round, setting) in (0..<fault.rounds).flatMap({ round in settings.map { (round, $0) } }) {
                    guard let required = fault.required(of: setting) else { continue }
                    let provider = setting.provider
                    let task = simulator.addTask(to: provider, .staying(in: provider.workingWord))
                    if case .simulated(let simulated) = fault.action {
                        let operation: SimulatedOperation? = setting.call == .cancelAlone ? .cancel : nil
                        simulator.inject(simulated, into: provider, on: operation, ofTask: task)
                    }
                    let towards = FaultProxy.Towards(
                        provider: simulator.port(of: provider),
                        fronts: fronts,
                        onlyChanges: setting.call == .cancelAlone
                    )
                    cases.append(
                        FaultCase(
                            name: "case-\(cases.count)",
                            fault: fault,
                            setting: setting,
                            required: required,
                            proxy: try await .start(fault, towards, seed: round),
                            task: task,
                            round: round
                        )
                    )
                }
            }
            return cases
        }

        /// Returns those of which the gateway told a success.
        @discardableResult
        private static func run(
            _ cases: [FaultCase],
            atOnce: Int,
            _ client: GatewayClient,
            _ simulator: SimulatedProviders
        ) async -> [FaultCase] {
            await withTaskGroup(of: FaultCase?.self) { group in
                var succeeded: [FaultCase] = []
                for (number, one) in cases.enumerated() {
                    if number >= atOnce, case let one?? = await group.next() { succeeded.append(one) }
                    group.addTask {
                        do {
                            let answer = try await one.ask(client)
                            check(one, answer, simulator)
                            try await recover(one, client, simulator)
                            return answer.code == nil ? one : nil
                        } catch {
                            Issue.record("\(one.description): \(error)")
                            return nil
                        }
                    }
                }
                for await case let one? in group { succeeded.append(one) }
                return succeeded
            }
        }

        /// Runs those that chance decides: each call has to come out well for one task, and badly for another.
        private static func runByChance(
            _ cases: [FaultCase],
            _ client: GatewayClient,
            _ simulator: SimulatedProviders
        ) async {
            let started = ContinuousClock.now
            let succeeded = await run(cases, atOnce: 8, client, simulator)
            print("\(cases.count) cases by chance in \(ContinuousClock.now - started), \(succeeded.count) successes")
            for setting in Set(cases.map(\.setting)) {
                let (all, well) = (cases.count { $0.setting == setting }, succeeded.count { $0.setting == setting })
                #expect(well > 0 && well < all, "\(setting): \(well) of \(all)")
            }
        }

        /// Compares an answer with what the table requires.
        private static func check(_ one: FaultCase, _ answer: Answer, _ simulator: SimulatedProviders) {
            let required = one.required
            let (requests, cancels) = one.seen(by: simulator)
            let context: Comment = "\(one.description): \(requests), \(cancels) cancels; \(answer.everything)"
            let outcome = required.outcomes.first {
                $0.status == answer.status && $0.code == answer.code && $0.cancelState == answer.cancelState
            }
            guard let outcome else {
                Issue.record("none of what is required: \(context)")
                return
            }
            if let code = outcome.code {
                #expect(answer["retryable"] == .flag(Required.retryable.contains(code)), context)
                #expect(answer["provider"] == .text(one.name), context)
                #expect(answer["cancel"] == .missing, context)
            }
            let seconds = answer.header("Retry-After").flatMap { Int($0) }
            switch outcome.retryAfter {
            case .missing: #expect(answer.header("Retry-After") == nil, context)
            case .upTo(let most): #expect((1...most).contains(seconds ?? 0), context)
            }
            #expect(requests <= required.requests, context)
            #expect(cancels <= required.cancels, context)
            for key in Key.environment.values { #expect(!answer.everything.contains(key), context) }
            requireTrue(one, answer, simulator, context)
        }

        /// What is told of success is so at the provider.
        private static func requireTrue(
            _ one: FaultCase,
            _ answer: Answer,
            _ simulator: SimulatedProviders,
            _ context: Comment
        ) {
            guard answer.code == nil else { return }
            let state = simulator.state(of: one.task, of: one.provider)
            switch (one.setting.call, answer.cancelState) {
            case (.status, _): #expect(answer["status"] == "running", context)
            case (.rename, _): #expect(simulator.title(of: one.task, of: one.provider) == "other words", context)
            case (_, "confirmed"): #expect(state == "stopped" || state == "cancelled", context)
            default: #expect(one.cancelsReached(simulator) > 0, context)
            }
        }

        /// Ends the fault: the same call has to work, and the provider has to agree.
        private static func recover(
            _ one: FaultCase,
            _ client: GatewayClient,
            _ simulator: SimulatedProviders
        ) async throws {
            guard one.fault.recovers else { return }
            simulator.clearFaults(of: one.provider, ofTask: one.task)
            try await one.proxy.heal()
            var answer: Answer?
            do {
                try await eventually("the call works again") {
                    let latest = try await one.ask(client)
                    answer = latest
                    return latest.code == nil
                }
            } catch {
                Issue.record("\(one.description): \(error), but \(answer?.everything ?? "nothing")")
                return
            }
            let context: Comment = "\(one.description), recovered: \(answer?.everything ?? "")"
            switch one.setting.call {
            case .status:
                #expect(answer?["status"] == "running", context)
            case .rename:
                #expect(simulator.title(of: one.task, of: one.provider) == "other words", context)
            case .cancel, .cancelAlone:
                // A success without a word is the provider's consent, and what it consented to is not sent again.
                let isFinal =
                    one.setting.column.provider == .blackboxCloud && one.fault.group.name != FaultClass.useless.name
                #expect(answer?.cancelState == (isFinal ? "confirmed" : "accepted"), context)
                #expect(one.cancelsReached(simulator) > 0, context)
                if isFinal { #expect(answer?["status"] == "cancelled", context) }
            }
        }
    }
}
