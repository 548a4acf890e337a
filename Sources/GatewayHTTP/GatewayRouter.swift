/// The table of everything that the gateway answers, and how a request finds its row.
enum GatewayRouter {
    /// One row of the table; `HEAD` comes with every `GET`, and `OPTIONS` with every path.
    final class Row: Sendable {
        let method: HTTPMethod
        let route: Route
        /// The query parameters that are known; nil where a query means nothing and is passed over.
        let parameters: [QueryParameter]?
        /// Whether web pages and callers without a key may call it: it shows nothing of the tasks, and does nothing.
        let isOpen: Bool
        /// What stands before the parameter, or the whole path.
        private let start: [UInt8]
        /// What stands behind the parameter; nil without one.
        private let end: [UInt8]?
        /// What is no parameter here, because it is a path of its own.
        private let exceptions: [[UInt8]]

        fileprivate init(
            _ method: HTTPMethod,
            _ route: Route,
            parameters: [QueryParameter]? = nil,
            except exceptions: [String] = [],
            isOpen: Bool = false
        ) {
            self.exceptions = exceptions.map { Array($0.utf8) }
            self.method = method
            self.route = route
            self.parameters = parameters
            self.isOpen = isOpen
            let pieces = "\(route.path)".utf8.split(separator: UInt8(ascii: "{"))
            start = Array(pieces[0])
            end = pieces.count == 2 ? Array(pieces[1].drop { $0 != UInt8(ascii: "}") }.dropFirst()) : nil
        }

        /// What stands at the place of the parameter (empty without one); nil if the path is another one.
        fileprivate func match(_ path: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
            let endCount = end?.count ?? 0
            guard path.count >= start.count + endCount, isEqual(path, start, at: 0) else { return nil }
            let parameter = start.count..<path.count - endCount
            guard let end else { return parameter.isEmpty ? parameter : nil }
            guard isEqual(path, end, at: parameter.upperBound), isSegment(path, parameter) else { return nil }
            for exception in exceptions
            where exception.count == parameter.count && isEqual(path, exception, at: parameter.lowerBound) {
                return nil
            }
            return parameter
        }

        /// No path has a segment that is empty, `.` or `..`.
        private func isSegment(_ path: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
            var dots = 0
            for index in range {
                if path[index] == UInt8(ascii: "/") { return false }
                if path[index] == UInt8(ascii: ".") { dots += 1 }
            }
            return dots < range.count || range.count > 2
        }

        private func isEqual(_ path: UnsafeBufferPointer<UInt8>, _ piece: [UInt8], at offset: Int) -> Bool {
            for index in piece.indices where path[offset + index] != piece[index] { return false }
            return true
        }
    }

    static let table: [Row] = [
        Row(.get, .readTask, parameters: [.wait, .until, .maxAge, .view, .provider], except: ["status", "cancel"]),
        Row(.patch, .changeTask, parameters: [.wait, .provider], except: ["status", "cancel"]),
        Row(.post, .cancelTask, parameters: [.wait, .provider]),
        Row(.post, .readTasks, parameters: [.wait, .awaited, .maxAge, .view, .provider]),
        Row(.post, .cancelTasks, parameters: [.wait, .awaited, .provider]),
        Row(.get, .tasks, parameters: [.provider, .status, .done, .watched, .limit, .cursor]),
        Row(.get, .taskEvents, parameters: [.provider]),
        Row(.get, .events, parameters: [.ids, .provider]),
        Row(.get, .readWatch, parameters: [.provider]),
        Row(.put, .putWatch, parameters: [.provider]),
        Row(.delete, .removeWatch, parameters: [.provider]),
        Row(.post, .renewLease, parameters: [.provider]),
        Row(.get, .watches, parameters: [.limit, .cursor]),
        Row(.get, .deliveries, parameters: [.task, .state, .limit, .cursor]),
        Row(.get, .delivery, parameters: []),
        Row(.post, .redeliver, parameters: []),
        Row(.get, .audit, parameters: [.task, .limit, .cursor]),
        Row(.get, .providers, parameters: []),
        Row(.get, .provider, parameters: []),
        Row(.get, .live, isOpen: true),
        Row(.get, .ready, isOpen: true),
        Row(.get, .metrics, parameters: []),
        Row(.get, .openAPI),
        Row(.get, .problems, isOpen: true),
        Row(.get, .problem, isOpen: true),
        Row(.get, .index),
    ]

    enum Finding: Sendable {
        /// The row, and the segment at the place of its parameter, still percent-encoded.
        case found(Row, parameter: Substring)
        /// The path is there, and takes these methods only.
        case otherMethods(MethodSet, of: Row)
        case nothing

        /// Whether anybody may ask, web pages and callers without a key included.
        var isOpen: Bool {
            switch self {
            case .found(let row, _): row.isOpen
            case .otherMethods(_, let row): row.isOpen
            case .nothing: false
            }
        }

        /// One of those that the path has, where there is one.
        var route: Route? {
            switch self {
            case .found(let row, _), .otherMethods(_, let row): row.route
            case .nothing: nil
            }
        }
    }

    /// Finds the row for a method (nil for one that no path takes) and a path.
    static func find(_ method: HTTPMethod?, _ target: RequestTarget) -> Finding {
        let wanted = method == .head ? .get : method
        var allowed: MethodSet = []
        var found: Row?
        for row in table {
            guard let parameter = target.path.withBytes(row.match) else { continue }
            if row.method == wanted { return .found(row, parameter: target.path[utf8: parameter]) }
            allowed.formUnion(row.method == .get ? [.get, .head, .options] : [MethodSet(row.method), .options])
            found = row
        }
        return found.map { .otherMethods(allowed, of: $0) } ?? .nothing
    }
}
