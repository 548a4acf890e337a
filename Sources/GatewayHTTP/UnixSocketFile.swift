internal import Glibc

/// Why the server cannot listen.
package struct ListenError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, in words for whoever starts the gateway.
    package let description: String
}

/// The file of a Unix socket: made with its mode before anybody can connect, and removed by whoever made it.
struct UnixSocketFile: Sendable {
    let path: String
    private let inode: ino_t
    private let device: dev_t

    /// Makes a socket that listens at `path`, and returns its descriptor with its file.
    ///
    /// A file that is there already is removed only if it is a socket on which nobody answers.
    static func listen(at path: String, backlog: Int32) throws(ListenError) -> (descriptor: CInt, file: UnixSocketFile)
    {
        try removeStale(path)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("cannot make a socket for", path) }
        do throws(ListenError) {
            guard withAddress(of: path, { bind(descriptor, $0, $1) }) == 0 else {
                throw failure("cannot bind", path)
            }
            // Until it listens, nobody can connect: the mode is right from the first connection on.
            guard chmod(path, 0o660) == 0 else { throw failure("cannot set the mode of", path) }
            guard Glibc.listen(descriptor, backlog) == 0 else { throw failure("cannot listen on", path) }
            var status = stat()
            guard lstat(path, &status) == 0 else { throw failure("cannot find", path) }
            return (descriptor, UnixSocketFile(path: path, inode: status.st_ino, device: status.st_dev))
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Removes the file, unless another server has put its own in its place.
    func remove() {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_ino == inode, status.st_dev == device else { return }
        unlink(path)
    }

    private static func removeStale(_ path: String) throws(ListenError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ListenError(description: "\(path) is there already, and is no socket: it is left alone")
        }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { throw failure("cannot make a socket for", path) }
        defer { close(probe) }
        guard withAddress(of: path, { connect(probe, $0, $1) }) != 0 else {
            throw ListenError(description: "another server answers on \(path)")
        }
        guard errno == ECONNREFUSED else { throw failure("cannot tell whether a server answers on", path) }
        guard unlink(path) == 0 else { throw failure("cannot remove the stale socket", path) }
    }

    private static func failure(_ what: String, _ path: String) -> ListenError {
        ListenError(description: "\(what) \(path): \(String(cString: strerror(errno)))")
    }

    private static func withAddress(
        of path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard bytes.count < room.count else { return false }
            room.copyBytes(from: bytes)
            return true
        }
        guard fits else {
            errno = ENAMETOOLONG
            return -1
        }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
