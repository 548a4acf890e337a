/// A credential: its text reaches the wire through `reveal()` and nothing else.
///
/// Printing, interpolating, dumping or reflecting one shows that it is there, never what it is.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// The credential itself; call it only where a request's headers are built, or where a key is compared or shown once.
    package func reveal() -> String { text }

    package var description: String { "[secret]" }
    package var debugDescription: String { "[secret]" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
