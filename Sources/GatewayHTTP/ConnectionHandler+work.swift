internal import NIOCore
internal import TaskModel

/// Answers that are neither known at once nor the reply to one question.
extension ConnectionHandler {
    /// Asks about many tasks.
    func askAll(_ question: BatchQuestion, _ number: UInt64) {
        guard let me else { return }
        let call = BatchCall(question, loop.interpreter, core: core, eventLoop: me.eventLoop) { answer in
            me.value.answered(answer, to: number)
        }
        exchanges.hold(call, for: number)
        call.fill()
    }

    /// Has an asynchronous method make the answer, without holding up the event loop.
    func answer(_ number: UInt64, later work: LaterAnswer) {
        guard let me else { return }
        let laterAnswers = core.laterAnswers
        guard laterAnswers.begin() else { return exchanges.answer(number, with: work.overloaded) }
        Task {
            let answer = await work.answer()
            laterAnswers.finish {
                me.eventLoop.execute { me.value.answered(answer, to: number) }
            }
        }
    }

    /// An answer has come; it is passed over where nobody waits for it any more.
    private func answered(_ answer: HTTPAnswer, to number: UInt64) {
        exchanges.answer(number, with: answer)
        advance()
    }

    // MARK: - Streams

    /// Opens the stream that is to answer the oldest request; false where there is none.
    func openDueStream() -> Bool {
        guard let (request, wish) = exchanges.takeDueStream() else { return false }
        let writer = EventStreamWriter(wish, request, connection: self)
        stream = writer
        if wish.tasks.count > 1 { makeRoom(forTasks: wish.tasks.count) }
        writer.open()
        return true
    }

    /// A stream of many tasks begins with all of them at once, for which the usual room is not meant.
    private func makeRoom(forTasks count: Int) {
        let room = EventStreamWriter.roomForEvents + EventStreamWriter.roomForTask * (count - 1)
        let mark = ChannelOptions.Types.WriteBufferWaterMark(low: EventStreamWriter.roomForEvents / 2, high: room)
        // No kind of channel lacks this option; one that did would have less room.
        try? context?.channel.syncOptions?.setOption(.writeBufferWaterMark, value: mark)
    }

    private func forgetStream() {
        if let stream, stream.wish.tasks.count > 1 { makeRoom(forTasks: 1) }
        stream = nil
    }

    /// The oldest request is answered without a stream after all.
    func answerStream(with answer: HTTPAnswer) {
        forgetStream()
        exchanges.answerStream(with: answer)
        advance()
    }

    /// Writes the last of a stream, and goes on with what is behind it.
    func endStream(_ last: ByteBuffer, closes: Bool) {
        forgetStream()
        exchanges.endStream()
        guard phase == .open else { return }
        if closes || isLast { return writeLast(last) }
        write(last)
        flush()
        advance()
    }
}
