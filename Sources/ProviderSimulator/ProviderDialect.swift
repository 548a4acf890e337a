internal import NIOCore
internal import NIOHTTP1

/// How one provider speaks: its paths, its words, its answers.
protocol ProviderDialect: Sendable {
    var vocabulary: SimulatedVocabulary { get }

    /// What a request asks for, and of which task.
    func route(_ request: SimulatedRequest) -> (operation: SimulatedOperation, taskID: String?)

    /// The key that a request carries.
    func key(of request: SimulatedRequest) -> String?

    /// Whether a key looks like one of this provider's; nil stands for a request without one.
    func admits(_ key: String?) -> Bool

    /// The answer to a request without a valid key.
    func refusal() -> SimulatedAnswer

    func answer(_ call: SimulatedCall, in memory: inout ProviderMemory) -> SimulatedAnswer

    func makeIdentifier(at now: SimulatorTime, from source: inout IdentifierSource) -> String
}

/// A request that was let in, with all that an answer depends on besides the tasks.
struct SimulatedCall: Sendable {
    let request: SimulatedRequest
    let key: String?
    let now: SimulatorTime
    let quirks: SimulatorQuirks

    var taskID: String { request.taskID ?? "" }
}

/// An answer as a provider means it, before any fault has touched it.
struct SimulatedAnswer: Sendable {
    var status: HTTPResponseStatus
    var headers: [SimulatedHeader] = []
    var contentType = "application/json"
    var body: ByteBuffer

    init(_ status: HTTPResponseStatus, _ body: ByteBuffer) {
        self.status = status
        self.body = body
    }

    /// A body of one JSON object.
    init(_ status: HTTPResponseStatus, _ fill: (inout SimulatorJSONWriter) -> Void) {
        self.init(status, SimulatorJSONWriter.object(fill))
    }

    /// `{"error": "..."}`.
    static func error(_ status: HTTPResponseStatus, _ message: String) -> SimulatedAnswer {
        SimulatedAnswer(status) { $0.string("error", message) }
    }
}

/// What a provider knows.
struct ProviderMemory: Sendable {
    let provider: SimulatedProvider
    let vocabulary: SimulatedVocabulary
    var tasks: [String: SimulatedTask] = [:]
    /// The ids in the order in which the tasks came.
    var order: [String] = []
    var identifiers: IdentifierSource
    var counts = SimulatedCounts()
    /// The minute in which requests are counted for the rate limit, and how many came in it.
    var minute = (number: Int64(0), requests: 0)

    mutating func add(_ task: SimulatedTask) {
        if tasks.updateValue(task, forKey: task.id) == nil { order.append(task.id) }
    }

    /// A task that a client asked for, seen by nobody but that client.
    mutating func create(
        for call: SimulatedCall,
        prompt: String,
        identifier: (SimulatorTime, inout IdentifierSource) -> String
    ) -> String {
        var task = SimulatedTask(
            id: identifier(call.now, &identifiers),
            owner: call.key,
            script: .run(of: provider),
            createdAt: call.now,
            shows: "created through the API",
            vocabulary: vocabulary
        )
        task.prompt = prompt
        add(task)
        return task.id
    }

    mutating func remove(_ id: String) {
        guard tasks.removeValue(forKey: id) != nil else { return }
        order.removeAll { $0 == id }
    }
}

/// Identifiers that look random and are the same in every run.
struct IdentifierSource: Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    // SplitMix64, by Sebastiano Vigna: one addition and three mixing steps a number.
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func text(_ count: Int, of alphabet: String) -> String {
        let letters = Array(alphabet.utf8)
        let bytes = (0..<count).map { _ in letters[Int(next() % UInt64(letters.count))] }
        return String(decoding: bytes, as: UTF8.self)
    }

    mutating func hexadecimal(_ count: Int) -> String { text(count, of: "0123456789abcdef") }

    /// A version 4 UUID.
    mutating func uuid() -> String {
        let variant = text(1, of: "89ab")
        return "\(hexadecimal(8))-\(hexadecimal(4))-4\(hexadecimal(3))-\(variant)\(hexadecimal(3))-\(hexadecimal(12))"
    }
}

extension String {
    /// Five groups of hexadecimal digits, 8-4-4-4-12, of any version: the documented examples are not of one.
    var isUUID: Bool {
        let bytes = utf8
        guard bytes.count == 36 else { return false }
        for (position, byte) in bytes.enumerated() {
            switch position {
            case 8, 13, 18, 23:
                guard byte == UInt8(ascii: "-") else { return false }
            default:
                guard Character(UnicodeScalar(byte)).isHexDigit else { return false }
            }
        }
        return true
    }

    /// ASCII letters and digits, at least one.
    var isAlphanumeric: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                let lowered = byte | 0x20
                return (0x30...0x39).contains(byte) || (0x61...0x7A).contains(lowered)
            }
    }
}
