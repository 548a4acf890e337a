internal import TaskModel

/// The header fields of a request that the gateway reads; all others, cookies among them, are passed over and kept
/// nowhere.
struct RequestFields: Sendable {
    var host: String?
    var hostCount = 0
    var contentLength: String?
    var contentLengthCount = 0
    var transferEncoding: String?
    var transferEncodingCount = 0
    var contentType: String?
    var expect: String?
    /// Several fields of this name are one list.
    var ifNoneMatch: String?
    /// Several fields of this name are one list.
    var prefer: String?
    var origin: String?
    var fetchSite: String?
    var requestID: String?
    /// The last of several, which break the standard anyway.
    var traceParent: String?
    /// The caller's key for the gateway, with its scheme in front.
    var authorization: Secret?
    var authorizationCount = 0
    /// The caller's own key for the provider; several fields of this name are none.
    var providerKey: Secret?
    var providerKeyCount = 0
    var hasUpgrade = false
    /// The last event that a reader of a stream has; several fields of this name are one list, which is no id.
    var lastEventID: String?

    init() {}

    init(_ fields: some Sequence<(name: String, value: String)>) {
        for (name, value) in fields { add(name, value) }
    }

    /// Looks at the length of the name first: nearly all fields are passed over by that alone.
    private mutating func add(_ name: String, _ value: String) {
        switch name.utf8.count {
        case 4:
            guard Self.isSame(name, "host") else { return }
            host = value
            hostCount += 1
        case 6:
            if Self.isSame(name, "prefer") {
                prefer = Self.joined(prefer, value)
            } else if Self.isSame(name, "expect") {
                expect = Self.joined(expect, value)
            } else if Self.isSame(name, "origin") {
                origin = Self.joined(origin, value)
            }
        case 7:
            if Self.isSame(name, "upgrade") { hasUpgrade = true }
        case 11:
            if Self.isSame(name, "traceparent") { traceParent = value }
        case 12:
            if Self.isSame(name, "content-type") {
                contentType = Self.joined(contentType, value)
            } else if Self.isSame(name, "x-request-id") {
                requestID = value
            }
        case 13:
            if Self.isSame(name, "if-none-match") {
                ifNoneMatch = Self.joined(ifNoneMatch, value)
            } else if Self.isSame(name, "authorization") {
                authorization = Secret(value)
                authorizationCount += 1
            } else if Self.isSame(name, "last-event-id") {
                lastEventID = Self.joined(lastEventID, value)
            }
        case 14:
            if Self.isSame(name, "content-length") {
                contentLength = value
                contentLengthCount += 1
            } else if Self.isSame(name, "sec-fetch-site") {
                fetchSite = Self.joined(fetchSite, value)
            }
        case 17:
            guard Self.isSame(name, "transfer-encoding") else { return }
            transferEncoding = value
            transferEncodingCount += 1
        case 21:
            guard Self.isSame(name, "taskgate-provider-key") else { return }
            providerKey = Secret(value)
            providerKeyCount += 1
        default:
            return
        }
    }

    private static func joined(_ earlier: String?, _ value: String) -> String {
        guard let earlier else { return value }
        return earlier + ", " + value
    }

    /// Whether two names of the same length are the same, without regard to the case of ASCII letters.
    private static func isSame(_ name: String, _ lowercase: StaticString) -> Bool {
        name.withBytes { bytes in
            for index in 0..<bytes.count {
                let byte = bytes[index]
                let lower = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
                guard lower == lowercase.utf8Start[index] else { return false }
            }
            return true
        }
    }
}
