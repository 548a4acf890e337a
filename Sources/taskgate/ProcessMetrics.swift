internal import CurlUpstream
internal import Glibc
internal import Metrics
internal import TaskModel

/// What Linux says of this process, under the names that Prometheus' own libraries use.
struct ProcessMetrics: MetricsSource {
    /// It reads the start of the process once.
    static let ofThisProcess = ProcessMetrics()

    /// In seconds since 1970; nil where `/proc` is not to be read.
    private let startTime: Double?

    private init() {
        let now = Double(SystemTimekeeper.roughTime().millisecondsSinceEpoch) / 1000
        let uptime = WholeFile(path: "/proc/uptime")
            .flatMap { String(decoding: $0.bytes, as: UTF8.self).split(separator: " ").first }
            .flatMap { Double($0) }
        guard let uptime, let status = Self.status else {
            startTime = nil
            return
        }
        // What it is made of is known to a hundredth of a second.
        startTime = ((now - uptime + status.startTime) * 100).rounded() / 100
    }

    func write(to text: inout MetricsText) {
        text.family("taskgate_build_info", .gauge, "What runs: always 1.")
        text.sample(["version": Taskgate.version, "libcurl": CurlLibrary.versionText], 1)
        if let startTime {
            text.family("process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.")
            text.sample([:], startTime)
        }
        if let status = Self.status {
            text.family("process_cpu_seconds_total", .counter, "Processor time that was used.")
            text.sample([:], status.processorTime)
        }
        if let bytes = Self.residentBytes {
            text.single("process_resident_memory_bytes", .gauge, "Memory that is resident.", bytes)
        }
        if let count = Self.openDescriptors {
            text.single("process_open_fds", .gauge, "File descriptors that are open.", count)
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(7), &limit) == 0, let most = Int(exactly: limit.rlim_cur) {
            text.single("process_max_fds", .gauge, "File descriptors that may be open.", most)
        }
    }

    /// The seconds of processor time, and the seconds from the system's start to that of the process.
    private static var status: (processorTime: Double, startTime: Double)? {
        guard let file = WholeFile(path: "/proc/self/stat") else { return nil }
        // The name in parentheses can hold anything: what follows is counted from behind its end.
        let text = String(decoding: file.bytes, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[end...].split(separator: " ").dropFirst().map { Double($0) }
        guard fields.count > 19, let user = fields[11], let system = fields[12], let start = fields[19] else {
            return nil
        }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        return ((user + system) / ticks, start / ticks)
    }

    private static var residentBytes: Int? {
        guard let file = WholeFile(path: "/proc/self/statm") else { return nil }
        let fields = String(decoding: file.bytes, as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    private static var openDescriptors: Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without ".", ".." and the folder that is being read.
        return max(0, count - 3)
    }
}
