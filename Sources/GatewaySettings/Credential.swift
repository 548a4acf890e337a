package import TaskModel

/// What an environment variable or a file gives as a key.
package enum Credential {
    /// The key without the white space that editors and `echo` leave at its end; nil where nothing is left.
    ///
    /// Throws where something stands in it that no key has and no header may carry: white space, a control
    /// character, or a character beyond ASCII.
    package static func clean(_ raw: String) throws(SettingsProblem) -> Secret? {
        var bytes = raw.utf8[...]
        while let last = bytes.last, isWhitespace(last) { bytes.removeLast() }
        guard !bytes.isEmpty else { return nil }
        guard bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw SettingsProblem(
                "the key holds white space, a control character or a character beyond ASCII: "
                    + "it must be one word, with nothing before it"
            )
        }
        return Secret(String(Substring(bytes)))
    }

    private static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (0x09...0x0d).contains(byte)
    }
}
