import ProviderSimulator

/// A way of going wrong, and what the gateway has to make of it.
struct FaultClass: Sendable {
    /// The words for it in the table.
    let name: String
    /// What is required, in the order of `Setting.columns`; nil where the fault cannot befall that.
    let required: [Required?]

    init(_ name: String, _ required: Required?...) {
        precondition(required.count == Setting.columns.count)
        self.name = name
        self.required = required
    }

    subscript(_ setting: Setting) -> Required? {
        Setting.columns.firstIndex(of: setting.column).flatMap { required[$0] }
    }
}

extension FaultClass {
    static let unreached = FaultClass(
        "no connection",
        .unavailable(0),
        .unavailable(0),
        .unavailable(0),
        nil,
        nil,
        .unavailable(0)
    )
    static let unanswered = FaultClass(
        "no connection in time",
        .timeout(0),
        .timeout(0),
        .timeout(0),
        nil,
        nil,
        .timeout(0)
    )
    static let closed = FaultClass(
        "closed before an answer",
        .unavailable(2),
        .unavailable(3, cancels: 1),
        .unavailable(2),
        .unavailable(4, cancels: 2),
        .unavailable(5, cancels: 2),
        .unavailable(1)
    )
    static let silent = FaultClass(
        "no answer in time",
        .timeout(1),
        .timeout(2, cancels: 1),
        .timeout(1),
        .timeout(4, cancels: 2),
        .timeout(5, cancels: 2),
        .timeout(1)
    )
    static let slow = FaultClass(
        "no whole answer in time, though the request worked",
        .timeout(1),
        .timeout(2, cancels: 1),
        .timeout(1),
        .confirmed(2),
        .timeout(5, cancels: 2),
        .timeout(1)
    )
    static let cut = FaultClass(
        "answer cut off, though the request worked",
        .badResponse(2),
        .badResponse(3, cancels: 1),
        .badResponse(2),
        .confirmed(2),
        .badResponse(5, cancels: 2),
        .badResponse(1)
    )
    static let unreadable = FaultClass(
        "no HTTP, or more than the gateway reads",
        .badResponse(2),
        .badResponse(3, cancels: 1),
        .badResponse(2),
        .badResponse(4, cancels: 2),
        .badResponse(5, cancels: 2),
        .badResponse(1)
    )
    static let useless = FaultClass(
        "a success without a word about the task",
        .badResponse(1),
        .badResponse(2, cancels: 1),
        .badResponse(1),
        .accepted(2),
        .accepted(3),
        .badResponse(2)
    )
    static let uselessButDone = FaultClass(
        "a success with half a task, and the request worked",
        .badResponse(1),
        .badResponse(2, cancels: 1),
        .badResponse(1),
        .confirmed(2),
        .accepted(3),
        .badResponse(2)
    )
    static let redirected = FaultClass(
        "redirect, or a web page",
        .badResponse(1),
        .badResponse(2, cancels: 1),
        .badResponse(1),
        .badResponse(2, cancels: 1),
        .badResponse(3, cancels: 1),
        .badResponse(1)
    )
    static let refused = FaultClass(
        "server error",
        .failed(1),
        .failed(2, cancels: 1),
        .failed(1),
        .failed(2, cancels: 1),
        .failed(3, cancels: 1),
        .failed(1)
    )
    static let refusedForNow = FaultClass(
        "server error that passes",
        .failed(2),
        .failed(3, cancels: 1),
        .failed(2),
        .failed(2, cancels: 1),
        .failed(3, cancels: 1),
        .failed(1)
    )
    static let limited = FaultClass(
        "too many calls",
        .limited(1),
        .limited(1, cancels: 1),
        .limited(1),
        .limited(1, cancels: 1),
        .limited(2, cancels: 1),
        .limited(1)
    )
    static let harmless = FaultClass(
        "odd, and nothing is lost",
        .done(1),
        .confirmed(1),
        .accepted(3),
        .confirmed(1),
        .accepted(3),
        .done(2)
    )
    static let changeable = FaultClass(
        "works and fails in turns",
        .sometimes(.done, 2),
        .sometimes(.confirmed, 6, cancels: 2),
        .sometimes(.accepted, 8, cancels: 2),
        .sometimes(.confirmed, 4, cancels: 2),
        .sometimes(.accepted, 5, cancels: 2),
        // The rename, a status read, the same made again; and once more by libcurl, where the connection that the rename has
        // left is closed under it.
        .sometimes(.done, 4)
    )
}
