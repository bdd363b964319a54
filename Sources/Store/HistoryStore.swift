package import Federation
import Foundation
import GRDB

/// The past exchanges, in an SQLite file that several processes share.
///
/// The file is in write-ahead mode: an exchange that was kept survives the death of the process at any
/// instant, and readers never wait for writers.
package struct HistoryStore: Sendable {
    /// The file.
    package let path: String
    let settings: HistorySettings
    /// How often the file is opened while others put it into its mode: for two seconds or so.
    private static let openings = 100
    let database: any DatabaseWriter

    private static func file(in directory: String) -> String { directory + "/history.sqlite" }

    /// Whether a directory has a history; nothing is made.
    package static func exists(in directory: String) -> Bool {
        FileManager.default.fileExists(atPath: file(in: directory))
    }

    /// Opens the history in a directory, makes both when they are missing, and brings older files up to date.
    ///
    /// - Parameters:
    ///   - directory: The state directory; made with mode 0700.
    ///   - settings: How much is kept.
    /// - Returns: The history.
    /// - Throws: ``HistoryError`` when there can be none; the program then goes on without it.
    package static func open(directory: String, settings: HistorySettings) throws(HistoryError) -> Self {
        let path = file(in: directory)
        do {
            try makePrivateFile(path, in: directory)
            var configuration = GRDB.Configuration()
            configuration.label = "history"
            configuration.busyMode = .timeout(5)
            configuration.maximumReaderCount = 2
            let database = try pool(path, configuration)
            let migrator = HistorySchema.migrator
            if try database.read(migrator.hasBeenSuperseded) { throw HistoryError.newer(path: path) }
            try migrate(database, by: migrator)
            return Self(path: path, settings: settings, database: database)
        } catch let error as HistoryError {
            throw error
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Opens the file, which is put into write-ahead mode the first time.
    ///
    /// SQLite does not wait for another process that is doing the same just then, whatever the busy mode says.
    private static func pool(_ path: String, _ configuration: GRDB.Configuration) throws -> DatabasePool {
        for _ in 0..<openings {
            do {
                return try DatabasePool(path: path, configuration: configuration)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
        return try DatabasePool(path: path, configuration: configuration)
    }

    /// Brings the tables up to date.
    ///
    /// Another process may make the same step between our look and our write; ours then fails, and the next
    /// look finds it done.
    private static func migrate(_ database: DatabasePool, by migrator: DatabaseMigrator) throws {
        for _ in migrator.migrations {
            do {
                return try migrator.migrate(database)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR {
                continue
            }
        }
        try migrator.migrate(database)
    }

    /// A history that lasts as long as the process, for a lab and for when there can be no file.
    ///
    /// - Returns: An empty history.
    /// - Throws: ``HistoryError`` when SQLite cannot even work in memory.
    package static func inMemory(settings: HistorySettings) throws(HistoryError) -> Self {
        let path = "in memory"
        do {
            let database = try DatabaseQueue()
            try HistorySchema.migrator.migrate(database)
            return Self(path: path, settings: settings, database: database)
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Ends all connections; the last call.
    ///
    /// - Throws: ``HistoryError`` when somebody still reads.
    package func close() throws(HistoryError) {
        do {
            try database.close()
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// SQLite would make the file with the modes of the process; the journal beside it takes the file's.
    private static func makePrivateFile(_ path: String, in directory: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw HistoryError.unopened(path, errno: error.posixCode)
        }
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw HistoryError.unopened(path, errno: errno) }
        Foundation.close(descriptor)
    }

    /// Runs a transaction that writes.
    func write<Value: Sendable>(
        _ updates: @escaping @Sendable (Database) throws -> Value
    ) async throws(HistoryError) -> Value {
        do {
            return try await database.write(updates)
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Runs queries on one state of the file.
    func read<Value: Sendable>(
        _ queries: @escaping @Sendable (Database) throws -> Value
    ) async throws(HistoryError) -> Value {
        do {
            return try await database.read(queries)
        } catch {
            throw HistoryError(error, path: path)
        }
    }
}

extension Error {
    /// What the system said when Foundation could not do something with a file; 0 when it did not say.
    fileprivate var posixCode: Int32 {
        if let error = self as? POSIXError { return error.code.rawValue }
        let underlying = (self as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
        return (underlying as? POSIXError)?.code.rawValue
            ?? underlying.map { Int32(($0 as NSError).code) } ?? 0
    }
}
