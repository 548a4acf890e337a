internal import CCounting

/// What the adapter costs by itself: each provider's requests and answers, without HTTP, libcurl or the rest of a call.
///
/// Prints nanoseconds and allocations; with `--count`, does each piece of work a fixed number of times, for callgrind to
/// count instructions (`Scripts/check-adapter-cost.sh`). It is started in the folder of the repository.
@main
struct AdapterBenchmark {
    /// How often a piece of work is done while its allocations, or its instructions, are counted.
    private static let counted = 100

    static func main() throws {
        let work = try ["blackbox-cloud", "blackbox-agent", "xpander", "qmail"].flatMap { try Subject($0).work }
        if CommandLine.arguments.dropFirst().first == "--count" {
            for piece in work { count(piece) }
        } else {
            print("| provider | work | ns | allocations |")
            print("|---|---|---:|---:|")
            for piece in work {
                print("| \(piece.provider) | \(piece.name) | \(nanoseconds(piece)) | \(allocations(piece)) |")
            }
        }
    }

    /// Does the work where callgrind counts, and says how often, so that the counts can be told apart by their order.
    private static func count(_ piece: Work) {
        piece.repeatedly(counted)
        withUnsafePointer(to: piece) { pointer in
            counting_measured(
                { context in context?.assumingMemoryBound(to: Work.self).pointee.repeatedly(AdapterBenchmark.counted) },
                UnsafeMutableRawPointer(mutating: pointer)
            )
        }
        print("\(counted) \(piece.provider) \(piece.name)")
    }

    private static func allocations(_ piece: Work) -> UInt64 {
        piece.repeatedly(counted)
        let before = counting_allocations()
        piece.repeatedly(counted)
        return (counting_allocations() - before) / UInt64(counted)
    }

    /// The least of many rounds: what the others took longer was the machine's doing.
    private static func nanoseconds(_ piece: Work) -> Int64 {
        let clock = ContinuousClock()
        let times = 500
        let rounds = (0..<60).map { _ in clock.measure { piece.repeatedly(times) } }
        let least = rounds.min() ?? .zero
        return least.components.attoseconds / 1_000_000_000 / Int64(times)
    }
}

/// One thing that the adapter does on the way of a call.
struct Work {
    let provider: String
    let name: String
    /// Does it once and returns something of what came out, so that no compiler can leave it out.
    let once: () throws -> Int

    func repeatedly(_ times: Int) {
        var sum = 0
        for _ in 0..<times { sum &+= (try? once()) ?? 0 }
        precondition(sum > 0, "\(provider): \(name) fails")
    }
}
