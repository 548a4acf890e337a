internal import Following
internal import NIOCore
internal import Synchronization

/// The open streams of one event loop.
///
/// Belongs to its event loop.
final class EventStreams {
    /// The beats of all streams are spread over one interval, so that they do not hold up the loop together.
    private static let slotCount = 16
    /// How many events are kept as they are written, for streams that show them a little later.
    private static let maximumRendered = 64

    private struct RenderedKey: Hashable {
        let document: ObjectIdentifier
        let sequence: Int64?
        let name: EventName
    }

    private struct Rendered {
        let key: RenderedKey
        /// Held, so that its identifier is nobody else's.
        let document: SharedBytes
        let piece: StreamPiece
    }

    let mailbox: StreamMailbox
    private let eventLoop: any EventLoop
    private let heartbeat: Duration
    private var slots: [[ObjectIdentifier: EventStreamWriter]]
    private var nextSlot = 0
    private var beatingSlot = 0
    private var count = 0
    private var beats: RepeatedTask?
    private var rendered: [RenderedKey: Rendered] = [:]
    /// What was written last: mostly one stream writes the same after the other.
    private var latest: Rendered?

    init(eventLoop: any EventLoop, heartbeat: Duration) {
        self.eventLoop = eventLoop
        self.heartbeat = heartbeat
        mailbox = StreamMailbox(eventLoop: eventLoop)
        slots = Array(repeating: [:], count: Self.slotCount)
    }

    /// Takes in a stream whose request is being answered, and returns what it names when it leaves.
    func add(_ stream: EventStreamWriter) -> Int {
        let slot = nextSlot
        nextSlot = (nextSlot + 1) % Self.slotCount
        slots[slot][ObjectIdentifier(stream)] = stream
        count += 1
        if beats == nil { startBeats() }
        return slot
    }

    func remove(_ stream: EventStreamWriter, from slot: Int) {
        guard slots[slot].removeValue(forKey: ObjectIdentifier(stream)) != nil else { return }
        count -= 1
        guard count == 0 else { return }
        beats?.cancel()
        beats = nil
        rendered = [:]
        latest = nil
    }

    /// Ends those that are meant, whose readers come back.
    func cut(_ isMeant: (EventStreamWish) -> Bool) {
        for slot in slots {
            for stream in slot.values where isMeant(stream.wish) { stream.cut() }
        }
    }

    /// An event as it is written, made once for all the streams of the loop.
    func piece(_ name: EventName, _ document: SharedBytes, sequence: Int64?) -> StreamPiece {
        let key = RenderedKey(document: ObjectIdentifier(document), sequence: sequence, name: name)
        if let latest, latest.key == key { return latest.piece }
        let found = rendered[key] ?? render(key, document)
        latest = found
        return found.piece
    }

    private func render(_ key: RenderedKey, _ document: SharedBytes) -> Rendered {
        if rendered.count >= Self.maximumRendered { rendered.removeAll(keepingCapacity: true) }
        let piece = StreamPiece(key.name, document.bytes, sequence: key.sequence)
        let made = Rendered(key: key, document: document, piece: piece)
        rendered[key] = made
        return made
    }

    private func startBeats() {
        let interval = max(.milliseconds(1), TimeAmount(heartbeat / Self.slotCount))
        let me = NIOLoopBound(self, eventLoop: eventLoop)
        beats = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in me.value.beat() }
    }

    private func beat() {
        beatingSlot = (beatingSlot + 1) % Self.slotCount
        for stream in Array(slots[beatingSlot].values) { stream.beat() }
    }
}

/// What the sinks of one event loop's streams were told, on its way to the loop.
///
/// The loop is woken once for all that has come until it looks, and not for each stream.
final class StreamMailbox: Sendable {
    typealias Letter = (writer: NIOLoopBound<EventStreamWriter>, message: StreamMessage)

    /// The most that is written before others have their turn on the loop.
    private static let turn = 512

    private struct State {
        var letters: [Letter] = []
        /// Whether the loop has been told, and has not taken all.
        var isUnderway = false
        /// Whether the loop is about to go: nobody reads any more.
        var isOver = false
    }

    private let eventLoop: any EventLoop
    private let state = Mutex(State())

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Takes what a stream is told, on any thread; also late, when the stream is closed already.
    func put(_ letter: Letter) {
        state.withLock { state in
            guard !state.isOver else { return }
            state.letters.append(letter)
            if !state.isUnderway { eventLoop.execute { self.deliver([], from: 0) } }
            state.isUnderway = true
        }
    }

    /// The event loop is about to go.
    func end() {
        state.withLock { state in
            state.isOver = true
            state.letters = []
        }
    }

    private func deliver(_ letters: [Letter], from start: Int) {
        var (letters, start) = (letters, start)
        if start == letters.count {
            (letters, start) = (take(), 0)
            guard !letters.isEmpty else { return }
        }
        let end = min(start + Self.turn, letters.count)
        var written: [EventStreamWriter] = []
        for letter in letters[start..<end] {
            let writer = letter.writer.value
            if writer.take(letter.message) { written.append(writer) }
        }
        for writer in written { writer.flush() }
        let rest = letters
        eventLoop.execute { self.deliver(rest, from: end) }
    }

    private func take() -> [Letter] {
        state.withLock { state in
            let letters = state.letters
            state.letters = []
            state.isUnderway = !letters.isEmpty
            return letters
        }
    }
}
