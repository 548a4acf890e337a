internal import JSON

/// A JSON value as the simulator compares it: from the small bodies that clients send, and what tests expect.
enum SimulatorJSON: Sendable, Equatable {
    case null
    case flag(Bool)
    case number(Double)
    case string(String)
    case array([SimulatorJSON])
    case object([String: SimulatorJSON])

    /// Nil for bytes that are not one JSON text.
    init?(_ bytes: some Sequence<UInt8>) {
        guard let document = try? JSONDocument(Array(bytes)) else { return nil }
        self.init(document.root)
    }

    private init(_ element: JSONElement) {
        switch element.kind {
        case .null: self = .null
        case .bool: self = .flag(element.bool ?? false)
        case .number: self = .number(element.double ?? .infinity)
        case .string: self = .string(element.string ?? "")
        case .array: self = .array(element.elements.map { SimulatorJSON($0) })
        case .object:
            self = .object(Dictionary(uniqueKeysWithValues: element.members.map { ($0.key, SimulatorJSON($0.value)) }))
        }
    }

    subscript(name: String) -> SimulatorJSON? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var number: Double? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    var integer: Int? { number.flatMap { Int(exactly: $0) } }
}
