import GatewayTesting
import ProgramTesting
import Synchronization
import TaskModel
import Webhooks

/// A receiver of webhooks that notes each delivery, and whether it was signed.
final class HookReceiver: Sendable {
    /// A delivery as it came, each time that it came.
    struct Receipt: Sendable {
        let id: String
        let type: String
        /// The task's id as its provider knows it.
        let task: String
        let body: JSONValue
        let at: ContinuousClock.Instant
    }

    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    private struct State {
        var receipts: [Receipt] = []
        var faults: [String] = []
    }

    private let state: Notes
    private let server: ScriptedServer

    private final class Notes: Sendable {
        let state = Mutex(State())
    }

    /// Listens; every delivery whose number `refuses` says so is noted, and answered with an error all the same.
    init(refusing refuses: @escaping @Sendable (Int) -> Bool = { _ in false }) async throws {
        let notes = Notes()
        state = notes
        server = try await ScriptedServer.start { request in
            let number = notes.state.withLock { state in
                switch Self.receipt(of: request) {
                case .success(let receipt): state.receipts.append(receipt)
                case .failure(let fault): state.faults.append(fault.description)
                }
                return state.receipts.count
            }
            return [.answer("", status: refuses(number) ? "503 Service Unavailable" : "204 No Content")]
        }
    }

    func stop() async { await server.stop() }

    var url: String { server.origin + "/hook" }

    /// Everything that came, in the order in which it came.
    var receipts: [Receipt] { state.state.withLock { $0.receipts } }

    /// What came and was no delivery as it must be.
    var faults: [String] { state.state.withLock { $0.faults } }

    /// The tasks whose end was told.
    var ended: Set<String> { Set(receipts.lazy.filter { $0.type == "task.done" }.map(\.task)) }

    private static func receipt(of request: ScriptedRequest) -> Result<Receipt, NeverHappened> {
        guard let secret = WebhookSecret(Secret(secret)), let body = JSONValue(request.body),
            let id = request.values("webhook-id").first, let type = body["type"].string,
            let task = body["data"]["id"].string?.split(separator: ":", maxSplits: 1).last,
            let time = request.values("webhook-timestamp").first.flatMap({ Int64($0) })
        else { return .failure(NeverHappened(description: "no delivery: \(request)")) }
        let signature = secret.signature(id: id, timestamp: time, body: request.body)
        guard request.values("webhook-signature") == [signature] else {
            return .failure(NeverHappened(description: "not signed: \(request)"))
        }
        return .success(Receipt(id: id, type: type, task: String(task), body: body, at: .now))
    }
}

/// What a run requires of everything that a receiver was told.
struct Telling {
    /// What is wrong; nothing, if all is right.
    private(set) var faults: [String] = []
    /// How often something came that had come before.
    private(set) var duplicates = 0
    /// The events of each task, by their webhook-ids in the order in which they came first.
    private(set) var order: [String: [String]] = [:]
    /// The end of each task as it was told first.
    private(set) var ends: [String: HookReceiver.Receipt] = [:]

    init(_ receipts: [HookReceiver.Receipt]) {
        var first: [String: HookReceiver.Receipt] = [:]
        for receipt in receipts {
            if let before = first[receipt.id] {
                duplicates += 1
                if before.body != receipt.body {
                    faults.append("\(receipt.id) says two things: \(before.body), \(receipt.body)")
                }
                continue
            }
            first[receipt.id] = receipt
            order[receipt.task, default: []].append(receipt.id)
            if let end = ends[receipt.task] {
                faults.append("\(receipt.task) has \(receipt.type) \(receipt.id) behind its end \(end.id)")
            } else if receipt.type == "task.done" {
                ends[receipt.task] = receipt
            }
        }
    }
}
