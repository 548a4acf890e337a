internal import Glibc

/// The files beside the sources.
package enum Repository {
    /// A file that is not there.
    package struct Unreadable: Error {
        package let path: String
    }

    /// The text of a file, named from the top of the repository.
    package static func text(of name: String, from source: String = #filePath) throws -> String {
        let top = source.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let path = "\(top)/\(name)"
        guard let file = fopen(path, "r") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { text += buffer[..<count] }
        return String(decoding: text, as: UTF8.self)
    }
}
