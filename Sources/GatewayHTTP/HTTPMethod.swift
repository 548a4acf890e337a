/// The methods that some path here answers.
enum HTTPMethod: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"

    var name: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        }
    }

    /// Its place among all of them.
    var number: Int {
        switch self {
        case .get: 0
        case .head: 1
        case .post: 2
        case .put: 3
        case .patch: 4
        case .delete: 5
        case .options: 6
        }
    }
}

/// Several methods, as `Allow` lists them.
struct MethodSet: OptionSet, Sendable, Hashable {
    let rawValue: UInt8

    static let get = MethodSet(rawValue: 1)
    static let head = MethodSet(rawValue: 2)
    static let post = MethodSet(rawValue: 4)
    static let put = MethodSet(rawValue: 8)
    static let patch = MethodSet(rawValue: 16)
    static let delete = MethodSet(rawValue: 32)
    static let options = MethodSet(rawValue: 64)
    static let all: MethodSet = [.get, .head, .post, .put, .patch, .delete, .options]

    init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    init(_ method: HTTPMethod) {
        switch method {
        case .get: self = .get
        case .head: self = .head
        case .post: self = .post
        case .put: self = .put
        case .patch: self = .patch
        case .delete: self = .delete
        case .options: self = .options
        }
    }

    /// The methods in the form of the `Allow` field.
    var list: String {
        HTTPMethod.allCases.filter { contains(MethodSet($0)) }.map(\.rawValue).joined(separator: ", ")
    }
}
