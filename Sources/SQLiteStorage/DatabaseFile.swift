internal import CProcess
internal import Glibc
internal import Synchronization
internal import TaskStorage

/// The place of a store's file, and the lock that keeps a second gateway from it.
final class DatabaseFile: Sendable {
    /// The file itself, behind any link: two names of one file have one lock.
    let path: String
    /// Negative once it is given up.
    private let lock: Atomic<CInt>

    /// Makes the file, readable for its user alone, where it is not there.
    init(_ path: String) throws(StoreProblem) {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .cannotOpen(path, errno) }
        // SQLite has not opened it yet: whoever closes a file gives up all locks of the process on it.
        defer { _ = Glibc.close(file) }
        if let system = Self.networkFileSystem(cprocess_file_system(file)) {
            throw StoreProblem(
                .failed,
                "\(path) lies on \(system), where SQLite cannot keep what it promises. Name a file on a disk of this machine."
            )
        }
        guard let real = realpath(path, nil) else { throw .cannotOpen(path, errno) }
        self.path = String(cString: real)
        free(real)
        lock = Atomic(try Self.lock(self.path))
    }

    deinit { close() }

    /// Lets another gateway have it.
    ///
    /// The file of the lock stays: whoever removed it could take it from under one that has just opened it.
    func close() {
        let lock = lock.exchange(-1, ordering: .relaxed)
        if lock >= 0 { _ = Glibc.close(lock) }
    }

    private static func lock(_ path: String) throws(StoreProblem) -> CInt {
        let name = path + ".lock"
        let lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw .cannotOpen(name, errno) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let error = errno
            _ = Glibc.close(lock)
            guard error == EWOULDBLOCK else { throw .cannotOpen(name, error) }
            throw StoreProblem(
                .failed,
                """
                Another gateway has \(path) open. Each gateway needs a file of its own; several that shall know of the same \
                tasks share a PostgreSQL database.
                """
            )
        }
        return lock
    }

    /// The name of a file system whose files lie on another machine, by the number that Linux gives it.
    static func networkFileSystem(_ kind: UInt32) -> String? {
        switch kind {
        case 0x6969: "NFS"
        case 0x517b, 0xff53_4d42, 0xfe53_4d42: "a Windows share (SMB)"
        case 0x0102_1997: "a folder of another machine (9p)"
        case 0x00c3_6400: "Ceph"
        case 0x5346_414f, 0x6b41_4653: "AFS"
        case 0x0bd0_0bd0: "Lustre"
        case 0x4750_4653: "GPFS"
        case 0x0161_1970...0x0161_1971: "GFS2"
        case 0x7461_636f: "OCFS2"
        default: nil
        }
    }
}

extension StoreProblem {
    fileprivate static func cannotOpen(_ path: String, _ error: CInt) -> StoreProblem {
        let reason = String(cString: strerror(error))
        let advice =
            switch error {
            case EACCES, EPERM: "The gateway's user has to be able to write the file and its folder."
            case EROFS: "It is on a file system that cannot be written: name a file elsewhere."
            case ENOENT, ENOTDIR: "Its folder has to be there."
            case EISDIR: "Name a file in it."
            case ENOSPC, EDQUOT: "Make room for it."
            default: "Name a file that the gateway can write."
            }
        return StoreProblem(.failed, "\(path) cannot be opened: \(reason). \(advice)")
    }
}
