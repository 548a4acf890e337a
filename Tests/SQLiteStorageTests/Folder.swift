import Foundation

@testable import SQLiteStorage

/// Runs something with the path of a folder that is empty, and is removed afterwards.
func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
}

/// Runs something with a store that is empty.
func withStore(_ body: (SQLiteStore) async throws -> Void) async throws {
    try await withFolder { folder in
        let store = try SQLiteStore(path: folder + "/store.db") {}
        try await body(store)
        await store.close()
    }
}
