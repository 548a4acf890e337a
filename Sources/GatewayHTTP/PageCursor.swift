internal import TaskModel

/// Where a list goes on: what `next` holds, in digits that mean nothing to clients.
enum PageCursor: Sendable, Hashable {
    /// Behind this task, in the order of the ids.
    case after(TaskID)
    /// Below this number.
    case below(Int64)

    private static let taskMark = UInt8(ascii: "t")
    private static let numberMark = UInt8(ascii: "n")

    /// Nil for what is no cursor of ours.
    init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count >= 4, digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Hexadecimal.value(digits[place]), let low = Hexadecimal.value(digits[place + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        guard let content = String(validating: bytes.dropFirst(), as: UTF8.self) else { return nil }
        switch bytes[0] {
        case Self.taskMark:
            guard let colon = content.firstIndex(of: ":") else { return nil }
            let provider = content[..<colon]
            guard TaskID.isProviderName(provider) else { return nil }
            self = .after(TaskID(provider: String(provider), native: String(content[content.index(after: colon)...])))
        case Self.numberMark:
            guard let number = Int64(content), number >= 0 else { return nil }
            self = .below(number)
        default: return nil
        }
    }

    var text: String {
        let bytes =
            switch self {
            case .after(let task): [Self.taskMark] + Array(task.description.utf8)
            case .below(let number): [Self.numberMark] + Array(String(number).utf8)
            }
        return Hexadecimal.text(bytes)
    }
}
