internal import Glibc
internal import Testing

@testable internal import CurlUpstream

@Suite("The poller")
struct PollerTests {
    // What libcurl says of a socket.
    private static let read: Int32 = 1
    private static let remove: Int32 = 4

    /// Two ends of a connection; the poller watches the first.
    private func makePair() -> (near: Int32, far: Int32) {
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        return (ends[0], ends[1])
    }

    private func readyDescriptors(_ poller: Poller) -> [Int32] {
        let count = poller.wait(milliseconds: 0)
        return (0..<count).compactMap { poller.readySocket(at: $0)?.descriptor }
    }

    @Test func `a connection that idles stays watched, and is ready again without being registered again`() throws {
        let poller = try Poller(wakeUp: try WakeUp())
        let (near, far) = makePair()
        poller.opened(near)
        poller.want(Self.read, on: near, for: 3)
        #expect(write(far, "a", 1) == 1)
        #expect(poller.wait(milliseconds: 0) == 1)
        #expect(poller.readySocket(at: 0)?.owner == 3)
        poller.want(Self.remove, on: near, for: 3)
        poller.want(Self.read, on: near, for: 3)
        #expect(readyDescriptors(poller) == [near])
        poller.closing(near)
        close(near)
        close(far)
    }

    @Test func `an idle connection that the other side closes wakes the loop once`() throws {
        let poller = try Poller(wakeUp: try WakeUp())
        let (near, far) = makePair()
        poller.opened(near)
        poller.want(Self.read, on: near, for: 0)
        poller.want(Self.remove, on: near, for: 0)
        close(far)
        #expect(poller.wait(milliseconds: 0) == 1)
        #expect(poller.readySocket(at: 0)?.descriptor == nil)
        #expect(poller.wait(milliseconds: 0) == 0)
        poller.want(Self.read, on: near, for: 0)
        #expect(readyDescriptors(poller) == [near])
        poller.closing(near)
        close(near)
    }

    @Test func `a socket that was closed untold and came back under its number is watched`() throws {
        let poller = try Poller(wakeUp: try WakeUp())
        let first = makePair()
        poller.want(Self.read, on: first.near, for: 0)
        let spare = makePair()
        // The number now belongs to another socket, which the kernel has not registered.
        #expect(dup2(spare.near, first.near) == first.near)
        poller.want(Self.read, on: first.near, for: 0)
        #expect(write(spare.far, "a", 1) == 1)
        #expect(readyDescriptors(poller) == [first.near])
        poller.want(Self.remove, on: first.near, for: 0)
        for descriptor in [first.near, first.far, spare.near, spare.far] { close(descriptor) }
    }

    @Test func `a descriptor that is closed is no reason to fail`() throws {
        let poller = try Poller(wakeUp: try WakeUp())
        poller.want(Self.read, on: 19_999, for: 0)
        poller.want(Self.remove, on: 19_999, for: 0)
        #expect(poller.wait(milliseconds: 0) == 0)
    }

    @Test func `a wake-up ends the wait, each time`() throws {
        let wakeUp = try WakeUp()
        let poller = try Poller(wakeUp: wakeUp)
        for _ in 0..<3 {
            wakeUp.signal()
            #expect(poller.wait(milliseconds: nil) == 1)
            #expect(poller.readySocket(at: 0)?.descriptor == nil)
        }
        #expect(poller.wait(milliseconds: 0) == 0)
    }
}
