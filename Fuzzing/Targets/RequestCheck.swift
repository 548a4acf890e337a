internal import Providers
internal import Upstream

/// What must hold for each request that is made for a provider.
enum RequestCheck {
    static let values = RequestValues(
        reason: "because",
        title: "A title",
        statusAnswer: Array(#"{"id": "a", "agent_id": "b", "run": {"id": 1}}"#.utf8)
    )

    static func check(_ request: UpstreamRequest) throws(Finding) {
        try Finding.unless(
            request.target.utf8.first == UInt8(ascii: "/"),
            "a target begins with another character than /"
        )
        let isPlain = request.target.utf8.allSatisfy { 0x21...0x7e ~= $0 && $0 != UInt8(ascii: "#") }
        try Finding.unless(isPlain, "a target holds what must be escaped")
        let path = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)[0]
        let climbs = path.split(separator: "/").contains { segment in
            let plain = segment.lowercased().replacing("%2e", with: ".")
            return plain == "." || plain == ".."
        }
        try Finding.unless(!climbs, "a target climbs out of its path")
        for header in request.route.headers + request.headers {
            let isOneLine = !(header.name + header.value).utf8.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7f }
            try Finding.unless(isOneLine, "a header field holds a control character")
        }
    }
}
