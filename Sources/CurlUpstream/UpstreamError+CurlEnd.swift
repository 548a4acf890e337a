internal import CCurl
internal import Upstream

/// How libcurl says a transfer ended, and what this room knows beside it.
struct CurlEnd {
    /// libcurl's own result code.
    let code: Int32
    /// What libcurl wrote about it; may be empty.
    let text: String
    /// How often a request was about to be sent.
    let requestCount: Int
    /// Whether the second sending of a request that must not be repeated was stopped.
    let wasRepetitionRefused: Bool
    /// How much of an answer's header came.
    let headerBytes: Int
    let refusal: AnswerReader.Refusal?
    /// The answer's head, where that came whole.
    let head: UpstreamResponse?
}

extension UpstreamError {
    /// What a failed transfer means to the caller.
    ///
    /// Nothing is sent before libcurl asks whether the request may go out. So a request that was never asked for has
    /// not arrived; one that was asked for may have, whatever went wrong later: a refused connection, too, when it was
    /// the second one.
    init(_ end: CurlEnd, of route: UpstreamRoute) {
        let wasSent = end.requestCount > 0
        let (kind, words) = Self.meaning(of: end, wasSent: wasSent)
        self.init(kind, mayHaveArrived: wasSent, detail: "\(route.name): \(words)", head: end.head)
    }

    private static func meaning(of end: CurlEnd, wasSent: Bool) -> (kind: Kind, words: String) {
        if end.wasRepetitionRefused {
            return (.closed, "the connection closed before an answer; the request is not one to repeat")
        }
        switch end.refusal {
        case .headerTooLarge:
            return (.tooLarge, "the answer's header is larger than \(AnswerReader.headerByteLimit) bytes")
        case .bodyTooLarge:
            return (.tooLarge, "the answer's body is larger than the route's limit")
        case .conflictingLengths:
            return (.malformed, "the answer has two lengths that differ")
        case nil:
            break
        }
        let fixedWords = "\(String(cString: ccurl_text_of(end.code))) (libcurl's result \(end.code))"
        // libcurl's longer text may quote the provider. Where no answer was read it holds names and times only.
        let longerWords = end.text.isEmpty ? fixedWords : "\(end.text) (libcurl's result \(end.code))"
        switch Int(ccurl_end_of(end.code)) {
        case CCURL_END_UNRESOLVABLE:
            return (.unresolvable, longerWords)
        case CCURL_END_NOT_CONNECTED:
            return (.refused, longerWords)
        case CCURL_END_TLS:
            return (.tls, longerWords)
        case CCURL_END_TIMEOUT:
            return (.timeout, longerWords)
        case CCURL_END_EMPTY, CCURL_END_BROKEN:
            return (end.headerBytes > 0 ? .malformed : .closed, fixedWords)
        case CCURL_END_TOO_LARGE:
            return (.tooLarge, fixedWords)
        case CCURL_END_NO_MEMORY where wasSent:
            // libcurl gathers a header line before it hands it over, and calls one beyond its own limit so.
            return (.tooLarge, "a header line of the answer is too long, or memory is short")
        default:
            return (wasSent ? .malformed : .unavailable, fixedWords)
        }
    }
}
