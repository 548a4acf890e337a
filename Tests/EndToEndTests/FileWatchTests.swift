import Testing

@testable import taskgate

@Suite struct `Watching files` {
    @Test func `reads a change when it has settled, and once`() {
        var watch = FileWatch(read: [1])
        #expect(watch.looked([1]) == .unchanged)
        #expect(watch.looked([2]) == .unsettled)
        #expect(watch.looked([3]) == .unsettled)
        #expect(watch.looked([3]) == .changed)
        // Until it says that it reads, it is to be read.
        #expect(watch.looked([3]) == .changed)
        watch.reads([3])
        #expect(watch.looked([3]) == .unchanged)
    }

    @Test func `forgets a change that was taken back`() {
        var watch = FileWatch(read: [1])
        #expect(watch.looked([2]) == .unsettled)
        #expect(watch.looked([1]) == .unchanged)
        #expect(watch.looked([2]) == .unsettled)
    }

    @Test func `sees what changes while the files are read`() {
        var watch = FileWatch(read: [1])
        watch.reads([2])
        #expect(watch.looked([3]) == .unsettled)
        #expect(watch.looked([3]) == .changed)
    }
}
