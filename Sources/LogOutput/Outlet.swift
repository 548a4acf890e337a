internal import Glibc
internal import Synchronization

/// The place that lines are written to: standard error, or a file that only grows.
///
/// The one function of the program that writes log or audit is here, and every byte passes the redactor in it.
package final class Outlet: Sendable {
    /// What is told of lines that could not be written: each as its bytes, and the system's error number.
    package typealias Loss = @Sendable (UnsafeRawBufferPointer, Int32) -> Void

    private let redactor: Redactor
    private let path: String?
    private let loss: Loss
    private let descriptor: Mutex<Int32>

    private init(_ descriptor: Int32, path: String?, _ redactor: Redactor, _ loss: @escaping Loss) {
        self.descriptor = Mutex(descriptor)
        self.path = path
        self.redactor = redactor
        self.loss = loss
    }

    deinit {
        if path != nil { descriptor.withLock { _ = Glibc.close($0) } }
    }

    /// A descriptor that is open, and stays so: standard error.
    package static func descriptor(_ descriptor: Int32, _ redactor: Redactor) -> Outlet {
        Outlet(descriptor, path: nil, redactor) { _, _ in }
    }

    /// A file that is appended to, made for its owner alone where it is not there.
    ///
    /// Throws where it cannot be opened.
    package static func file(
        _ path: String,
        _ redactor: Redactor,
        loss: @escaping Loss
    ) throws(LogOutputProblem) -> Outlet {
        Outlet(try open(path), path: path, redactor, loss)
    }

    /// Opens the file of this name again, for whoever has moved the one before away; throws where that cannot be, and
    /// goes on with the one before.
    package func reopen() throws(LogOutputProblem) {
        guard let path else { return }
        let next = try Self.open(path)
        let last = descriptor.withLock { descriptor in
            defer { descriptor = next }
            return descriptor
        }
        _ = Glibc.close(last)
    }

    private static func open(_ path: String) throws(LogOutputProblem) -> Int32 {
        let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0o600)
        guard descriptor >= 0 else {
            throw LogOutputProblem("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    /// Writes whole lines, without the secrets in them; returns how many were lost.
    func write(_ lines: LogLines) -> Int {
        guard let redacted = redactor.replaced(in: lines.bytes) else { return write(safe: lines.bytes) }
        return redacted.withUnsafeBytes { write(safe: $0) }
    }

    private func write(safe bytes: UnsafeRawBufferPointer) -> Int {
        let (written, error) = descriptor.withLock { Self.write(bytes, to: $0) }
        return error == 0 ? 0 : report(bytes, from: written, error)
    }

    /// How many bytes were written, and the error that kept it from more.
    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> (count: Int, error: Int32) {
        var start = 0
        while start < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                start += count
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                // Somebody else made the terminal or pipe that we share one that does not wait.
                var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&wait, 1, -1)
            } else if errno != EINTR {
                return (start, errno)
            }
        }
        return (start, 0)
    }

    /// Tells of each line that is not whole in the file.
    private func report(_ bytes: UnsafeRawBufferPointer, from written: Int, _ error: Int32) -> Int {
        var count = 0
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            if end >= written {
                loss(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), error)
                count += 1
            }
            start = end + 1
        }
        return count
    }
}
