internal import Glibc
internal import Synchronization
package import Upstream

/// The way to providers over libcurl.
///
/// It speaks HTTP/1.1 on connections that are kept, follows no redirect, and takes nothing from the environment: no
/// proxy, no netrc, no cookies.
package final class CurlTransport: UpstreamTransport {
    /// How much a transport may use.
    package struct Configuration: Sendable, Hashable {
        /// Threads that run libcurl.
        package var loops: Int
        /// libcurl's multi handles on each loop at most, over which the calls to one origin are spread.
        ///
        /// There are no more than one for each 32 connections to a host, and each is made when it is needed.
        package var handlesPerLoop: Int
        /// The certificates to trust, in PEM form; nil trusts what libcurl was built to trust.
        package var caFile: String?
        /// Connections to one host at a time, of each loop.
        ///
        /// What is beyond waits, and its time runs.
        package var connectionsPerHost: Int
        /// Connections kept by each loop.
        ///
        /// Busy ones count, too: when one ends its work and there are more than this, the longest idle is closed. So
        /// this belongs above the calls expected at a time.
        package var connectionsKept: Int
        /// Calls under way at a time, of the whole transport.
        ///
        /// What is beyond is refused as `unavailable`.
        package var callsInFlight: Int

        package init(
            loops: Int = 1,
            handlesPerLoop: Int = 64,
            caFile: String? = nil,
            connectionsPerHost: Int = 4_096,
            connectionsKept: Int = 8_192,
            callsInFlight: Int = 16_384
        ) {
            self.loops = loops
            self.handlesPerLoop = handlesPerLoop
            self.caFile = caFile
            self.connectionsPerHost = connectionsPerHost
            self.connectionsKept = connectionsKept
            self.callsInFlight = callsInFlight
        }
    }

    private let loops: [CurlLoop]
    private let threads: Mutex<[LoopThread]>
    private let callsInFlightPerLoop: Int

    /// Starts the loops.
    ///
    /// Throws where libcurl or the machine cannot serve.
    package init(configuration: Configuration = Configuration()) throws(CurlSetupError) {
        try CurlLibrary.prepare()
        if let caFile = configuration.caFile, access(caFile, R_OK) != 0 {
            throw CurlSetupError("the CA file \(caFile) cannot be read")
        }
        let loopCount = max(1, configuration.loops)
        let handleCount = max(1, min(configuration.handlesPerLoop, configuration.connectionsPerHost / 32))
        let limits = MultiHandle.Limits(
            connectionsPerHost: Self.share(of: configuration.connectionsPerHost, among: handleCount),
            connectionsKept: Self.share(of: configuration.connectionsKept, among: handleCount)
        )
        callsInFlightPerLoop = Self.share(of: configuration.callsInFlight, among: loopCount)
        var loops: [CurlLoop] = []
        for _ in 0..<loopCount {
            loops.append(
                try CurlLoop(handleCount: handleCount, handleLimits: limits, caFile: configuration.caFile)
            )
        }
        self.loops = loops
        threads = Mutex([])
        for (index, loop) in loops.enumerated() {
            let thread = try LoopThread(running: loop, name: "upstream-\(index)")
            threads.withLock { $0.append(thread) }
        }
    }

    deinit {
        shutdown()
    }

    /// How many calls are under way.
    package var callsUnderWay: Int { loops.reduce(0) { $0 + $1.inFlight.load(ordering: .relaxed) } }

    /// Sends a request, on the loop with the least to do.
    ///
    /// See `UpstreamTransport`.
    ///
    /// A call that is refused at once (too many under way, or the transport is shut down) completes on the caller's
    /// thread, before this method returns.
    @discardableResult
    package func send(
        _ request: UpstreamRequest,
        completion: @escaping @Sendable (Result<UpstreamResponse, UpstreamError>) -> Void
    ) -> any UpstreamCall {
        let loop = leastBusyLoop()
        let transfer = Transfer(request: request, mailbox: loop.mailbox, completion: completion)
        let count = loop.inFlight.add(1, ordering: .relaxed).newValue
        let refusal: String
        var kind = UpstreamError.Kind.unavailable
        if count > callsInFlightPerLoop {
            refusal = "too many calls are under way"
        } else if !loop.mailbox.post(.start(transfer)) {
            refusal = "the transport is shut down"
            kind = .abandoned
        } else {
            return transfer
        }
        loop.inFlight.subtract(1, ordering: .relaxed)
        // Abandoning it later must find nothing to do.
        _ = transfer.end()
        let detail = "\(request.route.name): \(refusal); nothing was sent"
        transfer.complete(with: .failure(UpstreamError(kind, mayHaveArrived: false, detail: detail)))
        return transfer
    }

    /// Stops taking calls, gives up those under way, and waits until all have completed and the threads have ended.
    ///
    /// Later calls return at once. Not to be called from a completion: there it cannot wait.
    package func shutdown() {
        for loop in loops { loop.mailbox.close() }
        let ending = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in ending { thread.join() }
    }

    private func leastBusyLoop() -> CurlLoop {
        var least = loops[0]
        guard loops.count > 1 else { return least }
        var leastCount = least.inFlight.load(ordering: .relaxed)
        for loop in loops.dropFirst() {
            let count = loop.inFlight.load(ordering: .relaxed)
            if count < leastCount {
                least = loop
                leastCount = count
            }
        }
        return least
    }

    /// Rounded up: a limit is shared out, and none of it is lost.
    private static func share(of limit: Int, among count: Int) -> Int {
        max(1, (limit + count - 1) / count)
    }
}
