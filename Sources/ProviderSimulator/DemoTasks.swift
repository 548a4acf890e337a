/// The tasks that a demonstration finds: one for each thing worth seeing, the same ids in every run.
struct DemoTask: Sendable {
    let id: String
    let shows: String
    let script: SimulatedScript
    var age = Duration.zero
    var wait: SimulatedTask.Wait?

    /// A task as it would be after it had come to this end a while ago.
    private static func ended(_ provider: SimulatedProvider, _ id: String, as end: String, _ shows: String) -> DemoTask
    {
        DemoTask(id: id, shows: shows, script: .run(of: provider, endingAs: end), age: .seconds(300))
    }

    static func tasks(of provider: SimulatedProvider) -> [DemoTask] {
        switch provider {
        case .blackboxCloud:
            [
                DemoTask(id: "4GsNQMMsGZpv8x_J9ms6L", shows: "queued", script: .staying(in: "pending")),
                DemoTask(
                    id: "9qQe2F8Z_nXx9-eJA0BD6",
                    shows: "running, then completed",
                    script: SimulatedScript([
                        .init("pending", for: .seconds(2)), .init("processing", for: .seconds(600)),
                        .init("saving", for: .seconds(5)), .init("completed"),
                    ]),
                    age: .seconds(120)
                ),
                ended(provider, "abc123xyz456def789", as: "completed", "completed"),
                ended(provider, "Vq7_k2pXw9Lm-4TzR1yBa", as: "error", "failed"),
                ended(provider, "hT5-Zc8Q_uN3eYv7JdWk0", as: "timeout", "ran into its time limit"),
                ended(provider, "mB9xR_4sGf-L2oPq6CiE8", as: "stopped", "stopped by a user"),
            ]
        case .blackboxAgent:
            [
                DemoTask(
                    id: "b2c3d4e5-f6a7-8901-bcde-f12345678901",
                    shows: "queued",
                    script: .staying(in: "pending")
                ),
                DemoTask(
                    id: "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
                    shows: "running, then completed",
                    script: .run(of: provider, working: .seconds(600)),
                    age: .seconds(120)
                ),
                ended(provider, "c3d4e5f6-a7b8-9012-cdef-123456789012", as: "completed", "completed"),
                ended(provider, "d4e5f6a7-b8c9-0123-def0-234567890123", as: "failed", "failed"),
                ended(provider, "e5f6a7b8-c9d0-1234-ef01-345678901234", as: "interrupted", "cut short by a restart"),
            ]
        case .xpander:
            xpanderTasks
        case .qmail:
            [
                DemoTask(id: "b8c9d0e1-f2a3-67c4-9123-34def56a7b80", shows: "queued", script: .staying(in: "PENDING")),
                DemoTask(
                    id: "a7f8c9d1-e234-56b7-8901-23c45de67f89",
                    shows: "running, then completed",
                    script: .run(of: provider, working: .seconds(600)),
                    age: .seconds(120)
                ),
                ended(provider, "c9d0e1f2-a3b4-78d5-a234-45ef067b8c91", as: "COMPLETED", "completed"),
                ended(provider, "d0e1f2a3-b4c5-89e6-b345-560f178c9da2", as: "FAILED", "failed"),
            ]
        case .qmailCore:
            [
                DemoTask(
                    id: "Jan-27-26_01-44-55-AM-706d",
                    shows: "running, then completed",
                    script: .run(of: provider, working: .seconds(600)),
                    age: .seconds(120)
                ),
                ended(provider, "Jan-27-26_01-40-12-AM-9b3e", as: "success", "completed"),
                ended(provider, "Jan-26-26_11-05-31-PM-01fc", as: "failed", "failed"),
            ]
        }
    }

    private static var xpanderTasks: [DemoTask] {
        [
            DemoTask(id: "0b7c2f64-5d1e-4a83-9f20-6c1d8e7a3b95", shows: "queued", script: .staying(in: "pending")),
            DemoTask(
                id: "fbd08e4d-cfa7-4838-b6e6-e51855ac2ba3",
                shows: "running, then completed",
                script: .run(of: .xpander, working: .seconds(600)),
                age: .seconds(120)
            ),
            ended(.xpander, "04dbe342-27ef-4fcb-bc16-f19457e892b3", as: "completed", "completed"),
            ended(.xpander, "3e9a71c5-8b46-4d02-a7f3-15c0d92e6b84", as: "failed", "failed"),
            ended(.xpander, "6a2d8f13-c974-4be5-8061-f7b3a4e90d2c", as: "error", "ended in error: must not be stopped"),
            ended(.xpander, "85c1e0b7-2f6d-49a8-b3d4-0e7a5c91f682", as: "stopped", "stopped by the system"),
            DemoTask(
                id: "c70f5b29-e83a-4196-95d7-2b8e4f1a6c03",
                shows: "waiting for a person's approval",
                script: SimulatedScript([.init("executing", for: .seconds(20)), .init("paused")]),
                age: .seconds(60),
                wait: .approval(node: "approve-refund")
            ),
            DemoTask(
                id: "d94e6a08-1c7b-4f52-8e39-a5b0c2d7f614",
                shows: "waiting for a person to sign in",
                script: SimulatedScript([.init("executing", for: .seconds(20)), .init("paused")]),
                age: .seconds(60),
                wait: .authorization(connector: "gmail", url: "https://connect.example.com/gmail")
            ),
        ]
    }
}
