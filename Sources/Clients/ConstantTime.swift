/// Comparing what is secret.
package enum ConstantTime {
    /// Whether two texts have the same bytes, in a time that depends on nothing but their lengths.
    package static func areEqual(_ left: String, _ right: String) -> Bool {
        withBytes(of: left) { left in
            withBytes(of: right) { right in
                guard left.count == right.count else { return false }
                var difference: UInt8 = 0
                for index in 0..<left.count { difference |= left[index] ^ right[index] }
                return difference == 0
            }
        }
    }

    private static func withBytes<Result>(of text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        text.utf8.withContiguousStorageIfAvailable(body) ?? Array(text.utf8).withUnsafeBufferPointer(body)
    }
}
