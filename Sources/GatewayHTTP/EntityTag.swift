internal import TaskModel

/// The strong tag of one view of a task: `"b-<16 digits>"` or `"f-<16 digits>"`.
struct EntityTag: Sendable, Hashable, CustomStringConvertible {
    var view: TaskView
    var fingerprint: Fingerprint

    init(view: TaskView, fingerprint: Fingerprint) {
        self.view = view
        self.fingerprint = fingerprint
    }

    /// Reads what stands between the quotation marks; nil for a tag that is not ours.
    init?(opaque text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 18, bytes[1] == UInt8(ascii: "-") else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "b"): view = .brief
        case UInt8(ascii: "f"): view = .full
        default: return nil
        }
        var value: UInt64 = 0
        for byte in bytes[2...] {
            guard let digit = Hexadecimal.value(byte), !(UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte) else {
                return nil
            }
            value = value << 4 | UInt64(digit)
        }
        fingerprint = Fingerprint(rawValue: value)
    }

    var description: String {
        "\"\(view == .brief ? "b" : "f")-\(Hexadecimal.text(fingerprint.rawValue))\""
    }
}

/// What `If-None-Match` holds, as far as it can concern us.
struct EntityTagCondition: Sendable, Hashable {
    /// `*`: whatever there is.
    var matchesAny = false
    /// Our own tags in it, in their order; weak ones count, as the comparison is the weak one.
    var tags: [EntityTag] = []

    /// Reads the field; what is not a list of tags is passed over.
    init(_ field: String) {
        var rest = Substring(field)
        while let character = rest.first {
            switch character {
            case " ", "\t", ",":
                rest.removeFirst()
            case "*":
                matchesAny = true
                rest.removeFirst()
            case "W" where rest.dropFirst().first == "/":
                rest.removeFirst(2)
            case "\"":
                rest.removeFirst()
                guard let end = rest.firstIndex(of: "\"") else { return }
                if let tag = EntityTag(opaque: rest[..<end]) { tags.append(tag) }
                rest = rest[rest.index(after: end)...]
            default:
                return
            }
        }
    }

    func matches(_ tag: EntityTag) -> Bool { matchesAny || tags.contains(tag) }

    /// The first of our tags that belongs to `view`.
    func fingerprint(of view: TaskView) -> Fingerprint? { tags.first { $0.view == view }?.fingerprint }
}
