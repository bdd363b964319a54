package import Federation
package import Foundation
import GRDB
package import Propagation
import Synchronization

/// The past exchanges and the watches, in an SQLite file that several processes share.
///
/// The file is in write-ahead mode: a stored exchange survives the end of the process at any instant, and
/// readers never wait for writers. A lock of another process delays the first operation by two seconds at most;
/// operations after that fail at once until the lock is gone.
package struct HistoryStore: Sendable {
    /// The file.
    package let path: String
    private let settings: HistorySettings
    private let database: any DatabaseWriter
    private let patience: LockPatience

    private static func file(in directory: String) -> String { directory + "/history.sqlite" }

    /// Whether a directory has a history; creates nothing.
    package static func exists(in directory: String) -> Bool {
        FileManager.default.fileExists(atPath: file(in: directory))
    }

    /// Opens the history in a directory, creates both if absent, and migrates older files.
    ///
    /// - Parameters:
    ///   - directory: The state directory; created with mode 0700.
    ///   - settings: The retention.
    /// - Returns: The open history.
    /// - Throws: ``HistoryError`` when there can be no history; the program then continues without it.
    package static func open(directory: String, settings: HistorySettings) throws(HistoryError) -> Self {
        let path = file(in: directory)
        let patience = LockPatience()
        do {
            try makePrivateFile(path, in: directory)
            var configuration = GRDB.Configuration()
            configuration.label = "history"
            configuration.busyMode = .callback { _ in patience.pause() }
            configuration.maximumReaderCount = 2
            let database = try pool(path, configuration, patience)
            let migrator = HistorySchema.migrator
            if try database.read(migrator.hasBeenSuperseded) { throw HistoryError.newer(path: path) }
            try migrate(database, by: migrator)
            patience.renew()
            return Self(path: path, settings: settings, database: database, patience: patience)
        } catch let error as HistoryError {
            throw error
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Opens the file, which is put into write-ahead mode the first time.
    ///
    /// SQLite does not call the busy handler while another process changes the mode.
    private static func pool(
        _ path: String,
        _ configuration: GRDB.Configuration,
        _ patience: LockPatience
    ) throws -> DatabasePool {
        while true {
            do {
                return try DatabasePool(path: path, configuration: configuration)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                guard patience.pause() else { throw error }
            }
        }
    }

    /// Migrates the tables.
    ///
    /// Another process may make the same step between this one's read and write; the write then fails, and the
    /// next read finds the step done.
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

    /// Creates a history in memory, for a lab and for a process without a usable file.
    ///
    /// - Throws: ``HistoryError`` when SQLite fails even in memory.
    package static func inMemory(settings: HistorySettings) throws(HistoryError) -> Self {
        let path = "in memory"
        do {
            let database = try DatabaseQueue()
            try HistorySchema.migrator.migrate(database)
            return Self(path: path, settings: settings, database: database, patience: LockPatience())
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Closes all connections; the last call.
    ///
    /// - Throws: ``HistoryError`` while a read is running.
    package func close() throws(HistoryError) {
        do {
            try database.close()
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Creates the file with mode 0600; the journal files inherit it.
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

    /// Runs a transaction that writes.
    func write<Value: Sendable>(
        _ updates: @escaping @Sendable (Database) throws -> Value
    ) async throws(HistoryError) -> Value {
        do {
            let value = try await database.write(updates)
            patience.renew()
            return value
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Runs queries on one snapshot of the file.
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
    /// - Parameter record: The exchange; it contains no secret.
    /// - Returns: The id under which it is read again.
    /// - Throws: ``HistoryError`` when it was not stored.
    @discardableResult
    package func append(_ record: ExchangeRecord) async throws(HistoryError) -> ExchangeRecord.ID {
        try await append([record]).first ?? record.id
    }

    /// Stores several exchanges, all or none of them, and applies the retention from time to time.
    ///
    /// - Returns: The id of each.
    /// - Throws: ``HistoryError`` when none was stored.
    @discardableResult
    package func append(_ records: [ExchangeRecord]) async throws(HistoryError) -> [ExchangeRecord.ID] {
        guard let now = records.last?.at else { return [] }
        let (ids, isTrimDue) = try await write { [settings] database in
            let ids = try records.map {
                try ExchangeTable.insert($0, keepsClaims: settings.keepsClaims, into: database)
            }
            return (ids, try ExchangeTable.isTrimDue(after: ids.count, at: now, settings, in: database))
        }
        // The exchanges are stored by now: a lock only postpones the retention.
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
    ///   - before: The last exchange of the page before; the newest page without it.
    ///   - limit: The size of the page.
    /// - Returns: The exchanges; fewer than `limit` when there are no more.
    /// - Throws: ``HistoryError`` when the file cannot be read.
    package func records(
        matching filter: HistoryFilter = HistoryFilter(),
        before: ExchangeRecord.ID? = nil,
        limit: Int
    ) async throws(HistoryError) -> [ExchangeRecord] {
        try await records(matching: filter, at: before.map(HistoryPlace.before) ?? .newest, limit: limit)
    }

    /// Returns the page of matching exchanges at a place, newest first.
    ///
    /// - Returns: The exchanges; fewer than `limit` when there are no more on that side.
    /// - Throws: ``HistoryError`` when the file cannot be read, or the filter's expression takes too long.
    package func records(
        matching filter: HistoryFilter,
        at place: HistoryPlace,
        limit: Int
    ) async throws(HistoryError) -> [ExchangeRecord] {
        let search = filter.expression.map(LabelSearch.init)
        let found = try await read { database in
            if let search { database.add(function: search.function) }
            defer { if let search { database.remove(function: search.function) } }
            return try ExchangeTable.records(filter, at: place, limit: limit, in: database)
        }
        if let search, search.isExhausted { throw .endless(expression: filter.expression?.pattern ?? "") }
        return found
    }

    /// Whether a token is known, by its fingerprint or by its `uti` among the latest thousand.
    ///
    /// - Throws: ``HistoryError`` when the file cannot be read.
    package func knows(fingerprint: String, uniqueID: String?) async throws(HistoryError) -> Bool {
        try await read { try ExchangeTable.knows(fingerprint: fingerprint, uniqueID: uniqueID, in: $0) }
    }

    /// Returns the last token of a mapping other than the one with that fingerprint.
    ///
    /// - Throws: ``HistoryError`` when the file cannot be read.
    package func lastToken(
        of mapping: RoleMapping.ID,
        otherThan fingerprint: String
    ) async throws(HistoryError) -> TokenFacts? {
        let id = try await read { try ExchangeTable.lastID(of: mapping, otherThan: fingerprint, in: $0) }
        guard let id else { return nil }
        let next = id.addingReportingOverflow(1)
        let place: HistoryPlace = next.overflow ? .newest : .before(next.partialValue)
        return try await records(matching: HistoryFilter(mapping: mapping), at: place, limit: 1).first?.token
    }

    /// Returns SQLite's query plan of a page, a line each.
    func plan(of filter: HistoryFilter, at place: HistoryPlace = .newest) async throws(HistoryError)
        -> [String]
    {
        try await read { try ExchangeTable.plan(of: filter, at: place, in: $0) }
    }

    /// Deletes the rows that exceed the retention, in small transactions, so that other processes wait little.
    ///
    /// - Throws: ``HistoryError`` when the file cannot be written.
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

    /// Returns the running watches, by their mappings' names.
    ///
    /// - Returns: Those that this version can read.
    /// - Throws: ``HistoryError`` when the file cannot be read.
    package func watches() async throws(HistoryError) -> [StoredWatch] {
        try await read { try WatchTable.watches(in: $0) }
    }

    /// Stores a watch unless one of its mapping is running; claims that one when its lease is free.
    ///
    /// - Parameters:
    ///   - watch: A watch that has just begun.
    ///   - lease: The lease of the process that runs it.
    ///   - now: The current time.
    /// - Returns: The watch that runs now, with its lease.
    /// - Throws: ``HistoryError`` when it was not stored.
    package func begin(
        _ watch: Watch,
        lease: WatchLease,
        now: Date
    ) async throws(HistoryError) -> StoredWatch {
        try await write { try WatchTable.begin(watch, lease: lease, now: now, in: $0) }
    }

    /// Claims a watch when its lease is free, the claimant's own, or that of the ended process `evicted`.
    ///
    /// - Returns: The watch as stored; `nil` when another process holds it, or it has ended.
    /// - Throws: ``HistoryError`` when it could not be claimed.
    package func claim(
        _ id: Watch.ID,
        lease: WatchLease,
        evicting evicted: String? = nil,
        now: Date
    ) async throws(HistoryError) -> Watch? {
        try await write { try WatchTable.claim(id, lease: lease, evicting: evicted, now: now, in: $0) }
    }

    /// Stores the state of a watch and extends its lease.
    ///
    /// - Returns: `false` when another process has claimed it, or it has ended.
    /// - Throws: ``HistoryError`` when it was not stored.
    package func save(_ watch: Watch, lease: WatchLease) async throws(HistoryError) -> Bool {
        try await write { try WatchTable.save(watch, lease: lease, in: $0) }
    }

    /// Moves a watch with its waits to the past; does nothing for a watch that has ended already.
    ///
    /// - Throws: ``HistoryError`` when it was not stored.
    package func end(_ watch: Watch) async throws(HistoryError) {
        try await write { try WatchTable.end(watch, in: $0) }
    }

    /// Releases a lease, so that another process can claim the watch at once.
    ///
    /// - Throws: ``HistoryError`` when the file cannot be written.
    package func release(_ id: Watch.ID, holder: String) async throws(HistoryError) {
        try await write { try WatchTable.release(id, holder: holder, in: $0) }
    }

    /// Returns the past waits for a cause and those that still last.
    ///
    /// - Returns: The latest thousand, as many as the estimate uses.
    /// - Throws: ``HistoryError`` when the file cannot be read.
    package func waits(for cause: WatchCause, now: Date) async throws(HistoryError) -> [PastWait] {
        try await read { try WatchTable.waits(for: cause, now: now, in: $0) }
    }

    /// Returns the watches that have ended, the latest first.
    ///
    /// - Parameters:
    ///   - filter: The filter; no watch matches an identity, because a watch has none.
    ///   - limit: The most watches to return.
    /// - Returns: Those that this version can read.
    /// - Throws: ``HistoryError`` when the file cannot be read.
    package func pastWatches(
        matching filter: HistoryFilter = HistoryFilter(),
        limit: Int
    ) async throws(HistoryError) -> [Watch] {
        if filter.identity != nil { return [] }
        return try await read { try WatchTable.pastWatches(matching: filter, limit: limit, in: $0) }
    }
}

/// The pauses that remain while another process holds the file's lock: two seconds until a transaction succeeds.
private final class LockPatience: Sendable {
    private static let pauses = 400
    private static let microseconds = UInt32(5000)

    private let remaining = Mutex(LockPatience.pauses)

    /// Pauses once; `false` when the time is used up.
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
    /// The system's error number of a failed file operation of Foundation; 0 when there is none.
    fileprivate var posixCode: Int32 {
        if let error = self as? POSIXError { return error.code.rawValue }
        let underlying = (self as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
        return (underlying as? POSIXError)?.code.rawValue
            ?? underlying.map { Int32(truncatingIfNeeded: ($0 as NSError).code) } ?? 0
    }
}
