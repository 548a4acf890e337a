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
    let response: UpstreamResponse
    /// Whether the caller's own key was sent.
    let isToCallersKey: Bool

    /// Whether it is a web page, which is no consent to anything, whatever its status says.
    var isPage: Bool {
        root == nil && body.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) } == UInt8(ascii: "<")
    }

    /// Reads the body; wherever it repeats a key that was sent, in any of its forms, the key is hidden first.
    init(_ response: UpstreamResponse, hiding secrets: [[UInt8]], and key: CallerKey?) {
        self.response = response
        isToCallersKey = key != nil
        status = response.status
        body = (key?.secrets ?? secrets).reduce(response.body) { $0.hiding($1) }
        do throws(JSONError) {
            root = try JSONDocument(body).root
            fault = nil
        } catch {
            root = nil
            fault = error
        }
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
