internal import Documents
internal import JSON

/// Where a provider's key comes from; the key itself never stands in the configuration.
package enum CredentialSource: Sendable, Hashable {
    /// The provider wants no key.
    case none
    /// The environment variable with this name.
    case environment(String)
    /// The file at this path.
    case file(String)
    /// Each caller brings its own.
    case caller
}

extension CredentialSource {
    /// What a key may say; a text that is none of it is not repeated, for it may be the credential.
    private static let shapes =
        #"must be {"env": NAME}, {"file": PATH}, "caller" or "none"; a key itself does not belong in this file"#

    /// The source that a key gives, or nil after a fault.
    init?(reading cursor: DocumentCursor, folder: String) {
        switch (cursor.element.kind, cursor.element.string) {
        case (.string, "none"): self = .none
        case (.string, "caller"): self = .caller
        case (.object, _):
            let source: CredentialSource? = cursor.object { object in Self.read(&object, folder: folder) }
            guard let source else { return nil }
            self = source
        default:
            cursor.fault(Self.shapes)
            return nil
        }
    }

    /// The source of a secret that must be there, or nil after a fault.
    init?(secret cursor: DocumentCursor, folder: String) {
        guard cursor.element.kind == .object else {
            cursor.fault(Self.secretShapes)
            return nil
        }
        let source: CredentialSource? = cursor.object { object in
            Self.read(&object, folder: folder, shapes: Self.secretShapes)
        }
        guard let source else { return nil }
        self = source
    }

    private static let secretShapes =
        #"must be {"env": NAME} or {"file": PATH}; a secret itself does not belong in this file"#

    private static func read(
        _ object: inout DocumentObject,
        folder: String,
        shapes: String = shapes
    ) -> CredentialSource? {
        switch (object.optional("env"), object.optional("file")) {
        case (let variable?, nil):
            guard let name = variable.text() else { return nil }
            guard isVariableName(name) else {
                variable.fault("must be the name of an environment variable: letters, digits and underscores")
                return nil
            }
            return .environment(name)
        case (nil, let file?):
            return FilePath.read(file, folder: folder).map { .file($0) }
        case (nil, nil), (_?, _?):
            object.cursor.fault(shapes)
            return nil
        }
    }

    private static func isVariableName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy(isWordByte)
    }
}

/// Whether a byte is an ASCII letter, digit or underscore.
func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
    default: false
    }
}
