internal import Glibc

/// The files beside the sources.
package enum Repository {
    /// A file that is not there.
    package struct Unreadable: Error {
        package let path: String
    }

    /// The text of a file, named from the top of the repository.
    package static func text(of name: String, from source: String = #filePath) throws -> String {
        String(decoding: try bytes(of: name, from: source), as: UTF8.self)
    }

    /// The bytes of a file, named from the top of the repository.
    package static func bytes(of name: String, from source: String = #filePath) throws -> [UInt8] {
        let path = path(of: name, from: source)
        guard let file = fopen(path, "r") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { text += buffer[..<count] }
        return text
    }

    /// The names of the files in a folder, sorted, without those that are hidden.
    package static func names(in folder: String, from source: String = #filePath) throws -> [String] {
        let path = path(of: folder, from: source)
        guard let entries = opendir(path) else { throw Unreadable(path: path) }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    private static func path(of name: String, from source: String) -> String {
        let top = source.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        return "\(top)/\(name)"
    }
}
