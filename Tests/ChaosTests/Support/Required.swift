/// What the gateway has to answer, and what the provider may have seen of it.
struct Required: Sendable {
    enum RetryAfter: Sendable, Equatable {
        case missing
        /// From one second to as many.
        case upTo(Int)
    }

    let status: Int
    /// The problem's code; nil for an answer that is none.
    var code: String?
    var retryAfter: RetryAfter = .missing
    /// What became of the cancel, where the answer is a task.
    var cancelState: String?
    /// How many requests the provider sees at most.
    var requests: Int
    /// How many of them are cancels, at most.
    var cancels = 0

    /// As it stands in the table of the page.
    var text: String {
        var text = "\(status)"
        if let word = code ?? cancelState { text += " `\(word)`" }
        return text + "; \(requests)" + (cancels > 0 ? " (\(cancels))" : "")
    }

    /// The codes of which docs/errors.md says that the same request can succeed later.
    static let retryable: Set<String> = [
        "provider_error", "provider_bad_response", "provider_rate_limited", "provider_unavailable", "provider_timeout",
    ]

    static func problem(_ status: Int, _ code: String, _ requests: Int, cancels: Int = 0) -> Required {
        let isTimed = code == "provider_unavailable" || code == "provider_rate_limited"
        return Required(
            status: status,
            code: code,
            retryAfter: isTimed ? .upTo(30) : .missing,
            requests: requests,
            cancels: cancels
        )
    }

    static func unavailable(_ requests: Int, cancels: Int = 0) -> Required {
        problem(503, "provider_unavailable", requests, cancels: cancels)
    }

    static func badResponse(_ requests: Int, cancels: Int = 0) -> Required {
        problem(502, "provider_bad_response", requests, cancels: cancels)
    }

    static func failed(_ requests: Int, cancels: Int = 0) -> Required {
        problem(502, "provider_error", requests, cancels: cancels)
    }

    static func timeout(_ requests: Int, cancels: Int = 0) -> Required {
        problem(504, "provider_timeout", requests, cancels: cancels)
    }

    static func limited(_ requests: Int, cancels: Int = 0) -> Required {
        problem(503, "provider_rate_limited", requests, cancels: cancels)
    }

    /// A cancel that the provider's status confirms.
    static func confirmed(_ requests: Int, cancels: Int = 1) -> Required {
        Required(status: 200, cancelState: "confirmed", requests: requests, cancels: cancels)
    }

    /// A cancel that the provider took, and that has not been seen to work.
    static func accepted(_ requests: Int, cancels: Int = 1) -> Required {
        Required(status: 202, retryAfter: .upTo(30), cancelState: "accepted", requests: requests, cancels: cancels)
    }
}
