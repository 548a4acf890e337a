internal import JSON

/// JSON: what is taken is written and read again as the same value.
enum JSONTarget {
    static func run(_ bytes: [UInt8]) throws {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(bytes)
        } catch {
            try Finding.unless(0...bytes.count ~= error.offset, "an error stands outside of the text")
            try Finding.unless(error.line > 0 && error.column > 0, "an error has no place")
            return
        }
        let written = document.root.written
        let again: JSONDocument
        do throws(JSONError) {
            again = try JSONDocument(written)
        } catch {
            throw Finding(description: "what was written is not read: \(error)")
        }
        try document.root.requireSame(as: again.root)
        try Finding.unless(again.root.written == written, "written twice, it differs")
        // A value that stands in a document is one by itself.
        for value in document.root.elements + document.root.members.map(\.value) {
            let part = try JSONDocument(Array(bytes[value.sourceRange]))
            try value.requireSame(as: part.root)
        }
        for (key, value) in document.root.members {
            try Finding.unless(document.root[key]?.sourceRange == value.sourceRange, "a key leads to another value")
        }
    }
}

extension JSONElement {
    /// The value as the writer writes it, numbers with the digits that they have.
    fileprivate var written: [UInt8] {
        var writer = JSONWriter(capacity: 16)
        write(to: &writer)
        return writer.bytes
    }

    private func write(to writer: inout JSONWriter) {
        switch kind {
        case .null: writer.null()
        case .bool: writer.bool(bool == true)
        case .number: writer.raw((digits ?? "").utf8)
        case .string: writer.string(string)
        case .array:
            writer.beginArray()
            for element in elements { element.write(to: &writer) }
            writer.endArray()
        case .object:
            writer.beginObject()
            for (key, value) in members {
                writer.key(escaping: key)
                value.write(to: &writer)
            }
            writer.endObject()
        }
    }

    fileprivate func requireSame(as other: JSONElement) throws {
        try Finding.unless(kind == other.kind, "\(kind) became \(other.kind)")
        try Finding.unless(bool == other.bool && digits == other.digits, "a value changed")
        try Finding.unless(double == other.double && integer == other.integer, "a number changed")
        try Finding.unless(string.map { Array($0.utf8) } == other.string.map { Array($0.utf8) }, "a string changed")
        let (elements, others) = (elements, other.elements)
        try Finding.unless(elements.count == others.count, "an array has another length")
        for (element, other) in zip(elements, others) { try element.requireSame(as: other) }
        let (members, otherMembers) = (members, other.members)
        try Finding.unless(members.count == otherMembers.count, "an object has another number of members")
        for (member, other) in zip(members, otherMembers) {
            try Finding.unless(member.key.utf8.elementsEqual(other.key.utf8), "a key changed")
            try member.value.requireSame(as: other.value)
        }
        if let double {
            var writer = JSONWriter()
            writer.number(double)
            let read = try JSONDocument(writer.bytes).root.double
            try Finding.unless(read == double, "\(double) is written as another number")
        }
    }
}
