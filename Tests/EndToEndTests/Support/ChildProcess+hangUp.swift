import Glibc
import ProgramTesting

extension ChildProcess {
    /// How often the gateway read its files again, as its log says.
    private var readings: Int { text.split(separator: "\n").count { $0.contains("read again") } }

    /// Has the gateway read its files again, and waits for it.
    func hangUp() async throws {
        let before = readings
        send(SIGHUP)
        try await eventually("the files were read again") { readings > before }
    }
}
