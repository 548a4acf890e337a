/// What goes wrong instead of an answer, or with it.
package enum SimulatedFault: Sendable, Equatable {
    /// This answer, without the request having had any effect.
    case answer(status: Int, headers: [SimulatedHeader] = [], body: String = "")
    /// This answer, though the request had its effect: a 500 after which the task is cancelled all the same.
    case appliedThenAnswer(status: Int, headers: [SimulatedHeader] = [], body: String = "")
    /// The right answer, late by real time.
    case delay(Duration)
    /// Nothing at all; the connection stays open.
    case silence
    /// The connection is closed without a byte, without the request having had any effect.
    case close
    /// The connection is closed without a byte, after the request had its effect.
    case answerLost
    /// The right answer up to its middle, then a reset of the connection.
    case resetMidBody
    /// The right answer up to its middle under the length of the whole, then an orderly close.
    case shortBody
    /// The right answer cut off in its middle, as a complete message.
    case truncatedJSON
    /// A 200 with a web page.
    case htmlPage
    /// A 200 without a body.
    case emptyBody
    /// A 204.
    case noContent
    /// The right answer wrapped into an array.
    case jsonArray
    /// The right answer, preceded by a `status` and a `state` that contradict it.
    case duplicateKey
    /// The right answer, preceded by a string that is not UTF-8.
    case invalidUTF8
    /// The right answer after a byte order mark.
    case byteOrderMark
    /// The right answer with every occurrence of a text replaced, such as `"progress":45` by `"progress":"45"`.
    case rewritten(String, to: String)
    /// Arrays within arrays.
    case depthBomb(levels: Int = 100_000)
    /// JSON that does not end before so many bytes.
    case endlessBody(bytes: Int = 104_857_600)
    /// Compressed spaces that unpack to so many bytes, whether or not the client can unpack.
    case gzipBomb(bytes: Int = 104_857_600)
    /// A redirect to another place.
    case redirect(to: String, status: Int = 307)
    /// The right answer, byte by byte.
    case drip(every: Duration)
    /// These bytes as they are, which need not be HTTP, then an orderly close.
    case raw(String)
}

extension SimulatedFault {
    /// Whether the request has its effect, because the fault befalls only the answer.
    var comesAfterEffect: Bool {
        switch self {
        case .appliedThenAnswer, .delay, .answerLost, .resetMidBody, .shortBody, .truncatedJSON, .jsonArray,
            .duplicateKey, .invalidUTF8, .byteOrderMark, .rewritten, .drip:
            true
        case .answer, .silence, .close, .htmlPage, .emptyBody, .noContent, .depthBomb, .endlessBody, .gzipBomb,
            .redirect, .raw:
            false
        }
    }
}

/// A fault, and the requests that it befalls.
package struct SimulatedFaultRule: Sendable, Equatable {
    /// What goes wrong.
    package var fault: SimulatedFault
    /// Nil for every operation.
    package var operation: SimulatedOperation?
    /// Nil for every task.
    package var taskID: String?
    /// How many requests it still befalls; nil for all.
    package var times: Int?

    /// A fault for every request, unless an operation, a task, or a number of times narrows it down.
    package init(
        _ fault: SimulatedFault,
        on operation: SimulatedOperation? = nil,
        ofTask taskID: String? = nil,
        times: Int? = nil
    ) {
        self.fault = fault
        self.operation = operation
        self.taskID = taskID
        self.times = times
    }

    func befalls(_ request: SimulatedRequest) -> Bool {
        (operation == nil || operation == request.operation) && (taskID == nil || taskID == request.taskID)
    }
}
