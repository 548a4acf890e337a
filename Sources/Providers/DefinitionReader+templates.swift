internal import Documents
internal import JSON

/// What the name in a hole can stand for.
struct HoleNames {
    /// Names that mean something by themselves.
    static let reserved = ["reason", "title", "status"]

    var parts: [String] = []
    var variables: [String] = []
    var hasReason = false
    var hasTitle = false
    var hasStatusAnswer = false

    /// Whether a text can be the name of a part or a variable.
    static func isName(_ text: String) -> Bool {
        text.wholeMatch(of: /[a-z][a-z0-9_]{0,31}/) != nil
    }

    func source(_ name: String) -> HoleSource? {
        if let index = parts.firstIndex(of: name) { return .part(index) }
        if variables.contains(name) { return .variable(name) }
        if name == "reason", hasReason { return .reason }
        if name == "title", hasTitle { return .title }
        return nil
    }

    var list: String {
        (parts + variables + (hasReason ? ["reason"] : []) + (hasTitle ? ["title"] : [])
            + (hasStatusAnswer ? ["status:/pointer"] : []))
            .map { "{\($0)}" }
            .joined(separator: ", ")
    }
}

extension DefinitionReader {
    /// Reads a text with holes, each of which is encoded for `place` unless it says otherwise.
    func readTemplate(
        _ text: String,
        _ cursor: DocumentCursor,
        holes: HoleNames,
        place: TextTemplate.Place
    ) -> TextTemplate? {
        var pieces: [TextTemplate.Piece] = []
        var rest = text[...]
        while let start = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            guard rest[start] == "{", let end = rest[start...].firstIndex(of: "}") else {
                cursor.fault("a { without its }, or a } without its {")
                return nil
            }
            if start > rest.startIndex { pieces.append(.text(String(rest[..<start]))) }
            guard let hole = readHole(rest[rest.index(after: start)..<end], cursor, holes: holes) else { return nil }
            switch (hole.kind, place) {
            case (nil, _): pieces.append(.hole(hole.source, place))
            case ("path", .segment): pieces.append(.hole(hole.source, .path))
            case (let kind?, _):
                cursor.fault("a hole here cannot be \(kind): only a path's hole can, as {name:path}")
                return nil
            }
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        return TextTemplate(pieces: pieces)
    }

    /// Reads what stands between the braces: a name, and behind a colon its kind or a pointer.
    private func readHole(
        _ text: Substring,
        _ cursor: DocumentCursor,
        holes: HoleNames
    ) -> (source: HoleSource, kind: String?)? {
        let (name, kind) = String(text).splitOnce(at: ":")
        if name == "status", holes.hasStatusAnswer {
            guard let kind, let pointer = JSONPointer(kind) else {
                cursor.fault("{\(text)} needs a JSON Pointer, such as {status:/agent_id}")
                return nil
            }
            return (.status(pointer), nil)
        }
        guard let source = holes.source(name) else {
            cursor.fault("{\(text)} is not known here; known: \(holes.list)")
            return nil
        }
        return (source, kind)
    }

    /// Reads header fields with holes.
    func readHeaders(_ cursor: DocumentCursor?, holes: HoleNames) -> [(name: String, value: TextTemplate)] {
        cursor?.members()?.compactMap { name, cursor in
            guard name.isHeaderName else {
                cursor.fault("\"\(name)\" is not the name of a header")
                return nil
            }
            let managed = ["host", "content-length", "transfer-encoding", "connection", "content-type", "expect"]
            if managed.contains(name.lowercased()) {
                cursor.fault(
                    "\(name) is set by the gateway" + (name.lowercased() == "content-type" ? "; use content_type" : "")
                )
            }
            guard let text = cursor.text() else { return nil }
            guard text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
                cursor.fault("a header holds visible characters of ASCII and spaces only")
                return nil
            }
            return readTemplate(text, cursor, holes: holes, place: .header).map { (name, $0) }
        } ?? []
    }

    /// Reads a JSON value with holes.
    func readBody(_ cursor: DocumentCursor, holes: HoleNames) -> BodyTemplate {
        var builder = BodyBuilder()
        add(cursor, to: &builder, holes: holes)
        return BodyTemplate(pieces: builder.finished)
    }

    private func add(_ cursor: DocumentCursor, to builder: inout BodyBuilder, holes: HoleNames) {
        switch cursor.element.kind {
        case .object:
            builder.text("{")
            for (index, member) in (cursor.members() ?? []).enumerated() {
                if index > 0 { builder.text(",") }
                builder.literal { $0.string(member.key) }
                builder.text(":")
                add(member.value, to: &builder, holes: holes)
            }
            builder.text("}")
        case .array:
            builder.text("[")
            for (index, element) in (cursor.array() ?? []).enumerated() {
                if index > 0 { builder.text(",") }
                add(element, to: &builder, holes: holes)
            }
            builder.text("]")
        case .string:
            add(cursor.string() ?? "", cursor, to: &builder, holes: holes)
        case .number: builder.text(cursor.element.digits ?? "0")
        case .bool: builder.text(cursor.element.bool == true ? "true" : "false")
        case .null: builder.text("null")
        }
    }

    private func add(_ text: String, _ cursor: DocumentCursor, to builder: inout BodyBuilder, holes: HoleNames) {
        guard text.contains("{") || text.contains("}") else { return builder.literal { $0.string(text) } }
        guard text.hasPrefix("{"), text.hasSuffix("}"),
            !text.dropFirst().dropLast().contains(where: { "{}".contains($0) })
        else {
            return cursor.fault(#"a hole fills a whole value: "{name}" or "{name:integer}""#)
        }
        guard let hole = readHole(text.dropFirst().dropLast(), cursor, holes: holes) else { return }
        switch hole.kind {
        case nil: builder.pieces.append(.string(hole.source))
        case "integer": builder.pieces.append(.integer(hole.source))
        case let kind?: cursor.fault("a hole in a body cannot be \(kind): it is a string, or {name:integer}")
        }
    }
}

/// Joins what is literal between two holes.
private struct BodyBuilder {
    var pieces: [BodyTemplate.Piece] = []

    mutating func text(_ text: String) { append(Array(text.utf8)) }

    mutating func literal(_ write: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(capacity: 64)
        write(&writer)
        append(writer.bytes)
    }

    private mutating func append(_ bytes: [UInt8]) {
        if case .bytes(let before)? = pieces.last {
            pieces[pieces.count - 1] = .bytes(before + bytes)
        } else {
            pieces.append(.bytes(bytes))
        }
    }

    var finished: [BodyTemplate.Piece] { pieces }
}

extension String {
    /// Whether this is a token of RFC 9110, section 5.6.2.
    var isHeaderName: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
