internal import JSON
internal import TaskModel
internal import Upstream

/// A provider's answer with its body read, if it can be.
struct Answer {
    let status: Int
    let body: [UInt8]
    /// Nil for a body that is not JSON.
    let root: JSONElement?
    let fault: JSONError?
    private let response: UpstreamResponse

    /// Reads the body; wherever it repeats the gateway's key, in any of its forms, the key is hidden first.
    init(_ response: UpstreamResponse, hiding secrets: [[UInt8]]) {
        self.response = response
        status = response.status
        body = secrets.reduce(response.body) { $0.hiding($1) }
        do throws(JSONError) {
            root = try JSONDocument(body).root
            fault = nil
        } catch {
            root = nil
            fault = error
        }
    }

    /// When the provider wants to be asked again: `Retry-After` as seconds or a date, else, where the answer means too
    /// many calls, what its rate limit says.
    ///
    /// What is past is now; what is absurd is a day.
    func retryAfter(_ now: Timestamp, isRateLimited: Bool) -> Duration? {
        let seconds: Int64
        if let text = response.header("retry-after") {
            let digits = text.drop { $0 == " " }
            if let delta = Int64(digits) {
                seconds = delta
            } else if !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
                // More than a number can hold.
                seconds = .max
            } else if let date = Timestamp(httpDate: text) {
                seconds = (date.millisecondsSinceEpoch - now.millisecondsSinceEpoch + 999) / 1000
            } else {
                return nil
            }
        } else if isRateLimited, let reset = response.header("x-ratelimit-reset").flatMap({ Int64($0) }) {
            seconds = max(reset, 0) - now.millisecondsSinceEpoch / 1000
        } else {
            return nil
        }
        return .seconds(min(max(seconds, 0), 86400))
    }
}

extension [UInt8] {
    /// These bytes with every occurrence of `secret` replaced, also where JSON's escapes stand for its characters.
    fileprivate func hiding(_ secret: [UInt8]) -> [UInt8] {
        guard let first = secret.first else { return self }
        var hidden: [UInt8] = []
        var copied = 0
        withUnsafeBufferPointer { bytes in
            var index = 0
            // Most answers hold neither, or not often, and are passed over eight bytes at once.
            while let start = bytes.firstIndex(of: first, or: backslash, from: index) {
                if let end = bytes.end(of: secret, at: start) {
                    hidden.append(contentsOf: bytes[copied..<start])
                    hidden.append(contentsOf: "[secret]".utf8)
                    copied = end
                    index = end
                } else {
                    // A backslash that is escaped itself does not begin another escape.
                    let isPair = bytes[start] == backslash && start + 1 < bytes.count && bytes[start + 1] == backslash
                    index = start + (isPair ? 2 : 1)
                }
            }
        }
        return copied == 0 ? self : hidden + self[copied...]
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Where `secret` ends, if it begins at `start`.
    fileprivate func end(of secret: [UInt8], at start: Int) -> Int? {
        var index = start
        for byte in secret {
            guard index < count else { return nil }
            if self[index] == backslash, let length = lengthOfEscape(for: byte, at: index) {
                index += length
            } else if self[index] == byte {
                index += 1
            } else {
                return nil
            }
        }
        return index
    }

    /// How long the escape at `start` is, if it stands for `byte`: `\/` or `\u002f`.
    private func lengthOfEscape(for byte: UInt8, at start: Int) -> Int? {
        guard start + 1 < count else { return nil }
        guard self[start + 1] == UInt8(ascii: "u") else { return self[start + 1] == byte ? 2 : nil }
        guard start + 5 < count else { return nil }
        let digits = String(decoding: self[(start + 2)...(start + 5)], as: UTF8.self)
        return UInt32(digits, radix: 16) == UInt32(byte) ? 6 : nil
    }
}

private let backslash = UInt8(ascii: "\\")

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
