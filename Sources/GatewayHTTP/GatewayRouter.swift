/// What a request asks for, by its method and path.
enum Route: Sendable, Hashable {
    case index
    case readTask
    case changeTask
    case cancelTask
    case providers
    case provider
    case live
    case ready
    case openAPI
    case problems
    case problem
}

/// The table of everything that the gateway answers, and how a request finds its row.
enum GatewayRouter {
    /// One row of the table; `HEAD` comes with every `GET`, and `OPTIONS` with every path.
    final class Row: Sendable {
        let method: HTTPMethod
        /// In the spelling of OpenAPI, `{…}` for one segment.
        let path: String
        let route: Route
        /// The query parameters that are known; nil where a query means nothing and is passed over.
        let parameters: [QueryParameter]?
        /// Whether web pages and callers without a key may call it: it shows nothing of the tasks, and does nothing.
        let isOpen: Bool
        /// What stands before the parameter, or the whole path.
        private let start: [UInt8]
        /// What stands behind the parameter; nil without one.
        private let end: [UInt8]?

        fileprivate init(
            _ method: HTTPMethod,
            _ path: String,
            _ route: Route,
            parameters: [QueryParameter]? = nil,
            isOpen: Bool = false
        ) {
            self.method = method
            self.path = path
            self.route = route
            self.parameters = parameters
            self.isOpen = isOpen
            let pieces = path.utf8.split(separator: UInt8(ascii: "{"))
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
        Row(.get, "/tasks/{id}", .readTask, parameters: [.wait, .until, .maxAge, .view, .provider]),
        Row(.patch, "/tasks/{id}", .changeTask, parameters: [.wait, .provider]),
        Row(.post, "/tasks/{id}/cancel", .cancelTask, parameters: [.wait, .provider]),
        Row(.get, "/providers", .providers, parameters: []),
        Row(.get, "/providers/{name}", .provider, parameters: []),
        Row(.get, "/livez", .live, isOpen: true),
        Row(.get, "/readyz", .ready, isOpen: true),
        Row(.get, "/openapi.json", .openAPI),
        Row(.get, "/problems", .problems, isOpen: true),
        Row(.get, "/problems/{code}", .problem, isOpen: true),
        Row(.get, "/", .index),
    ]

    enum Finding: Sendable {
        /// The row, and the segment at the place of its parameter, still percent-encoded.
        case found(Row, parameter: Substring)
        /// The path is there, and takes these methods only.
        case otherMethods(MethodSet, isOpen: Bool)
        case nothing

        /// Whether anybody may ask, web pages and callers without a key included.
        var isOpen: Bool {
            switch self {
            case .found(let row, _): row.isOpen
            case .otherMethods(_, let isOpen): isOpen
            case .nothing: false
            }
        }
    }

    /// Finds the row for a method (nil for one that no path takes) and a path.
    static func find(_ method: HTTPMethod?, _ target: RequestTarget) -> Finding {
        let wanted = method == .head ? .get : method
        var allowed: MethodSet = []
        var isOpen = false
        for row in table {
            guard let parameter = target.path.withBytes(row.match) else { continue }
            if row.method == wanted { return .found(row, parameter: target.path[utf8: parameter]) }
            allowed.formUnion(row.method == .get ? [.get, .head, .options] : [MethodSet(row.method), .options])
            isOpen = row.isOpen
        }
        return allowed.isEmpty ? .nothing : .otherMethods(allowed, isOpen: isOpen)
    }
}
