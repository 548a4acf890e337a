package import TaskModel

extension UpstreamResponse {
    /// When the provider wants to be asked again: `Retry-After` as seconds or a date, else, where the answer means too
    /// many calls, what its rate limit says.
    ///
    /// What is past is now; what is absurd is a day.
    package func retryAfter(_ now: Timestamp, isRateLimited: Bool) -> Duration? {
        let seconds: Int64
        if let text = header("retry-after") {
            let digits = text.drop { $0 == " " }
            if let delta = Int64(digits) {
                seconds = delta
            } else if !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            {
                // More than a number can hold.
                seconds = .max
            } else if let date = Timestamp(httpDate: text) {
                seconds = (date.millisecondsSinceEpoch - now.millisecondsSinceEpoch + 999) / 1000
            } else {
                return nil
            }
        } else if isRateLimited, let reset = header("x-ratelimit-reset").flatMap({ Int64($0) }) {
            seconds = max(reset, 0) - now.millisecondsSinceEpoch / 1000
        } else {
            return nil
        }
        return .seconds(min(max(seconds, 0), 86400))
    }
}

extension Timestamp {
    /// Reads the date form that HTTP prefers (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
    init?(httpDate text: String) {
        let parts = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = month + 1 < 10 ? "0\(month + 1)" : "\(month + 1)"
        self.init("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
    }
}
