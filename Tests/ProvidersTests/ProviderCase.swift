import Foundation
import JSON
import Testing

/// The file of one golden case: a request that must go out, the answer that comes, and what must become of it.
struct CaseFile: Sendable, CustomTestStringConvertible {
    let definition: String
    let name: String

    var testDescription: String { "\(definition)/\(name)" }

    func read() throws -> JSONElement {
        try Repository.json("Tests/ProvidersTests/Cases/\(definition)/\(name).json")
    }

    /// Every case, in the order of the files' names.
    static let all: [CaseFile] = Repository.names(in: "Tests/ProvidersTests/Cases").flatMap { definition in
        Repository.names(in: "Tests/ProvidersTests/Cases/\(definition)", ending: ".json").map { name in
            CaseFile(definition: definition, name: name)
        }
    }
}

/// The files of this repository that tests read.
enum Repository {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    static func bytes(_ path: String) throws -> [UInt8] {
        try Array(Data(contentsOf: root.appending(path: path)))
    }

    static func json(_ path: String) throws -> JSONElement {
        try JSONDocument(bytes(path)).root
    }

    /// What a folder holds, sorted, without the ending; nothing for what is no folder.
    static func names(in folder: String, ending: String = "") -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path())
        return (names ?? []).filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }.sorted()
    }

    /// The names of the definitions that come with the gateway.
    static var definitions: [String] {
        names(in: "providers", ending: ".json").filter { $0 != "provider.schema" }
    }
}

extension JSONElement {
    /// The value with sorted keys and without space, so that equal values are equal texts.
    var canonical: String {
        switch kind {
        case .null: "null"
        case .bool: bool == true ? "true" : "false"
        case .number: digits ?? ""
        case .string: (string ?? "").debugDescription
        case .array: "[" + elements.map(\.canonical).joined(separator: ", ") + "]"
        case .object: "{" + fields.sorted { $0.key < $1.key }.map { "\($0): \($1)" }.joined(separator: ", ") + "}"
        }
    }

    /// The members of an object, each in its canonical form.
    var fields: [String: String] {
        Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0.value.canonical) })
    }

    /// The members of an object that are texts.
    var texts: [String: String] {
        Dictionary(uniqueKeysWithValues: members.compactMap { key, value in value.string.map { (key, $0) } })
    }

    /// The bytes of the value as they stand in the document.
    var source: [UInt8] { Array(sourceBytes[sourceRange]) }
}
