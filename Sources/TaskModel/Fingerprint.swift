/// How much of a task a caller asked to see.
package enum TaskView: String, Sendable, CaseIterable {
    /// The fields of the task.
    case brief
    /// The fields, the provider's result, and its whole answer.
    case full
}

/// A number that changes when what a view shows of a task changes.
///
/// It covers neither `observed_at` nor `poll_after_seconds`, and is the same in every process: FNV-1a, 64 bits.
package struct Fingerprint: Sendable, Hashable, RawRepresentable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

extension TaskSnapshot {
    /// The fingerprint of what `view` shows of this snapshot.
    package func fingerprint(of view: TaskView) -> Fingerprint {
        var hash = FowlerNollVo()
        hash.add(id.provider)
        hash.add(id.native)
        hash.add(status.rawValue)
        hash.add(reason)
        hash.add(providerStatus)
        hash.add(progress?.bitPattern)
        hash.add(title)
        hash.add(message)
        hash.add(error?.message)
        hash.add(error?.code)
        for time in [createdAt, startedAt, updatedAt, finishedAt] {
            hash.add(time.map { UInt64(bitPattern: $0.millisecondsSinceEpoch) })
        }
        hash.add(durationSeconds?.bitPattern)
        hash.add(cancel?.state.rawValue)
        hash.add((cancel?.requestedAt).map { UInt64(bitPattern: $0.millisecondsSinceEpoch) })
        hash.add(cancel?.requestedBy)
        hash.add(cancel?.reason)
        hash.add((cancel?.attempts).map(UInt64.init))
        hash.add((cancel?.confirmedAt).map { UInt64(bitPattern: $0.millisecondsSinceEpoch) })
        hash.add(cancel?.detail)
        if view == .full {
            source?.response.withUnsafeBufferPointer { bytes in
                for byte in bytes { hash.add(byte) }
            }
        }
        return Fingerprint(rawValue: hash.value)
    }
}

/// The hash function of Fowler, Noll and Vo (FNV-1a, 64 bits): small, fast, and no protection against an adversary.
private struct FowlerNollVo {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }

    mutating func add(_ text: String?) {
        guard var text else { return add(UInt8(0)) }
        text.withUTF8 { bytes in
            for byte in bytes { add(byte) }
        }
        add(UInt8(0xff))
    }

    mutating func add(_ number: UInt64?) {
        guard let number else { return add(UInt8(0)) }
        for shift in stride(from: UInt64(0), to: 64, by: 8) { add(UInt8(truncatingIfNeeded: number >> shift)) }
        add(UInt8(0xff))
    }
}
