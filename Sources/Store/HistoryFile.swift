import CSQLite
import FoundationEssentials
import Glibc
import Synchronization

/// The SQLite file of the history, which several processes share.
///
/// The file uses write-ahead logging. A stored exchange survives a crash of the process, and a running write does not
/// block reads.
/// Operations wait for other processes' locks, at most two seconds in total. A successful write resets the total.
struct HistoryFile: Sendable {
    private static let readerCount = 2

    let path: String
    private let writer: SQLiteSession
    /// `nil` if reads also use the connection of `writer`.
    private let readers: SQLiteReaders?
    private let timeout: LockTimeout

    /// Returns the path of the file in a state directory.
    static func location(in directory: String) -> String { directory + "/history.sqlite" }

    /// Opens the history in a directory, creates the directory and the file if necessary, and migrates older files.
    static func open(directory: String) throws(HistoryError) -> Self {
        let path = location(in: directory)
        return try reportingErrors(path) {
            try makePrivateFile(path, in: directory)
            let timeout = LockTimeout()
            let writer = SQLiteSession("history writer") {
                try SQLiteConnection(path: path, access: .readWrite, whileLocked: timeout.pause)
            }
            // The writer creates the files of the log, which readers cannot create.
            let readers = SQLiteReaders(count: readerCount) {
                try SQLiteConnection(path: path, access: .readOnly, whileLocked: timeout.pause)
            }
            try writer.runBlocking { database in
                try switchToLog(database, timeout)
                try HistorySchema.migrate(database)
            }
            timeout.renew()
            return Self(path: path, writer: writer, readers: readers, timeout: timeout)
        }
    }

    /// Opens an existing history without writing.
    ///
    /// SQLite needs the log's files even for reading, and cannot create the files in a read-only directory. If the
    /// log's files are missing or empty, the database is opened as immutable.
    ///
    /// Source: https://www.sqlite.org/wal.html, "Read-Only Databases".
    static func openReadOnly(directory: String) throws(HistoryError) -> Self {
        let path = location(in: directory)
        return try reportingErrors(path) {
            let timeout = LockTimeout()
            let hasLog = ["-wal", "-shm"].contains { suffix in
                var status = stat()
                return stat(path + suffix, &status) == 0 && status.st_size > 0
            }
            let reader = SQLiteSession("history reader") {
                try SQLiteConnection(
                    path: path,
                    access: hasLog ? .readOnly : .immutable,
                    whileLocked: timeout.pause
                )
            }
            // The current version cannot read an older file before the migration.
            guard try reader.runBlocking(HistorySchema.isCurrent) else {
                throw HistoryError.readOnly(path: path)
            }
            return Self(path: path, writer: reader, readers: nil, timeout: timeout)
        }
    }

    /// Creates a history in memory, for the lab or if the file cannot be used.
    static func inMemory() throws(HistoryError) -> Self {
        let path = "in memory"
        return try reportingErrors(path) {
            let session = SQLiteSession("history in memory") {
                try SQLiteConnection(path: ":memory:", access: .readWrite) { false }
            }
            try session.runBlocking(HistorySchema.migrate)
            return Self(path: path, writer: session, readers: nil, timeout: LockTimeout())
        }
    }

    /// Switches the file to write-ahead logging if necessary.
    ///
    /// SQLite does not call the busy handler while another process switches the mode, so this function waits by itself.
    ///
    /// With `synchronous = NORMAL`, a power failure may undo the latest transactions but cannot corrupt the file. A
    /// crash of the process undoes no transaction.
    private static func switchToLog(_ database: SQLiteConnection, _ timeout: LockTimeout) throws {
        while true {
            do {
                let mode = try database.first("PRAGMA journal_mode = WAL") { $0.text(0) }
                guard mode == "wal" else {
                    throw SQLiteError(code: SQLITE_ERROR, message: "write-ahead logging is not possible")
                }
                return try database.execute("PRAGMA synchronous = NORMAL")
            } catch let error as SQLiteError where error.primaryCode == SQLITE_BUSY {
                guard timeout.pause() else { throw error }
            }
        }
    }

    /// Closes all connections; must be the last call.
    ///
    /// - Throws: ``HistoryError`` while a read is running.
    func close() throws(HistoryError) {
        try Self.reportingErrors(path) { try readers?.close() }
        writer.close()
    }

    /// Creates an absent directory (mode 0700) and an absent file (mode 0600).
    ///
    /// SQLite's journal files inherit the mode of the file.
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
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { throw HistoryError.unopened(path, errno: errno) }
        Glibc.close(descriptor)
    }

    /// Runs a write transaction.
    func write<Value: Sendable>(
        _ updates: @Sendable (SQLiteConnection) throws -> Value
    ) async throws(HistoryError) -> Value {
        do {
            let value = try await writer.transaction(.write, body: updates)
            timeout.renew()
            return value
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Runs queries on a single snapshot of the file.
    func read<Value: Sendable>(
        _ queries: @Sendable (SQLiteConnection) throws -> Value
    ) async throws(HistoryError) -> Value {
        do {
            guard let readers else { return try await writer.transaction(.read, body: queries) }
            return try await readers.read(queries)
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Runs a body, and converts its errors.
    private static func reportingErrors<Value>(
        _ path: String,
        _ body: () throws -> Value
    ) throws(HistoryError) -> Value {
        do {
            return try body()
        } catch {
            throw HistoryError(error, path: path)
        }
    }
}

/// The remaining time for waiting for other processes' locks.
///
/// The total is two seconds; a successful write resets the total.
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
    /// The `errno` of a failed Foundation file operation; 0 for any other error.
    fileprivate var posixCode: Int32 {
        let error = self as? POSIXError ?? (self as? CocoaError)?.underlying as? POSIXError
        return error?.code.rawValue ?? 0
    }
}
