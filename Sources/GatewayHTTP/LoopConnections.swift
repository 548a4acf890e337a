internal import Clients
internal import LogOutput
internal import NIOCore
internal import Synchronization
internal import TaskModel

/// The connections of one event loop, and the one timer that watches over the times of them all.
///
/// Belongs to its event loop: it is touched by no other thread.
final class LoopConnections {
    private let eventLoop: any EventLoop
    private let core: ServerCore
    /// What requests that begin now are decided by; each loop has its own, so that nobody waits for a lock.
    private(set) var interpreter: RequestInterpreter
    private var connections: [ObjectIdentifier: ConnectionHandler] = [:]
    private var sweep: RepeatedTask?
    private var dateField = DateField()
    private let accessLog: AccessLog?
    let streams: EventStreams
    private var emptied: EventLoopPromise<Void>?
    /// Whether the gateway is about to stop, so that each answer that leaves a connection without a request is its last.
    private(set) var isEnding = false
    /// Whether nothing new is accepted any more, and what goes on is to end.
    private(set) var isDraining = false
    /// How long a connection without a request stays once the gateway drains: a request may be on its way on it.
    private static let restingTime = TimeAmount.milliseconds(100)

    init(core: ServerCore, interpreter: RequestInterpreter, eventLoop: any EventLoop) {
        self.core = core
        self.interpreter = interpreter
        self.eventLoop = eventLoop
        accessLog = core.accessLog.map { AccessLog(for: $0) }
        streams = EventStreams(eventLoop: eventLoop, heartbeat: core.configuration.heartbeat)
    }

    /// Decides by `next` from now on, and ends the streams of clients that it does not let in as they were.
    func serve(_ next: RequestInterpreter) {
        interpreter = next
        guard let clients = next.clients else { return }
        streams.cut { wish in wish.account.map { !clients.directory.has($0) } ?? true }
    }

    /// The bytes of the `Date` field.
    func date() -> [UInt8] {
        dateField.update(core.now())
        return dateField.bytes
    }

    /// Takes a connection in; false if there are too many already, and it is to be turned away.
    func add(_ connection: ConnectionHandler) -> Bool {
        connections[ObjectIdentifier(connection)] = connection
        startSweep()
        core.metrics.connectionOpened()
        return core.connectionCount.add(1, ordering: .relaxed).newValue <= core.configuration.maximumConnections
    }

    func remove(_ connection: ConnectionHandler) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        core.metrics.connectionClosed()
        core.connectionCount.subtract(1, ordering: .relaxed)
        guard connections.isEmpty else { return }
        sweep?.cancel()
        sweep = nil
        emptied?.succeed()
        emptied = nil
    }

    /// Counts a request that was answered, or, without a status, whose caller was gone before; notes it for the log.
    func ended(
        _ request: ExchangeQueue.Exchange,
        status: Int = AccessRecord.statusOfNone,
        code: ErrorCode? = nil,
        provider: String? = nil,
        bytes: Int = 0
    ) {
        let nanoseconds = (NIODeadline.now() - request.arrivedAt).nanoseconds
        core.metrics.requestEnded(request.method, request.subject.route, status: status, nanoseconds: nanoseconds)
        if let code { core.metrics.count(code, provider: provider) }
        note(request, status: status, code: code, nanoseconds: nanoseconds, bytes: bytes)
    }

    /// Counts a request whose answer is a stream that begins: how long it lasts is no time that anybody waits.
    func streamBegan(_ request: ExchangeQueue.Exchange) {
        let nanoseconds = (NIODeadline.now() - request.arrivedAt).nanoseconds
        core.metrics.requestEnded(request.method, request.subject.route, status: 200, nanoseconds: nanoseconds)
        core.metrics.streamOpened()
    }

    /// Counts a stream that is over, and notes its request for the log, with how long it lasted.
    func streamEnded(_ request: ExchangeQueue.Exchange, bytes: Int, isDropped: Bool) {
        core.metrics.streamClosed(isDropped: isDropped)
        let nanoseconds = (NIODeadline.now() - request.arrivedAt).nanoseconds
        note(request, status: 200, code: nil, nanoseconds: nanoseconds, bytes: bytes)
    }

    private func note(
        _ request: ExchangeQueue.Exchange,
        status: Int,
        code: ErrorCode?,
        nanoseconds: Int64,
        bytes: Int
    ) {
        guard let accessLog, core.logsOperation || request.subject.route?.isOperation != true else { return }
        accessLog.append(
            AccessRecord(
                time: core.now(),
                request: request,
                status: status,
                code: code,
                nanoseconds: nanoseconds,
                bytes: bytes
            )
        )
    }

    // MARK: - Draining

    /// Has each connection end behind its next answer, so that its client goes elsewhere before anything is closed.
    func beginEnding() { isEnding = true }

    /// Lets requests in flight end and closes what rests; the future is fulfilled when no connection is left, at the
    /// latest a moment after `limit`.
    func drain(limit: TimeAmount) -> EventLoopFuture<Void> {
        beginEnding()
        isDraining = true
        streams.cut { _ in true }
        guard !connections.isEmpty else { return eventLoop.makeSucceededVoidFuture() }
        let promise = eventLoop.makePromise(of: Void.self)
        emptied = promise
        let me = NIOLoopBound(self, eventLoop: eventLoop)
        let rest = eventLoop.scheduleTask(in: Self.restingTime) { me.value.closeResting() }
        let cut = eventLoop.scheduleTask(in: limit) { me.value.cutOff() }
        let close = eventLoop.scheduleTask(in: limit + .seconds(1)) { me.value.closeAll() }
        promise.futureResult.whenComplete { _ in
            rest.cancel()
            cut.cancel()
            close.cancel()
        }
        return promise.futureResult
    }

    private func closeResting() {
        for connection in Array(connections.values) { connection.closeIfResting() }
    }

    private func cutOff() {
        for connection in Array(connections.values) { connection.cutOff() }
    }

    private func closeAll() {
        for connection in Array(connections.values) { connection.abort() }
    }

    // MARK: - Times

    /// One timer for all connections costs a request nothing; it is late by one interval at most.
    private func startSweep() {
        guard sweep == nil else { return }
        let shortest = min(core.configuration.requestTime, core.configuration.idleTime).nanoseconds
        let interval = TimeAmount.nanoseconds(max(10_000_000, min(1_000_000_000, shortest / 4)))
        let me = NIOLoopBound(self, eventLoop: eventLoop)
        sweep = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in me.value.check() }
    }

    private func check() {
        let now = NIODeadline.now()
        for connection in Array(connections.values) { connection.check(now) }
    }
}
