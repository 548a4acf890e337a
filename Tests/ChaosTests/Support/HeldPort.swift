import Glibc
import ProgramTesting

/// A port that nobody serves and nobody else gets: connections to it are refused, or never accepted where it listens, for
/// its queue is then full of connections that nobody fetches.
final class HeldPort: Sendable {
    let port: Int
    private let descriptors: [Int32]

    init(listens: Bool) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var port = 0
        try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(listener, pointer, length) == 0, !listens || listen(listener, 0) == 0,
                    getsockname(listener, pointer, &length) == 0
                else { throw NeverHappened(description: "no port: \(errno)") }
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        var descriptors = [listener]
        for _ in 0..<(listens ? 4 : 0) {
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(client, $0, length) }
            }
            descriptors.append(client)
        }
        self.port = port
        self.descriptors = descriptors
    }

    func close() {
        for descriptor in descriptors { _ = Glibc.close(descriptor) }
    }
}
