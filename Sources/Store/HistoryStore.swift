package import Federation
package import Foundation
import GRDB
package import Propagation
import Synchronization

/// Past exchanges and watches, in an SQLite file shared by several processes.
///
/// The file uses write-ahead logging: a stored exchange survives a crash at any time, and readers never wait for
/// writers. If another process holds a lock, the first operation waits for up to two seconds; further operations fail
/// immediately until the lock is released.
package struct HistoryStore: Sendable {
    /// The path of the file.
    package let path: String
    private let settings: HistorySettings
    private let database: any DatabaseWriter
    private let timeout: LockTimeout

    private static func file(in directory: String) -> String { directory + "/history.sqlite" }

    /// Whether the directory contains a history; creates no file.
    package static func exists(in directory: String) -> Bool {
        FileManager.default.fileExists(atPath: file(in: directory))
    }

    /// Opens the history in a directory, creating both if necessary, and migrates older files.
    ///
    /// - Parameters:
    ///   - directory: The state directory; created with mode 0700.
    ///   - settings: The retention limits.
    /// - Returns: The open history.
    /// - Throws: ``HistoryError`` if the history cannot be used; cambist then continues without it.
    package static func open(directory: String, settings: HistorySettings) throws(HistoryError) -> Self {
        let path = file(in: directory)
        let timeout = LockTimeout()
        do {
            try makePrivateFile(path, in: directory)
            let database = try pool(path, configuration(timeout), timeout)
            let migrator = HistorySchema.migrator
            if try database.read(migrator.hasBeenSuperseded) { throw HistoryError.newer(path: path) }
            try migrate(database, by: migrator)
            timeout.renew()
            return Self(path: path, settings: settings, database: database, timeout: timeout)
        } catch let error as HistoryError {
            throw error
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Opens the history in a directory to read it, even if the directory or the file system is not writable.
    ///
    /// - Throws: ``HistoryError`` if the history cannot be read.
    package static func openForReading(
        directory: String,
        settings: HistorySettings
    ) throws(HistoryError) -> Self {
        do throws(HistoryError) {
            return try open(directory: directory, settings: settings)
        } catch {
            guard case .readOnly = error, exists(in: directory) else { throw error }
            return try openReadOnly(directory: directory, settings: settings)
        }
    }

    /// Opens an existing history without writing.
    ///
    /// SQLite needs the log's files even to read; it cannot create them where it may not write. A file without a log is
    /// therefore opened as immutable. Source: https://www.sqlite.org/wal.html, "Read-Only Databases".
    static func openReadOnly(directory: String, settings: HistorySettings) throws(HistoryError) -> Self {
        let path = file(in: directory)
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
            // A file of an earlier version can only be read after its migration.
            guard try database.read(migrator.hasCompletedMigrations) else {
                throw HistoryError.readOnly(path: path)
            }
            return Self(path: path, settings: settings, database: database, timeout: timeout)
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
    /// the next read finds the migration done.
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
    ///
    /// - Throws: ``HistoryError`` if SQLite fails even in memory.
    package static func inMemory(settings: HistorySettings) throws(HistoryError) -> Self {
        let path = "in memory"
        do {
            let database = try DatabaseQueue()
            try HistorySchema.migrator.migrate(database)
            return Self(path: path, settings: settings, database: database, timeout: LockTimeout())
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Closes all connections; must be the last call.
    ///
    /// - Throws: ``HistoryError`` while a read is running.
    package func close() throws(HistoryError) {
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

    // MARK: Exchanges

    /// Stores an exchange.
    ///
    /// - Parameter record: The exchange; it contains no secrets.
    /// - Returns: The IDs under which the exchange is stored.
    /// - Throws: ``HistoryError`` if the exchange was not stored.
    @discardableResult
    package func append(_ record: ExchangeRecord) async throws(HistoryError) -> StoredExchangeID {
        try await append([record]).first ?? StoredExchangeID(local: record.id, fleet: nil)
    }

    /// Stores several exchanges in one transaction, and occasionally trims the history.
    ///
    /// - Returns: The IDs of each exchange.
    /// - Throws: ``HistoryError`` if no exchange was stored.
    @discardableResult
    package func append(_ records: [ExchangeRecord]) async throws(HistoryError) -> [StoredExchangeID] {
        guard let now = records.last?.cloudTime else { return [] }
        let (ids, isTrimDue) = try await write { [settings] database in
            let ids = try records.map { record in
                let row = try ExchangeTable.insert(record, keepsClaims: settings.keepsClaims, into: database)
                return StoredExchangeID(
                    local: row,
                    fleet: settings.isForwarded ? try OutboxTable.add(exchange: row, in: database) : nil
                )
            }
            return (ids, try ExchangeTable.isTrimDue(after: ids.count, at: now, settings, in: database))
        }
        // The exchanges are already stored: a lock only postpones trimming.
        if isTrimDue {
            do throws(HistoryError) {
                try await trim(at: now)
            } catch {
                guard case .busy = error else { throw error }
            }
        }
        return ids
    }

    /// Returns a page of the exchanges that match a filter, newest first.
    ///
    /// - Parameters:
    ///   - filter: The filter.
    ///   - before: The last exchange on the previous page; `nil` for the newest page.
    ///   - limit: The page size.
    /// - Returns: The exchanges; fewer than `limit` if there are no more.
    /// - Throws: ``HistoryError`` if the file cannot be read.
    package func records(
        matching filter: HistoryFilter = HistoryFilter(),
        before: ExchangeRecord.ID? = nil,
        limit: Int
    ) async throws(HistoryError) -> [ExchangeRecord] {
        try await records(matching: filter, at: before.map(HistoryPosition.before) ?? .newest, limit: limit)
    }

    /// Returns the page of matching exchanges at a position, newest first.
    ///
    /// - Returns: The exchanges; fewer than `limit` if there are no more in that direction.
    /// - Throws: ``HistoryError`` if the file cannot be read or the search for the regular expression takes too long.
    package func records(
        matching filter: HistoryFilter,
        at place: HistoryPosition,
        limit: Int
    ) async throws(HistoryError) -> [ExchangeRecord] {
        let search = filter.expression.map(LabelSearch.init)
        let functions = [
            search?.function, filter.terms.isEmpty ? nil : TermSearch(terms: filter.terms).function,
        ]
        .compactMap(\.self)
        let found = try await read { database in
            for function in functions { database.add(function: function) }
            defer { for function in functions { database.remove(function: function) } }
            return try ExchangeTable.records(filter, at: place, limit: limit, in: database)
        }
        if let search, search.isExhausted { throw .endless(expression: filter.expression?.pattern ?? "") }
        return found
    }

    /// Whether a token is known, by its fingerprint or by a `uti` among the latest thousand tokens.
    ///
    /// - Throws: ``HistoryError`` if the file cannot be read.
    package func knows(fingerprint: String, uniqueID: String?) async throws(HistoryError) -> Bool {
        try await read { try ExchangeTable.knows(fingerprint: fingerprint, uniqueID: uniqueID, in: $0) }
    }

    /// Returns a mapping's latest token with a different fingerprint.
    ///
    /// - Throws: ``HistoryError`` if the file cannot be read.
    package func lastToken(
        of mapping: RoleMapping.ID,
        otherThan fingerprint: String
    ) async throws(HistoryError) -> TokenFacts? {
        let id = try await read { try ExchangeTable.lastID(of: mapping, otherThan: fingerprint, in: $0) }
        guard let id else { return nil }
        let next = id.addingReportingOverflow(1)
        let place: HistoryPosition = next.overflow ? .newest : .before(next.partialValue)
        return try await records(matching: HistoryFilter(mapping: mapping), at: place, limit: 1).first?.token
    }

    /// Returns SQLite's query plan for a page, as one string per line.
    func plan(of filter: HistoryFilter, at place: HistoryPosition = .newest) async throws(HistoryError)
        -> [String]
    {
        try await read { try ExchangeTable.plan(of: filter, at: place, in: $0) }
    }

    /// Deletes the rows beyond the retention limits, in small transactions that do not block other processes for
    /// long.
    ///
    /// - Throws: ``HistoryError`` if the file cannot be written.
    package func trim(at now: Date) async throws(HistoryError) {
        let oldest = try await read { [settings] in
            try ExchangeTable.oldestID(at: now, settings, in: $0)
        }
        while try await write({ try ExchangeTable.removeBatch(before: oldest, in: $0) }) {}
        try await write { [settings] database in
            try ExchangeTable.removeOrphans(in: database)
            try WatchTable.trim(at: now, settings, in: database)
        }
    }

    // MARK: Watches

    /// Returns the running watches, sorted by mapping name.
    ///
    /// - Returns: The watches that this version of cambist can read.
    /// - Throws: ``HistoryError`` if the file cannot be read.
    package func watches() async throws(HistoryError) -> [StoredWatch] {
        try await read { try WatchTable.watches(in: $0) }
    }

    /// Stores a new watch, or claims the mapping's running watch if its lease has expired.
    ///
    /// - Parameters:
    ///   - watch: A watch that has just begun.
    ///   - lease: The lease of the process that runs it.
    ///   - now: The current time.
    /// - Returns: The running watch of the mapping, with its lease.
    /// - Throws: ``HistoryError`` if the watch was not stored.
    package func begin(
        _ watch: Watch,
        lease: WatchLease,
        now: Date
    ) async throws(HistoryError) -> StoredWatch {
        try await write { try WatchTable.begin(watch, lease: lease, now: now, in: $0) }
    }

    /// Claims a watch whose lease has expired or belongs to the caller or the ended process `evicted`.
    ///
    /// - Returns: The watch as stored; `nil` if another process holds it, or it has ended.
    /// - Throws: ``HistoryError`` if the watch could not be claimed.
    package func claim(
        _ id: Watch.ID,
        lease: WatchLease,
        evicting evicted: String? = nil,
        now: Date
    ) async throws(HistoryError) -> Watch? {
        try await write { try WatchTable.claim(id, lease: lease, evicting: evicted, now: now, in: $0) }
    }

    /// Stores the state of a watch and renews its lease.
    ///
    /// - Returns: `false` if another process has claimed the watch, or it has ended.
    /// - Throws: ``HistoryError`` if the watch was not stored.
    package func save(_ watch: Watch, lease: WatchLease) async throws(HistoryError) -> Bool {
        try await write { try WatchTable.save(watch, lease: lease, in: $0) }
    }

    /// Moves a watch and its waits to the past watches; has no effect if the watch has already ended.
    ///
    /// - Throws: ``HistoryError`` if the watch was not stored.
    package func end(_ watch: Watch) async throws(HistoryError) {
        try await write { [settings] in
            try WatchTable.end(watch, isForwarded: settings.isForwarded, in: $0)
        }
    }

    /// Releases a lease, so that another process can claim the watch immediately.
    ///
    /// - Throws: ``HistoryError`` if the file cannot be written.
    package func release(_ id: Watch.ID, holder: String) async throws(HistoryError) {
        try await write { try WatchTable.release(id, holder: holder, in: $0) }
    }

    /// Returns past and current waits for a cause.
    ///
    /// - Returns: The latest thousand waits, as many as the estimate uses.
    /// - Throws: ``HistoryError`` if the file cannot be read.
    package func waits(for cause: WatchCause, now: Date) async throws(HistoryError) -> [PastWait] {
        try await read { try WatchTable.waits(for: cause, now: now, in: $0) }
    }

    /// Returns watches that have ended, latest first.
    ///
    /// - Parameters:
    ///   - filter: The filter; a filter for an identity matches no watch, because watches have no identity.
    ///   - limit: The maximum number of watches.
    /// - Returns: The watches that this version of cambist can read.
    /// - Throws: ``HistoryError`` if the file cannot be read.
    package func pastWatches(
        matching filter: HistoryFilter = HistoryFilter(),
        limit: Int
    ) async throws(HistoryError) -> [Watch] {
        if filter.identity != nil { return [] }
        return try await read { try WatchTable.pastWatches(matching: filter, limit: limit, in: $0) }
    }
}

/// The IDs under which an exchange is stored.
package struct StoredExchangeID: Hashable, Sendable {
    /// The row in this file.
    package let local: ExchangeRecord.ID
    /// The ID in the fleet; `nil` if the history is not forwarded.
    package let fleet: FleetRecordID?

    package init(local: ExchangeRecord.ID, fleet: FleetRecordID?) {
        self.local = local
        self.fleet = fleet
    }
}

/// The remaining time to wait for another process's lock: up to two seconds until a transaction succeeds again.
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
