internal import Testing
internal import Upstream

@testable internal import CurlUpstream

@Suite("The parts that need no network")
struct PartTests {
    private func read(_ lines: [String], limit: Int = 10) -> (reader: AnswerReader, isTaken: Bool) {
        var reader = AnswerReader(bodyByteLimit: limit)
        let isTaken = lines.allSatisfy { line in
            Array((line + "\r\n").utf8).withUnsafeBytes { reader.takeHeaderLine($0) }
        }
        return (reader, isTaken)
    }

    @Test func `only the last header's kept fields are kept`() {
        let reader = read([
            "HTTP/1.1 100 Continue", "Retry-After: 1", "", "HTTP/1.1 200 OK", "X-RATELIMIT-RESET:\t 7 ",
            "Set-Cookie: x",
            "",
            "Retry-After: 2", "HTTP/1.1 200 OK", "Retry-After: 3", "",
        ]).reader
        #expect(reader.headers == [UpstreamHeader("x-ratelimit-reset", "7")])
        #expect(reader.isHeaderWhole)
    }

    @Test func `a header without its blank line is not whole, nor is an interim one`() {
        #expect(!read(["HTTP/1.1 200 OK", "A: b"]).reader.isHeaderWhole)
        #expect(!read(["HTTP/1.1 103 Early Hints", ""]).reader.isHeaderWhole)
    }

    @Test func `two lengths that differ are refused, the same one twice is not`() {
        #expect(read(["HTTP/1.1 200 OK", "Content-Length: 5", "content-length:  5", ""]).isTaken)
        let conflict = read(["HTTP/1.1 200 OK", "Content-Length: 5", "Content-Length: 6", ""])
        #expect(!conflict.isTaken)
        #expect(conflict.reader.refusal == .conflictingLengths)
        #expect(!read(["HTTP/1.1 200 OK", "Content-Length: 5, 5", "Content-Length: 5, 5", ""]).isTaken)
    }

    @Test func `header bytes count over all answers to a request`() {
        let lines = Array(repeating: "HTTP/1.1 100 Continue", count: 1 + AnswerReader.headerByteLimit / 23)
        let outcome = read(lines)
        #expect(!outcome.isTaken)
        #expect(outcome.reader.refusal == .headerTooLarge)
    }

    @Test func `an empty value is written so that libcurl sends it`() throws {
        #expect(try HeaderList.line(of: UpstreamHeader("A", "")) == "A;")
        #expect(try HeaderList.line(of: UpstreamHeader("A", " \t")) == "A;")
        #expect(try HeaderList.line(of: UpstreamHeader("A", "b")) == "A: b")
    }

    @Test func `limits are rounded up, and never to libcurl's word for none`() {
        #expect(Duration.zero.limitMilliseconds == 1)
        #expect(Duration.seconds(-5).limitMilliseconds == 1)
        #expect(Duration.microseconds(1_500).limitMilliseconds == 2)
        #expect(Duration.seconds(3).limitMilliseconds == 3_000)
        #expect(Duration.milliseconds(1_001).limitSeconds == 2)
        #expect(Duration.seconds(Int64.max).limitMilliseconds == 1_000_000_000)
    }

    @Test func `calls to an origin stay together while they are few, and are spread when they are many`() {
        let limits = MultiHandle.Limits(connectionsPerHost: 128, connectionsKept: 128)
        let load = OriginLoad(origin: "http://a", limits: limits, handleCount: 3)
        let first = (0..<OriginLoad.fewPlainCalls).map { _ in load.enter() }
        #expect(Set(first) == [0])
        #expect(load.enter() == 1)
        for _ in 0..<(2 * OriginLoad.fewPlainCalls - 1) { _ = load.enter() }
        #expect((0..<4).map { _ in load.enter() } == [0, 1, 2, 0])
        for _ in 0..<3 { load.leave(2) }
        #expect(load.enter() == 2)
    }

    @Test(arguments: [("https://a", 128, 64), ("https://a", 32, 32), ("http://a", 4, 4)])
    func `calls over TLS stay together longer, but never beyond a handle's limit`(
        origin: String,
        limit: Int,
        together: Int
    ) {
        let limits = MultiHandle.Limits(connectionsPerHost: limit, connectionsKept: limit)
        let load = OriginLoad(origin: origin, limits: limits, handleCount: 2)
        #expect((0...together).map { _ in load.enter() } == Array(repeating: 0, count: together) + [1])
    }

    @Test func `handles that nobody needed are dropped, and none that was in use meanwhile`() throws {
        try CurlLibrary.prepare()
        let poller = try Poller(wakeUp: WakeUp())
        let clock = LoopClock()
        let settings = EasySettings(caFile: nil, socketHooks: poller.socketHooks, clock: clock)
        let limits = MultiHandle.Limits(connectionsPerHost: 1, connectionsKept: 1)
        let pool = try RouteShelf(handleCount: 1, limits: limits).pool(for: route("http://127.0.0.1"), now: clock.now)
        let handles = (0..<RoutePool.idleFloor + 10).compactMap { _ in pool.take(settings: settings, now: clock.now) }
        for handle in handles { pool.giveBack(handle, isSound: true) }
        pool.trim()
        #expect(pool.hasSurplus)
        pool.trim()
        #expect(!pool.hasSurplus)
        #expect(pool.take(settings: settings, now: clock.now) === handles.last)
    }

    @Test func `a mailbox wakes only a loop that sleeps, and takes nothing once closed`() throws {
        let mailbox = LoopMailbox(wakeUp: try WakeUp())
        let request = UpstreamRequest(route: route("http://127.0.0.1"), target: "/")
        let transfer = Transfer(request: request, mailbox: mailbox) { _ in }
        #expect(mailbox.fallAsleep())
        #expect(mailbox.post(.start(transfer)))
        #expect(!mailbox.fallAsleep())
        var batch: [LoopMailbox.Command] = []
        let wasClosed = mailbox.takeAll(into: &batch)
        #expect(!wasClosed)
        #expect(batch.count == 1)
        mailbox.close()
        #expect(!mailbox.post(.abandon(transfer)))
        #expect(!mailbox.fallAsleep())
    }

    @Test func `a shelf forgets routes that are not used`() throws {
        let shelf = RouteShelf(handleCount: 1, limits: .init(connectionsPerHost: 1, connectionsKept: 1))
        let now = MonotonicTime.now()
        _ = try shelf.pool(for: route("http://127.0.0.1"), now: now)
        shelf.forgetUnused(now: now)
        #expect(!shelf.isEmpty)
        shelf.forgetUnused(now: now.advanced(byMilliseconds: RouteShelf.keptMilliseconds + 1))
        #expect(shelf.isEmpty)
    }
}
