import Foundation
import GRDB
import StorageTesting
import TaskStorage
import Testing

@testable import SQLiteStorage

@Suite struct `A file for a store` {
    /// Opens a store, and returns why that could not be.
    private func problem(_ path: String) async throws -> StoreProblem? {
        do {
            let store = try SQLiteStore(path: path) {}
            await store.close()
            return nil
        } catch {
            return error
        }
    }

    @Test func `is made where there is none, for its user alone`() async throws {
        try await withFolder { folder in
            let store = try SQLiteStore(path: folder + "/store.db") {}
            for name in ["store.db", "store.db-wal", "store.db.lock"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
            }
            await store.close()
        }
    }

    @Test func `is one gateway's alone, whatever name another has for it`() async throws {
        try await withFolder { folder in
            let path = folder + "/store.db"
            let store = try SQLiteStore(path: path) {}
            try FileManager.default.createSymbolicLink(atPath: folder + "/link.db", withDestinationPath: path)
            for name in [path, folder + "/link.db", folder + "/./store.db"] {
                let problem = try #require(try await problem(name))
                #expect(
                    problem.detail.hasPrefix("Another gateway has \(path) open. Each gateway needs a file of its own")
                )
            }
            // The first is not disturbed.
            _ = try await store.put(.sample(), isDone: false, at: .second(0))
            await store.close()
            #expect(try await problem(folder + "/link.db") == nil)
        }
    }

    @Test func `is left alone where it is something else`() async throws {
        try await withFolder { folder in
            let path = folder + "/letter.txt"
            let text = Data(String(repeating: "Dear reader, this is no database. ", count: 100).utf8)
            try text.write(to: URL(filePath: path))
            let problem = try #require(try await problem(path))
            #expect(problem.kind == .foreign)
            #expect(problem.detail.hasPrefix("\(path): This is no SQLite database: name another file"))
            #expect(try Data(contentsOf: URL(filePath: path)) == text)
        }
    }

    @Test func `is left alone where it holds somebody else's tables`() async throws {
        try await withFolder { folder in
            let path = folder + "/other.db"
            let other = try DatabaseQueue(path: path)
            try await other.write { database in
                try database.execute(sql: "CREATE TABLE recipes (name TEXT); CREATE TABLE tasks (id TEXT)")
            }
            try other.close()
            let before = try Data(contentsOf: URL(filePath: path))
            let problem = try #require(try await problem(path))
            #expect(problem.kind == .foreign)
            #expect(
                problem.detail == "\(path) holds tables that are not Taskgate's (recipes, tasks): name another file."
            )
            #expect(try Data(contentsOf: URL(filePath: path)) == before)
        }
    }

    @Test func `is left alone where a later version wrote it`() async throws {
        try await withFolder { folder in
            let path = folder + "/store.db"
            let store = try SQLiteStore(path: path) {}
            let later = Schema.migrations.count + 1
            try await store.write { try $0.execute(sql: "UPDATE taskgate_schema SET version = ?", arguments: [later]) }
            await store.close()
            let before = try Data(contentsOf: URL(filePath: path))
            let problem = try #require(try await problem(path))
            #expect(problem.kind == .foreign)
            #expect(
                problem.detail.contains(
                    "was written by a later version of Taskgate: its tables are of version \(later)"
                )
            )
            #expect(try Data(contentsOf: URL(filePath: path)) == before)
        }
    }

    @Test(arguments: 0..<Schema.migrations.count)
    func `of an earlier version becomes one of this`(_ version: Int) async throws {
        try await withFolder { folder in
            let path = folder + "/store.db"
            let queue = try DatabaseQueue(path: path)
            try await queue.write { database in
                for migration in Schema.migrations[..<version] { try database.execute(sql: migration) }
                if version > 0 {
                    try database.execute(sql: "UPDATE taskgate_schema SET version = ?", arguments: [version])
                }
            }
            try queue.close()
            let store = try SQLiteStore(path: path) {}
            let found = try await store.write { try Int.fetchOne($0, sql: "SELECT version FROM taskgate_schema") }
            #expect(found == Schema.migrations.count)
            _ = try await store.put(.sample(), isDone: false, at: .second(0))
            await store.close()
        }
    }

    @Test func `that is damaged is named`() async throws {
        try await withFolder { folder in
            let path = folder + "/store.db"
            let store = try SQLiteStore(path: path) {}
            _ = try await store.put(.sample(), isDone: false, at: .second(0))
            await store.close()
            // Its head, which says that it is a database, stays.
            let size = try Data(contentsOf: URL(filePath: path)).count
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.seek(toOffset: 4096)
            try file.write(contentsOf: Data(repeating: 0xab, count: size - 4096))
            try file.close()
            let problem = try #require(try await problem(path))
            #expect(problem.kind == .failed)
            #expect(problem.detail.hasPrefix("\(path): The file is damaged: put a backup in its place"))
        }
    }

    @Test func `has to be in a folder, and a file that can be written`() async throws {
        try await withFolder { folder in
            let cases = [
                (folder + "/none/store.db", "No such file or directory. Its folder has to be there."),
                (folder, "Is a directory. Name a file in it."),
            ]
            for (path, end) in cases {
                let problem = try #require(try await problem(path))
                #expect(problem.kind == .failed)
                #expect(problem.detail == "\(path) cannot be opened: \(end)")
            }
            // Where even root makes no files.
            let refused = try #require(try await problem("/sys/store.db"))
            #expect(refused.detail.hasPrefix("/sys/store.db cannot be opened: "))
            guard getuid() != 0 else { return }
            try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder)
            let closed = try #require(try await problem(folder + "/store.db"))
            #expect(closed.detail.hasSuffix("The gateway's user has to be able to write the file and its folder."))
        }
    }

    @Test func `does not lie on another machine`() {
        for (number, name) in [(0x6969, "NFS"), (0xff53_4d42, "a Windows share (SMB)"), (0x0102_1997, "9p")] {
            #expect(DatabaseFile.networkFileSystem(UInt32(number))?.contains(name) == true)
        }
        // ext4, XFS, Btrfs, tmpfs, overlayfs, ZFS, and where Linux does not say.
        for number in [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630, 0x2fc1_2fc1, 0] as [UInt32] {
            #expect(DatabaseFile.networkFileSystem(number) == nil)
        }
    }
}
