/// What the gateway has to answer, and what the provider may have seen of it.
struct Required: Sendable {
    enum RetryAfter: Sendable, Equatable {
        case missing
        /// From one second to as many.
        case upTo(Int)
    }

    /// One answer.
    struct Outcome: Sendable {
        let status: Int
        /// The problem's code; nil for an answer that is none.
        var code: String?
        var retryAfter: RetryAfter = .missing
        /// What became of the cancel, where the answer is a task.
        var cancelState: String?

        /// As it stands in the table of the page.
        var text: String { "\(status)" + ((code ?? cancelState).map { " `\($0)`" } ?? "") }
    }

    /// The answer has to be one of these: the one that there is, but where chance decides.
    private(set) var outcomes: [Outcome]
    /// How many requests the provider sees at most.
    let requests: Int
    /// How many of them are cancels, at most.
    let cancels: Int

    init(_ outcomes: Outcome..., requests: Int, cancels: Int = 0) {
        (self.outcomes, self.requests, self.cancels) = (outcomes, requests, cancels)
    }

    /// As it stands in the table of the page.
    var text: String {
        outcomes.map(\.text).joined(separator: " or ") + "; \(requests)" + (cancels > 0 ? " (\(cancels))" : "")
    }

    /// The same, with another time after which a problem says to ask again.
    func retryAfter(_ retryAfter: RetryAfter) -> Required {
        var copy = self
        for index in outcomes.indices where outcomes[index].code != nil { copy.outcomes[index].retryAfter = retryAfter }
        return copy
    }

    /// The codes of which docs/errors.md says that the same request can succeed later.
    static let retryable: Set<String> = [
        "provider_error", "provider_bad_response", "provider_rate_limited", "provider_unavailable", "provider_timeout",
    ]
}

extension Required.Outcome {
    static let done = Self(status: 200)
    /// A cancel that the provider's status confirms.
    static let confirmed = Self(status: 200, cancelState: "confirmed")
    /// A cancel that the provider took, and that has not been seen to work.
    static let accepted = Self(status: 202, retryAfter: .upTo(30), cancelState: "accepted")
    static let unavailable = Self(status: 503, code: "provider_unavailable", retryAfter: .upTo(30))
    static let badResponse = Self(status: 502, code: "provider_bad_response")
    static let failed = Self(status: 502, code: "provider_error")
    static let timeout = Self(status: 504, code: "provider_timeout")
    static let limited = Self(status: 503, code: "provider_rate_limited", retryAfter: .upTo(30))
}

extension Required {
    static func done(_ requests: Int) -> Required { Required(.done, requests: requests) }

    static func confirmed(_ requests: Int, cancels: Int = 1) -> Required {
        Required(.confirmed, requests: requests, cancels: cancels)
    }

    static func accepted(_ requests: Int, cancels: Int = 1) -> Required {
        Required(.accepted, requests: requests, cancels: cancels)
    }

    static func unavailable(_ requests: Int, cancels: Int = 0) -> Required {
        Required(.unavailable, requests: requests, cancels: cancels)
    }

    static func badResponse(_ requests: Int, cancels: Int = 0) -> Required {
        Required(.badResponse, requests: requests, cancels: cancels)
    }

    static func failed(_ requests: Int, cancels: Int = 0) -> Required {
        Required(.failed, requests: requests, cancels: cancels)
    }

    static func timeout(_ requests: Int, cancels: Int = 0) -> Required {
        Required(.timeout, requests: requests, cancels: cancels)
    }

    static func limited(_ requests: Int, cancels: Int = 0) -> Required {
        Required(.limited, requests: requests, cancels: cancels)
    }

    /// What comes of a provider that works, or is gone, or cut off, or answers with an error, in turns.
    static func sometimes(_ works: Outcome, _ requests: Int, cancels: Int = 0) -> Required {
        Required(works, .badResponse, .failed, .unavailable, requests: requests, cancels: cancels)
    }
}
