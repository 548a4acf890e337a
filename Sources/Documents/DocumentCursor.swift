package import JSON
internal import TaskModel

/// One value of a file that is being read strictly: it knows its place and where to report what is wrong with it.
///
/// Reading goes on after a mistake, so that all of them are reported at once; what could not be read is nil.
package struct DocumentCursor {
    package let element: JSONElement
    package let place: JSONPointer
    private let report: FaultReport

    /// Reads a whole file with `read`, and gives what it returns if nothing was wrong.
    ///
    /// Throws every mistake, in the order in which they stand in the file's reading.
    package static func read<Value>(
        _ bytes: [UInt8],
        of file: String,
        _ read: (DocumentCursor) -> Value?
    ) throws(DocumentFaults) -> Value {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(bytes)
        } catch {
            throw DocumentFaults([DocumentFault(file: file, place: nil, problem: "not valid JSON: \(error)")])
        }
        let report = FaultReport(file: file)
        let value = read(DocumentCursor(element: document.root, place: JSONPointer(), report: report))
        guard let value, report.faults.isEmpty else { throw DocumentFaults(report.faults) }
        return value
    }

    /// Reports a mistake at this place.
    package func fault(_ problem: String) {
        report.faults.append(DocumentFault(file: report.file, place: place, problem: problem))
    }

    /// Reports a mistake at a place below this one.
    package func fault(at key: String, _ problem: String) {
        report.faults.append(DocumentFault(file: report.file, place: place.appending(key), problem: problem))
    }

    // MARK: - Scalars

    package func string() -> String? {
        guard let string = element.string else { return wrongKind("a string") }
        return string
    }

    /// A string that is not empty.
    package func text() -> String? {
        guard let string = string() else { return nil }
        guard !string.isEmpty else {
            fault("must not be empty")
            return nil
        }
        return string
    }

    package func bool() -> Bool? {
        guard let bool = element.bool else { return wrongKind("true or false") }
        return bool
    }

    package func integer(in range: ClosedRange<Int>) -> Int? {
        guard let integer = element.integer else { return wrongKind("a whole number") }
        guard range.contains(integer) else {
            fault("\(integer) is not between \(range.lowerBound) and \(range.upperBound)")
            return nil
        }
        return integer
    }

    package func number(in range: ClosedRange<Double>) -> Double? {
        guard let number = element.double else { return wrongKind("a number") }
        guard range.contains(number) else {
            fault("must be between \(Self.text(range.lowerBound)) and \(Self.text(range.upperBound))")
            return nil
        }
        return number
    }

    /// A number as people write it: without a fraction where it has none.
    private static func text(_ number: Double) -> String {
        Int(exactly: number).map { "\($0)" } ?? "\(number)"
    }

    /// A number with a unit, such as `"250ms"`, `"30s"`, `"15m"` or `"2h"`, or a bare number of seconds.
    package func duration(in range: ClosedRange<Duration>) -> Duration? {
        let duration = element.string.map { Duration(text: $0) } ?? element.double.map { Duration(seconds: $0) } ?? nil
        guard let duration else {
            fault(#"must be a duration such as "250ms", "30s", "15m" or "2h"; a bare number is seconds"#)
            return nil
        }
        guard range.contains(duration) else {
            fault("must be between \(range.lowerBound) and \(range.upperBound)")
            return nil
        }
        return duration
    }

    /// One of a closed set of words.
    package func word<Word: RawRepresentable<String> & CaseIterable>(_ type: Word.Type) -> Word? {
        guard let string = string() else { return nil }
        guard let word = Word(rawValue: string) else {
            let words = Word.allCases.map(\.rawValue)
            fault(
                "\"\(string)\" is not one of \(words.map { "\"\($0)\"" }.joined(separator: ", "))\(hint(string, words))"
            )
            return nil
        }
        return word
    }

    // MARK: - Containers

    package func array() -> [DocumentCursor]? {
        guard element.kind == .array else { return wrongKind("an array") }
        return element.elements.enumerated().map { below($1, place.appending($0)) }
    }

    /// The elements of an array, or the value itself where there is only one.
    package func oneOrMany() -> [DocumentCursor] {
        element.kind == .array ? array() ?? [] : [self]
    }

    /// Reads an object: every key that is there must be asked for, or it is reported as unknown.
    package func object<Value>(_ read: (inout DocumentObject) -> Value?) -> Value? {
        guard element.kind == .object else { return wrongKind("an object") }
        var object = DocumentObject(self)
        let value = read(&object)
        object.reportUnknownKeys()
        return value
    }

    /// The members of an object whose keys are free.
    package func members() -> [(key: String, value: DocumentCursor)]? {
        guard element.kind == .object else { return wrongKind("an object") }
        return element.members.map { ($0.key, below($0.value, place.appending($0.key))) }
    }

    private func below(_ element: JSONElement, _ place: JSONPointer) -> DocumentCursor {
        DocumentCursor(element: element, place: place, report: report)
    }

    private func wrongKind<Value>(_ wanted: String) -> Value? {
        fault("must be \(wanted), not \(element.kind.rawValue)")
        return nil
    }
}

/// An object that is being read strictly.
package struct DocumentObject {
    package let cursor: DocumentCursor
    private var known: [String] = []

    init(_ cursor: DocumentCursor) {
        self.cursor = cursor
    }

    /// The value of a key, or nil where it is missing.
    package mutating func optional(_ key: String) -> DocumentCursor? {
        known.append(key)
        guard let members = cursor.members() else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// The value of a key that must be there; `reason` says what for.
    package mutating func required(_ key: String, _ reason: String) -> DocumentCursor? {
        if let value = optional(key) { return value }
        cursor.fault("\"\(key)\" is missing: \(reason)")
        return nil
    }

    /// Whether a key is there, without reading it.
    package func has(_ key: String) -> Bool { cursor.element[key] != nil }

    func reportUnknownKeys() {
        for (key, _) in cursor.element.members where !known.contains(key) {
            cursor.fault(at: key, "unknown key\(hint(key, known)); known here: \(known.joined(separator: ", "))")
        }
    }
}

private final class FaultReport {
    let file: String
    var faults: [DocumentFault] = []

    init(file: String) {
        self.file = file
    }
}

/// `; did you mean …?` where one of the words is close to what was written.
private func hint(_ written: String, _ words: [String]) -> String {
    let nearest = words.map { ($0, distance(written.lowercased(), $0)) }.min { $0.1 < $1.1 }
    guard let nearest, nearest.1 <= max(2, nearest.0.count / 3), nearest.1 < nearest.0.count else { return "" }
    return "; did you mean \"\(nearest.0)\"?"
}

/// How many characters must be inserted, removed or replaced to turn one word into the other (Levenshtein).
private func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (i, character) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for j in right.indices {
            let replaced = diagonal + (right[j] == character ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[right.count]
}
