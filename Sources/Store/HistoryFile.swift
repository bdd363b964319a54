import Foundation
import GRDB
import Synchronization

/// The SQLite file of the history, which several processes share.
///
/// The file uses write-ahead logging: a stored exchange survives a crash at any time, and readers never wait for
/// writers. If another process holds a lock, operations wait for up to two seconds in total; further operations fail
/// immediately until a write has succeeded.
struct HistoryFile: Sendable {
    let path: String
    private let database: any DatabaseWriter
    private let timeout: LockTimeout

    /// Returns the path of the file in a state directory.
    static func location(in directory: String) -> String { directory + "/history.sqlite" }

    /// Opens the history in a directory, creates the directory and the file if necessary, and migrates older files.
    static func open(directory: String) throws(HistoryError) -> Self {
        let path = location(in: directory)
        let timeout = LockTimeout()
        do {
            try makePrivateFile(path, in: directory)
            let database = try pool(path, configuration(timeout), timeout)
            let migrator = HistorySchema.migrator
            if try database.read(migrator.hasBeenSuperseded) { throw HistoryError.newer(path: path) }
            try migrate(database, by: migrator)
            timeout.renew()
            return Self(path: path, database: database, timeout: timeout)
        } catch let error as HistoryError {
            throw error
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Opens an existing history without writing.
    ///
    /// SQLite needs the log's files even to read, and cannot create them in a read-only directory. A file without a log
    /// is therefore opened as immutable. Source: https://www.sqlite.org/wal.html, "Read-Only Databases".
    static func openReadOnly(directory: String) throws(HistoryError) -> Self {
        let path = location(in: directory)
        let timeout = LockTimeout()
        do {
            var configuration = configuration(timeout)
            configuration.readonly = true
            let hasLog = ["-wal", "-shm"].contains { suffix in
                let attributes = try? FileManager.default.attributesOfItem(atPath: path + suffix)
                return (attributes?[.size] as? Int ?? 0) > 0
            }
            let name = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
            let database = try DatabaseQueue(
                path: hasLog ? path : "file:\(name)?immutable=1",
                configuration: configuration
            )
            let migrator = HistorySchema.migrator
            if try database.read(migrator.hasBeenSuperseded) { throw HistoryError.newer(path: path) }
            // A file of an earlier version cannot be read before its migration.
            guard try database.read(migrator.hasCompletedMigrations) else {
                throw HistoryError.readOnly(path: path)
            }
            return Self(path: path, database: database, timeout: timeout)
        } catch let error as HistoryError {
            throw error
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    private static func configuration(_ timeout: LockTimeout) -> GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.label = "history"
        configuration.busyMode = .callback { _ in timeout.pause() }
        configuration.maximumReaderCount = 2
        return configuration
    }

    /// Opens the file, and switches it to write-ahead logging the first time.
    ///
    /// SQLite does not call the busy handler while another process switches the mode.
    private static func pool(
        _ path: String,
        _ configuration: GRDB.Configuration,
        _ timeout: LockTimeout
    ) throws -> DatabasePool {
        while true {
            do {
                return try DatabasePool(path: path, configuration: configuration)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                guard timeout.pause() else { throw error }
            }
        }
    }

    /// Migrates the tables.
    ///
    /// Another process may run the same migration between this process's read and write; the write then fails, and
    /// the next read finds that the migration has been applied.
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

    /// Creates a history in memory, for the lab or if the file cannot be used.
    static func inMemory() throws(HistoryError) -> Self {
        let path = "in memory"
        do {
            let database = try DatabaseQueue()
            try HistorySchema.migrator.migrate(database)
            return Self(path: path, database: database, timeout: LockTimeout())
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Closes all connections; must be the last call.
    ///
    /// - Throws: ``HistoryError`` while a read is running.
    func close() throws(HistoryError) {
        do {
            try database.close()
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Creates the file with mode 0600, which SQLite's journal files inherit.
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
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { throw HistoryError.unopened(path, errno: errno) }
        Foundation.close(descriptor)
    }

    /// Runs a write transaction.
    func write<Value: Sendable>(
        _ updates: @escaping @Sendable (Database) throws -> Value
    ) async throws(HistoryError) -> Value {
        do {
            let value = try await database.write(updates)
            timeout.renew()
            return value
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Runs queries on a single snapshot of the file.
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

/// The remaining time to wait for another process's lock: two seconds in total until a write succeeds.
private final class LockTimeout: Sendable {
    private static let pauses = 400
    private static let microseconds = UInt32(5000)

    private let remaining = Mutex(LockTimeout.pauses)

    /// Pauses once; returns `false` if no time is left.
    func pause() -> Bool {
        let isLeft = remaining.withLock { remaining in
            guard remaining > 0 else { return false }
            remaining -= 1
            return true
        }
        if isLeft { usleep(Self.microseconds) }
        return isLeft
    }

    func renew() {
        remaining.withLock { $0 = Self.pauses }
    }
}

extension Error {
    /// The `errno` of a failed Foundation file operation; 0 if there is none.
    fileprivate var posixCode: Int32 {
        if let error = self as? POSIXError { return error.code.rawValue }
        let underlying = (self as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
        return (underlying as? POSIXError)?.code.rawValue
            ?? underlying.map { Int32(truncatingIfNeeded: ($0 as NSError).code) } ?? 0
    }
}
