internal import Glibc

/// A file as it lies on the disk: the configuration, a definition, a key.
struct WholeFile {
    let bytes: [UInt8]
    /// The folder that the file is in, with its slash; empty for the working directory.
    let folder: String

    /// Nil where the file cannot be read.
    init?(path: String) {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        guard ferror(file) == 0 else { return nil }
        self.bytes = bytes
        folder = Self.folder(of: path)
    }

    /// Whether everybody on this machine can read a file.
    static func isReadByAll(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IROTH != 0
    }

    /// Whether a folder is there.
    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The folder that a path names a file in, with its slash; empty for the working directory.
    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }
}
