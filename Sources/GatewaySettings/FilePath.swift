internal import Documents
internal import JSON

/// Paths in the configuration file.
enum FilePath {
    /// The path that a key gives, or nil after a fault.
    static func read(_ cursor: DocumentCursor, folder: String) -> String? {
        guard let path = cursor.text() else { return nil }
        guard !path.utf8.contains(0) else {
            cursor.fault("must be a path, without a zero byte")
            return nil
        }
        return resolve(path, folder: folder)
    }

    /// The path that a key gives; nil where the key is missing or null, and after a fault.
    static func readOptional(_ cursor: DocumentCursor?, folder: String) -> String? {
        cursor.flatMap { $0.element.isNull ? nil : read($0, folder: folder) }
    }

    /// A path as it stands, or below `folder` where it is relative.
    static func resolve(_ path: String, folder: String) -> String {
        if path.hasPrefix("/") || folder.isEmpty { return path }
        return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
    }
}
