internal import Documents
internal import Glibc
internal import Providers

/// The folder in which providers' files are.
struct DefinitionFolder {
    let path: String

    /// The folder that was named, else `providers` beside the configuration, else in the working directory, else where
    /// the program was installed.
    static func find(named name: String?, besideConfiguration folder: String) -> DefinitionFolder {
        if let name { return DefinitionFolder(path: name) }
        let candidates = ["\(folder)providers", "providers"] + installed
        return DefinitionFolder(path: candidates.first { isFolder($0) } ?? candidates[0])
    }

    /// The definitions that are there, by name, in order.
    var names: [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".json"), name != "provider.schema.json" { names.append(String(name.dropLast(5))) }
        }
        return names.sorted()
    }

    /// Where a definition is, if it is there.
    func file(of name: String) -> String { "\(path)/\(name).json" }

    /// Compiles a definition.
    ///
    /// `fault` makes the fault of a definition that is not there, where it was asked for.
    ///
    /// Throws every mistake in its file.
    func definition(
        named name: String,
        orElse fault: (String) -> DocumentFault
    ) throws(DocumentFaults) -> ProviderDefinition {
        let file = file(of: name)
        guard !name.contains("/"), let bytes = WholeFile(path: file)?.bytes else {
            let names = names
            let known =
                names.isEmpty ? "there are none; name the folder with --providers" : names.joined(separator: ", ")
            throw DocumentFaults([fault("no definition \"\(name)\" in \(path): \(known)")])
        }
        return try ProviderDefinition.read(bytes, name: name, file: file)
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// `share/taskgate/providers` beside the folder that the program is in.
    private static var installed: [String] {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { return [] }
        let program = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        let parts = program.split(separator: "/").dropLast(2)
        return ["/" + (parts + ["share", "taskgate", "providers"]).joined(separator: "/")]
    }
}
