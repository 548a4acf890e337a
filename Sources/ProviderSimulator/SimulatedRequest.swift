internal import NIOCore
internal import NIOHTTP1

/// One header of a request or an answer.
package struct SimulatedHeader: Sendable, Equatable {
    /// As it was sent, in any case.
    package let name: String
    /// As it was sent, without the space around it.
    package let value: String

    /// A header of this name and value.
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One request as it arrived, whatever was answered.
package struct SimulatedRequest: Sendable {
    /// Nil for the control interface.
    package let provider: SimulatedProvider?
    /// What it asked for.
    package internal(set) var operation: SimulatedOperation = .other
    /// The task that it named, if its path, query, or body named one.
    package internal(set) var taskID: String?
    let head: HTTPRequestHead
    let content: ByteBuffer

    init(provider: SimulatedProvider?, head: HTTPRequestHead, content: ByteBuffer) {
        self.provider = provider
        self.head = head
        self.content = content
    }

    /// The method, in capitals.
    package var method: String { head.method.rawValue }

    /// The path with its query, exactly as it was sent.
    package var target: String { head.uri }

    /// Every header in the order in which it came.
    package var headers: [SimulatedHeader] { head.headers.map { SimulatedHeader($0.name, $0.value) } }

    /// The body, empty if there was none.
    package var body: [UInt8] { Array(content.readableBytesView) }

    /// The first header of this name, in any case.
    package func header(_ name: String) -> String? { head.headers.first(name: name) }
}

extension SimulatedRequest {
    // Bytes are compared here, not letters: this is done for every request.

    var path: Substring { Substring(head.uri.utf8.prefix { $0 != UInt8(ascii: "?") }) }

    /// The parts of the path between its slashes; an empty part stays, so that `//` is not mistaken for `/`.
    var pathParts: [Substring] {
        path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Substring.init)
    }

    /// The first value of a query parameter, as it was sent.
    func query(_ name: String) -> String? {
        guard let mark = head.uri.firstIndex(of: "?") else { return nil }
        for pair in head.uri[head.uri.index(after: mark)...].split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1)
            if sides.count == 2, sides[0] == name { return String(sides[1]) }
        }
        return nil
    }

    var json: SimulatorJSON? { SimulatorJSON(content.readableBytesView) }

    /// The token of `Authorization: Bearer <token>`.
    var bearerToken: String? {
        guard let value = header("Authorization"), value.hasPrefix("Bearer ") else { return nil }
        return String(Substring(value.utf8.dropFirst("Bearer ".utf8.count)))
    }

    /// The media type is compared without its parameters, as `application/json; charset=utf-8` is JSON as well.
    var saysJSON: Bool {
        guard let value = header("Content-Type") else { return false }
        return value.prefix { $0 != ";" && $0 != " " }.lowercased() == "application/json"
    }
}

/// The last requests, as many as the limit allows, in the order in which they came.
struct RequestLog: Sendable {
    private var requests: [SimulatedRequest] = []
    private var oldest = 0
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    mutating func record(_ request: SimulatedRequest) {
        if requests.count < limit {
            requests.append(request)
        } else if limit > 0 {
            requests[oldest] = request
            oldest = (oldest + 1) % limit
        }
    }

    mutating func clear() {
        requests = []
        oldest = 0
    }

    var inOrder: [SimulatedRequest] { Array(requests[oldest...] + requests[..<oldest]) }
}

/// How often a provider was called since it started, or since its records were cleared.
package struct SimulatedCounts: Sendable, Equatable {
    /// Calls of any kind.
    package internal(set) var total = 0
    /// Calls that are meant for polling.
    package internal(set) var status = 0
    /// Calls that cancel or stop, also those that were refused.
    package internal(set) var cancel = 0
    /// Calls that delete a task with its history, which nobody who wants to cancel may make.
    package internal(set) var delete = 0
    /// Stops of xpander tasks in `error`, which the service turns into `stopped`: a failure that nobody sees any more.
    package internal(set) var failuresHiddenByStop = 0

    mutating func count(_ operation: SimulatedOperation) {
        total += 1
        switch operation {
        case .status: status += 1
        case .cancel: cancel += 1
        case .delete: delete += 1
        case .detail, .rawStatus, .rename, .create, .other: break
        }
    }
}
