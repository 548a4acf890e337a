/// A task's name across all providers: `<provider>:<native id>`.
package struct TaskID: Sendable, Hashable, CustomStringConvertible {
    /// The name that the configuration gives the provider.
    package let provider: String
    /// The provider's own id, percent-decoded; several parts are separated by colons, and the last part takes the rest.
    package let native: String

    package init(provider: String, native: String) {
        self.provider = provider
        self.native = native
    }

    package var description: String { "\(provider):\(native)" }

    /// Ids are the same when their bytes are: two spellings of one character make two ids.
    package static func == (left: TaskID, right: TaskID) -> Bool {
        haveSameBytes(left.native, right.native) && left.provider == right.provider
    }

    /// Looks at the bytes where they stand: walking over the strings' own views costs ten times as much.
    private static func haveSameBytes(_ left: String, _ right: String) -> Bool {
        var (left, right) = (left, right)
        return left.withUTF8 { left in
            right.withUTF8 { right in left.count == right.count && left.elementsEqual(right) }
        }
    }

    /// The native id tells nearly all tasks apart, so it is enough.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(native)
    }

    /// Whether a text can be a provider's name: `[a-z][a-z0-9-]{0,31}`.
    package static func isProviderName(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first), bytes.count <= 32 else {
            return false
        }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
            default: false
            }
        }
    }
}
