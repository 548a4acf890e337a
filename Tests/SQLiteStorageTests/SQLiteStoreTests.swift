import Foundation
import SQLiteStorage
import StorageTesting
import TaskModel
import TaskStorage
import Testing

@Suite struct `The store in SQLite` {
    @Test(arguments: StoreSentence.all + StoreSentence.shuffles)
    func `does what every store does`(_ sentence: StoreSentence) async throws {
        try await withFolder { folder in
            try await sentence.holds { try SQLiteStore(path: folder + "/store.db", changed: $0) }
        }
    }
}
