internal import CPostgres
internal import TaskModel

/// What a statement returned; it stays on the thread of its connection.
final class Answer {
    private let result: OpaquePointer

    /// Owns the result.
    init(_ result: OpaquePointer) {
        self.result = result
    }

    deinit {
        PQclear(result)
    }

    var count: Int { Int(PQntuples(result)) }

    /// The value that `read` makes of each row.
    func map<Value>(
        _ read: (inout Row) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        for index in 0..<PQntuples(result) {
            var row = Row(answer: self, index: index)
            values.append(try read(&row))
        }
        return values
    }

    /// The value that `read` makes of the first row; nil where there is none.
    func first<Value>(_ read: (inout Row) throws(DatabaseError) -> Value) throws(DatabaseError) -> Value? {
        guard count > 0 else { return nil }
        var row = Row(answer: self, index: 0)
        return try read(&row)
    }

    /// Nil is NULL.
    fileprivate func field(_ row: Int32, _ column: Int32) -> UnsafeRawBufferPointer? {
        guard PQgetisnull(result, row, column) == 0 else { return nil }
        return UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column),
            count: Int(PQgetlength(result, row, column))
        )
    }

    fileprivate func name(of column: Int32) -> String { PQfname(result, column).map { String(cString: $0) } ?? "?" }
}

/// Reads a row's columns from the first to the last.
struct Row {
    fileprivate let answer: Answer
    fileprivate let index: Int32
    private var column: Int32 = 0

    fileprivate init(answer: Answer, index: Int32) {
        self.answer = answer
        self.index = index
    }

    private mutating func next() -> UnsafeRawBufferPointer? {
        defer { column += 1 }
        return answer.field(index, column)
    }

    /// A value that is there, or an error that names its column.
    mutating func required<Value>(
        _ read: (inout Row) throws(DatabaseError) -> Value?
    ) throws(DatabaseError) -> Value {
        let place = column
        guard let value = try read(&self) else {
            throw .unreadable("the column \(answer.name(of: place)) holds nothing, or what this version cannot read")
        }
        return value
    }

    mutating func optionalBytes() -> [UInt8]? { next().map { Array($0) } }
    mutating func optionalText() -> String? { next().map { String(decoding: $0, as: UTF8.self) } }
    mutating func optionalNumber() -> Int64? {
        next().flatMap { $0.count == 8 ? Int64(bigEndian: $0.loadUnaligned(as: Int64.self)) : nil }
    }

    mutating func optionalFlag() -> Bool? { next().map { $0.first == 1 } }
    mutating func optionalTime() -> Timestamp? { optionalNumber().map { Timestamp(millisecondsSinceEpoch: $0) } }

    mutating func bytes() throws(DatabaseError) -> [UInt8] { try required { $0.optionalBytes() } }
    mutating func text() throws(DatabaseError) -> String { try required { $0.optionalText() } }
    mutating func number() throws(DatabaseError) -> Int64 { try required { $0.optionalNumber() } }
    mutating func time() throws(DatabaseError) -> Timestamp { try required { $0.optionalTime() } }
    mutating func flag() throws(DatabaseError) -> Bool { try required { $0.optionalFlag() } }

    /// A word of a closed set.
    mutating func word<Word: RawRepresentable<String>>() throws(DatabaseError) -> Word {
        try required { $0.optionalText().flatMap { Word(rawValue: $0) } }
    }

    mutating func task() throws(DatabaseError) -> TaskID {
        try required { row in
            row.optionalText().flatMap { text in
                text.firstIndex(of: ":").map {
                    TaskID(provider: String(text[..<$0]), native: String(text[text.index(after: $0)...]))
                }
            }
        }
    }

    /// The empty text is a client that is nil.
    mutating func client() throws(DatabaseError) -> String? {
        let name = try text()
        return name.isEmpty ? nil : name
    }
}
