internal import CCurl
internal import Synchronization
internal import Upstream

/// Runs transfers: libcurl's multi handles, on one epoll, on one thread.
// Safety: all mutable state but the atomic is touched in `run` alone, which one thread calls once; `mailbox` and
// `inFlight` are what other threads use.
final class CurlLoop: @unchecked Sendable {
    let mailbox: LoopMailbox
    /// Calls that were taken and are not complete.
    let inFlight = Atomic<Int>(0)

    private let poller: Poller
    private let settings: EasySettings
    private let handleLimits: MultiHandle.Limits
    private let clock = LoopClock()
    private let shelf: RouteShelf
    /// As many as were needed until now, `handleCount` at most.
    private var handles: [MultiHandle] = []
    private var outbox: [(transfer: Transfer, result: Result<UpstreamResponse, UpstreamError>)] = []
    /// What is delivered at the moment; kept for its room.
    private var delivering: [(transfer: Transfer, result: Result<UpstreamResponse, UpstreamError>)] = []
    private var runningCount = 0
    private var nextSweep = MonotonicTime.now()

    /// How long libcurl's own total timeout may be late before the loop ends the call itself.
    private static let graceMilliseconds = 1_000
    private static let busySweepMilliseconds = 500
    private static let idleSweepMilliseconds = 30_000

    init(handleCount: Int, handleLimits: MultiHandle.Limits, caFile: String?) throws(CurlSetupError) {
        let wakeUp = try WakeUp()
        mailbox = LoopMailbox(wakeUp: wakeUp)
        poller = try Poller(wakeUp: wakeUp)
        settings = EasySettings(caFile: caFile, socketHooks: poller.socketHooks, clock: clock)
        self.handleLimits = handleLimits
        shelf = RouteShelf(handleCount: handleCount, limits: handleLimits)
        handles.append(try MultiHandle(ordinal: 0, limits: handleLimits, poller: poller))
    }

    /// The thread's work; returns when the mailbox is closed and everything has ended.
    func run() {
        var batch: [LoopMailbox.Command] = []
        while true {
            let readyCount = sleep()
            clock.update()
            serveSockets(readyCount)
            let isClosed = mailbox.takeAll(into: &batch)
            for command in batch {
                switch command {
                case .start(let transfer): start(transfer, isClosing: isClosed)
                case .abandon(let transfer): abandon(transfer)
                }
            }
            batch.removeAll(keepingCapacity: true)
            serveTimers()
            reap()
            sweep()
            if isClosed { endAll() }
            deliver()
            if isClosed { return }
        }
    }

    // MARK: - The laps

    private func sleep() -> Int {
        guard mailbox.fallAsleep() else { return poller.wait(milliseconds: 0) }
        var next = runningCount > 0 || !shelf.isEmpty ? nextSweep : nil
        for handle in handles {
            guard let deadline = handle.deadline else { continue }
            next = next.map { min($0, deadline) } ?? deadline
        }
        return poller.wait(milliseconds: next.map { MonotonicTime.now().milliseconds(until: $0) })
    }

    private func serveSockets(_ count: Int) {
        for index in 0..<count {
            guard let socket = poller.readySocket(at: index) else { continue }
            if !handles[socket.owner].socketReady(socket) { renew(socket.owner) }
        }
    }

    /// Starting a transfer is a timer, too.
    private func serveTimers() {
        clock.update()
        for index in handles.indices {
            guard let deadline = handles[index].deadline, deadline <= clock.now else { continue }
            if !handles[index].timerFired() { renew(index) }
        }
    }

    private func reap() {
        for index in handles.indices where handles[index].hasNews {
            let handle = handles[index]
            while let (easy, code) = handle.nextEnded() {
                guard let transfer = easy.transfer else { continue }
                end(transfer, easy.result(code: code))
            }
        }
    }

    /// Ends what libcurl does not end in time, and forgets what is not used.
    private func sweep() {
        let now = clock.now
        guard now >= nextSweep else { return }
        for handle in handles {
            for transfer in handle.running {
                guard let run = transfer.run else { continue }
                let words: String
                if run.easy.hasStalled(now: now) {
                    words = "the answer stopped coming"
                } else if run.deadline <= now {
                    words = "no whole answer in time, and libcurl did not end the call"
                } else {
                    continue
                }
                let detail = "\(transfer.request.route.name): \(words)"
                let error = UpstreamError(
                    .timeout,
                    mayHaveArrived: run.easy.wasSent,
                    detail: detail,
                    head: run.easy.head
                )
                end(transfer, .failure(error))
            }
        }
        shelf.forgetUnused(now: now)
        let isBusy = runningCount > 0 || shelf.hasSurplus
        nextSweep = now.advanced(byMilliseconds: isBusy ? Self.busySweepMilliseconds : Self.idleSweepMilliseconds)
    }

    /// Completions run here: libcurl has returned, no lock is held, and one may start the next call at once.
    private func deliver() {
        guard !outbox.isEmpty else { return }
        swap(&delivering, &outbox)
        for entry in delivering {
            inFlight.subtract(1, ordering: .relaxed)
            entry.transfer.complete(with: entry.result)
        }
        delivering.removeAll(keepingCapacity: true)
    }

    // MARK: - One transfer

    private func start(_ transfer: Transfer, isClosing: Bool) {
        let request = transfer.request
        guard !isClosing else { return refuse(transfer, "the transport is shutting down", .abandoned) }
        guard RequestTemplate.isSendable(target: request.target) else {
            return refuse(transfer, "the target is not a path of printable ASCII")
        }
        let pool: RoutePool
        let headers: HeaderList
        do {
            pool = try shelf.pool(for: request.route, now: clock.now)
            headers = try pool.template.headers(of: request)
        } catch {
            return refuse(transfer, error.detail)
        }
        guard let easy = pool.take(settings: settings, now: clock.now) else {
            return refuse(transfer, "libcurl has no memory, or cannot use the CA file")
        }
        let ordinal = pool.load.enter()
        guard let multi = handle(ordinal) else {
            pool.load.leave(ordinal)
            pool.giveBack(easy, isSound: true)
            return refuse(transfer, "libcurl has no memory, or the process no descriptors")
        }
        let deadline = clock.now.advanced(
            byMilliseconds: pool.template.totalMilliseconds(of: request) + Self.graceMilliseconds
        )
        transfer.run = Transfer.Run(easy: easy, pool: pool, multi: multi, deadline: deadline, position: 0)
        guard easy.begin(transfer, headers: headers), multi.add(transfer, easy) else {
            release(transfer, isSound: false)
            return refuse(transfer, "libcurl does not take the request")
        }
        runningCount += 1
        nextSweep = min(nextSweep, clock.now.advanced(byMilliseconds: Self.busySweepMilliseconds))
    }

    /// The multi handle of that number, made at its first call.
    ///
    /// They are taken into use in order.
    private func handle(_ ordinal: Int) -> MultiHandle? {
        while handles.count <= ordinal {
            guard let handle = try? MultiHandle(ordinal: handles.count, limits: handleLimits, poller: poller) else {
                return nil
            }
            handles.append(handle)
        }
        return handles[ordinal]
    }

    private func abandon(_ transfer: Transfer) {
        let detail = "\(transfer.request.route.name): given up by the caller"
        let wasSent = transfer.run?.easy.wasSent ?? false
        end(transfer, .failure(UpstreamError(.abandoned, mayHaveArrived: wasSent, detail: detail)))
    }

    private func refuse(_ transfer: Transfer, _ words: String, _ kind: UpstreamError.Kind = .unavailable) {
        let detail = "\(transfer.request.route.name): \(words); nothing was sent"
        end(transfer, .failure(UpstreamError(kind, mayHaveArrived: false, detail: detail)))
    }

    private func end(_ transfer: Transfer, _ result: Result<UpstreamResponse, UpstreamError>, isSound: Bool = true) {
        guard transfer.end() else { return }
        if let run = transfer.run {
            run.multi.remove(transfer)
            runningCount -= 1
            release(transfer, isSound: isSound)
        }
        outbox.append((transfer, result))
    }

    private func release(_ transfer: Transfer, isSound: Bool) {
        guard let run = transfer.run else { return }
        transfer.run = nil
        run.pool.load.leave(run.multi.ordinal)
        let isClean = run.easy.finish()
        run.pool.giveBack(run.easy, isSound: isSound && isClean)
    }

    // MARK: - All transfers

    /// After an error of libcurl's the state of all transfers on the handle is uncertain: they end, and a new handle
    /// takes its place.
    ///
    /// Without memory for one the old one stays, and its next error tries again.
    private func renew(_ ordinal: Int) {
        let broken = handles[ordinal]
        for transfer in broken.running {
            let wasSent = transfer.run?.easy.wasSent ?? false
            let detail = "\(transfer.request.route.name): libcurl failed, and all calls beside this one with it"
            let error = UpstreamError(wasSent ? .closed : .unavailable, mayHaveArrived: wasSent, detail: detail)
            end(transfer, .failure(error), isSound: false)
        }
        guard let fresh = try? MultiHandle(ordinal: ordinal, limits: handleLimits, poller: poller) else { return }
        handles[ordinal] = fresh
        broken.close()
    }

    private func endAll() {
        for handle in handles {
            for transfer in handle.running {
                let wasSent = transfer.run?.easy.wasSent ?? false
                let detail = "\(transfer.request.route.name): given up, the transport is shutting down"
                end(transfer, .failure(UpstreamError(.abandoned, mayHaveArrived: wasSent, detail: detail)))
            }
        }
        shelf.forgetAll()
        for handle in handles { handle.close() }
        handles.removeAll()
    }
}
