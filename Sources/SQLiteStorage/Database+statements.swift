internal import GRDB

extension Database {
    /// Runs a statement that is prepared once, and returns how many rows it changed.
    @discardableResult
    func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Int {
        try cachedStatement(sql: sql).execute(arguments: arguments)
        return changesCount
    }

    func rows<Value>(
        _ sql: String,
        _ arguments: StatementArguments = StatementArguments(),
        _ read: (Row) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        let cursor = try Row.fetchCursor(try cachedStatement(sql: sql), arguments: arguments)
        while let row = try cursor.next() { values.append(try read(row)) }
        return values
    }

    func row<Value>(
        _ sql: String,
        _ arguments: StatementArguments = StatementArguments(),
        _ read: (Row) throws -> Value
    ) throws -> Value? {
        try rows(sql, arguments, read).first
    }
}

/// Conditions that are chosen when the question is known, and what stands in them.
struct Conditions {
    private(set) var arguments = StatementArguments()
    private var texts: [String] = []

    mutating func add(_ text: String, _ values: (any DatabaseValueConvertible)?...) {
        texts.append(text)
        arguments += StatementArguments(values)
    }

    mutating func add(_ column: String, in values: [any DatabaseValueConvertible], negated: Bool = false) {
        let marks = values.map { _ in "?" }.joined(separator: ", ")
        texts.append("\(column) \(negated ? "NOT IN" : "IN") (\(marks))")
        arguments += StatementArguments(values)
    }

    /// All of them; true where there are none.
    var sql: String { texts.isEmpty ? "TRUE" : texts.joined(separator: " AND ") }
}
