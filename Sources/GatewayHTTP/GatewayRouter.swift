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
    struct Row: Sendable {
        let method: HTTPMethod
        /// In the spelling of OpenAPI, `{…}` for one segment.
        let path: String
        let route: Route
        /// The query parameters that are known; nil where a query means nothing and is passed over.
        let parameters: [QueryParameter]?
        /// Whether web pages may call it: it shows nothing of the tasks, and does nothing.
        let isOpen: Bool
        fileprivate let segments: [Substring]

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
            segments = path.split(separator: "/")
        }

        /// What stands at the place of the parameter (empty without one); nil if these are not the path's segments.
        fileprivate func match(_ segments: [Substring]) -> Substring? {
            guard segments.count == self.segments.count else { return nil }
            var parameter: Substring = ""
            for (segment, pattern) in zip(segments, self.segments) {
                if pattern.utf8.first == UInt8(ascii: "{") {
                    parameter = segment
                } else if pattern != segment {
                    return nil
                }
            }
            return parameter
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
    }

    /// Finds the row for a method (nil for one that no path takes) and a path.
    static func find(_ method: HTTPMethod?, _ target: RequestTarget) -> Finding {
        guard let segments = target.segments else { return .nothing }
        let wanted = method == .head ? .get : method
        var allowed: MethodSet = []
        var isOpen = false
        for row in table {
            guard let parameter = row.match(segments) else { continue }
            if row.method == wanted { return .found(row, parameter: parameter) }
            allowed.formUnion(row.method == .get ? [.get, .head, .options] : [MethodSet(row.method), .options])
            isOpen = row.isOpen
        }
        return allowed.isEmpty ? .nothing : .otherMethods(allowed, isOpen: isOpen)
    }
}
