package import Federation
package import FoundationEssentials
package import Propagation

/// Past exchanges and watches, in an SQLite file that several processes can share.
package struct HistoryStore: Sendable {
    private let file: HistoryFile
    private let settings: HistorySettings
    private let tokens = StoredTokens()

    package var path: String { file.path }

    /// Whether the directory contains a history; creates no file.
    package static func exists(in directory: String) -> Bool {
        FileManager.default.fileExists(atPath: HistoryFile.location(in: directory))
    }

    /// Opens the history in a directory, creates the directory and the file if necessary, and migrates older files.
    ///
    /// - Parameters:
    ///   - directory: The state directory; created with mode 0700.
    ///   - settings: The retention limits.
    /// - Returns: The open history.
    /// - Throws: ``HistoryError`` if the history cannot be used.
    package static func open(directory: String, settings: HistorySettings) throws(HistoryError) -> Self {
        Self(file: try HistoryFile.open(directory: directory), settings: settings)
    }

    /// Opens the history in a directory; uses read-only mode if an existing history is not writable.
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
    static func openReadOnly(directory: String, settings: HistorySettings) throws(HistoryError) -> Self {
        Self(file: try HistoryFile.openReadOnly(directory: directory), settings: settings)
    }

    /// Creates a history in memory, for the lab or as a replacement for an unusable file.
    ///
    /// - Throws: ``HistoryError`` if SQLite fails even in memory.
    package static func inMemory(settings: HistorySettings) throws(HistoryError) -> Self {
        Self(file: try HistoryFile.inMemory(), settings: settings)
    }

    /// Closes all connections; must be the last call.
    ///
    /// - Throws: ``HistoryError`` while a read is running.
    package func close() throws(HistoryError) {
        try file.close()
    }

    /// Runs a write transaction.
    func write<Value: Sendable>(
        _ updates: @Sendable (SQLiteConnection) throws -> Value
    ) async throws(HistoryError) -> Value {
        try await file.write(updates)
    }

    /// Runs queries on a single snapshot of the file.
    func read<Value: Sendable>(
        _ queries: @Sendable (SQLiteConnection) throws -> Value
    ) async throws(HistoryError) -> Value {
        try await file.read(queries)
    }

    // MARK: Exchanges

    /// Stores an exchange.
    ///
    /// - Parameters:
    ///   - record: The exchange; it contains no secrets.
    ///   - onTrimError: Receives the error of a failed trim, unless another process had locked the file.
    /// - Returns: The IDs under which the exchange is stored.
    /// - Throws: ``HistoryError`` if the exchange was not stored.
    @discardableResult
    package func append(
        _ record: ExchangeRecord,
        onTrimError: @Sendable (HistoryError) async -> Void = { _ in }
    ) async throws(HistoryError) -> StoredExchangeID {
        try await append([record], onTrimError: onTrimError).first
            ?? StoredExchangeID(local: record.id, fleet: nil)
    }

    /// Stores several exchanges in one transaction, and occasionally trims the history.
    ///
    /// - Parameters:
    ///   - records: The exchanges; they contain no secrets.
    ///   - onTrimError: Receives the error of a failed trim, unless another process had locked the file. The exchanges
    ///     are stored even if the trim fails.
    /// - Returns: The IDs of each exchange.
    /// - Throws: ``HistoryError`` if the exchanges were not stored.
    @discardableResult
    package func append(
        _ records: [ExchangeRecord],
        onTrimError: @Sendable (HistoryError) async -> Void = { _ in }
    ) async throws(HistoryError) -> [StoredExchangeID] {
        guard let now = records.last?.cloudTime else { return [] }
        let (ids, isTrimDue) = try await write { [settings, tokens] database in
            let ids = try records.map { record in
                let row = try ExchangeTable.insert(
                    record,
                    keepsClaims: settings.keepsClaims,
                    tokens: tokens,
                    into: database
                )
                return StoredExchangeID(
                    local: row,
                    fleet: settings.isForwarded ? try OutboxTable.add(exchange: row, in: database) : nil
                )
            }
            return (ids, try ExchangeTable.isTrimDue(after: ids.count, at: now, settings, in: database))
        }
        // An error of the trim is not thrown, because the caller would store the exchanges again after an error. A lock
        // only postpones the trim.
        if isTrimDue {
            do throws(HistoryError) {
                try await trim(at: now)
            } catch {
                if case .busy = error { return ids }
                await onTrimError(error)
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
    /// - Returns: The exchanges; fewer than `limit` only if there are no more.
    /// - Throws: ``HistoryError`` if the file cannot be read or the search for the regular expression takes too long.
    package func records(
        matching filter: HistoryFilter = HistoryFilter(),
        before: ExchangeRecord.ID? = nil,
        limit: Int
    ) async throws(HistoryError) -> [ExchangeRecord] {
        try await records(matching: filter, at: before.map(HistoryPosition.before) ?? .newest, limit: limit)
    }

    /// Returns the page of matching exchanges at a position, newest first.
    ///
    /// - Returns: The exchanges; fewer than `limit` only if there are no more in that direction.
    /// - Throws: ``HistoryError`` if the file cannot be read or the search for the regular expression takes too long.
    package func records(
        matching filter: HistoryFilter,
        at position: HistoryPosition,
        limit: Int
    ) async throws(HistoryError) -> [ExchangeRecord] {
        let search = filter.expression.map(LabelSearch.init)
        let functions = [
            search?.function, filter.terms.isEmpty ? nil : TermSearch(terms: filter.terms).function,
        ]
        .compactMap(\.self)
        let found = try await read { database in
            try database.with(functions) {
                try ExchangeTable.records(filter, at: position, limit: limit, in: database)
            }
        }
        if let search, search.isExhausted { throw .endless(expression: filter.expression?.pattern ?? "") }
        return found
    }

    /// Whether a token with this fingerprint is stored, or one of the latest thousand tokens has this `uti`.
    ///
    /// - Throws: ``HistoryError`` if the file cannot be read.
    package func knows(fingerprint: String, uniqueID: String?) async throws(HistoryError) -> Bool {
        try await read { try ExchangeTable.knows(fingerprint: fingerprint, uniqueID: uniqueID, in: $0) }
    }

    /// Returns a mapping's latest token whose fingerprint differs from `fingerprint`.
    ///
    /// - Throws: ``HistoryError`` if the file cannot be read.
    package func lastToken(
        of mapping: RoleMapping.ID,
        otherThan fingerprint: String
    ) async throws(HistoryError) -> TokenFacts? {
        let id = try await read { try ExchangeTable.lastID(of: mapping, otherThan: fingerprint, in: $0) }
        guard let id else { return nil }
        let next = id.addingReportingOverflow(1)
        let position: HistoryPosition = next.overflow ? .newest : .before(next.partialValue)
        return try await records(matching: HistoryFilter(mapping: mapping), at: position, limit: 1)
            .first?.token
    }

    /// Returns SQLite's query plan for a page, as one string per line.
    func plan(of filter: HistoryFilter, at position: HistoryPosition = .newest) async throws(HistoryError)
        -> [String]
    {
        try await read { try ExchangeTable.plan(of: filter, at: position, in: $0) }
    }

    /// Deletes the rows beyond the retention limits.
    ///
    /// The transactions are small, so that they do not block other processes for long.
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

    /// Stores a new watch; if the mapping already has a running watch, tries to claim the running watch instead.
    ///
    /// - Parameters:
    ///   - watch: A watch that has just begun.
    ///   - lease: The lease of the process that runs the watch.
    ///   - now: The current time.
    /// - Returns: The mapping's running watch; its lease may belong to another process.
    /// - Throws: ``HistoryError`` if the watch was not stored.
    package func begin(
        _ watch: Watch,
        lease: WatchLease,
        now: Date
    ) async throws(HistoryError) -> StoredWatch {
        try await write { try WatchTable.begin(watch, lease: lease, now: now, in: $0) }
    }

    /// Claims a watch if the current lease has expired, or if the lease belongs to the caller or to `evicted`.
    ///
    /// - Returns: The stored watch; `nil` if another process runs the watch, or the watch has ended.
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
    /// - Returns: `false` if another process has claimed the watch, or the watch has ended.
    /// - Throws: ``HistoryError`` if the watch was not stored.
    package func save(_ watch: Watch, lease: WatchLease) async throws(HistoryError) -> Bool {
        try await write { try WatchTable.save(watch, lease: lease, in: $0) }
    }

    /// Moves a running watch to the past watches and stores its waits; has no effect on an ended watch.
    ///
    /// - Throws: ``HistoryError`` if the watch was not stored.
    package func end(_ watch: Watch) async throws(HistoryError) {
        try await write { [settings] in
            try WatchTable.end(watch, isForwarded: settings.isForwarded, in: $0)
        }
    }

    /// Releases a lease; another process can claim the watch immediately.
    ///
    /// - Throws: ``HistoryError`` if the file cannot be written.
    package func release(_ id: Watch.ID, holder: String) async throws(HistoryError) {
        try await write { try WatchTable.release(id, holder: holder, in: $0) }
    }

    /// Returns past and current waits for a cause.
    ///
    /// - Returns: The latest thousand waits of past watches, and the waits of running watches.
    /// - Throws: ``HistoryError`` if the file cannot be read.
    package func waits(for cause: WatchCause, now: Date) async throws(HistoryError) -> [PastWait] {
        try await read { try WatchTable.waits(for: cause, now: now, in: $0) }
    }

    /// Returns watches that have ended, latest first.
    ///
    /// - Parameters:
    ///   - filter: The filter. No watch matches a filter for an identity, because watches have no identity. The terms
    ///     and the regular expression are ignored.
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

    /// Returns past watches that were stored after a row, latest first, and the number of the last stored row.
    ///
    /// Row numbers increase in storage order. Times of watches may not, because the clock may be set back.
    ///
    /// - Parameters:
    ///   - filter: The filter, as in ``pastWatches(matching:limit:)``.
    ///   - row: The row number that an earlier call returned; `nil` for all watches.
    ///   - limit: The maximum number of watches.
    /// - Returns: The watches that this version of cambist can read; the row number is 0 without past watches.
    /// - Throws: ``HistoryError`` if the file cannot be read.
    package func pastWatches(
        matching filter: HistoryFilter,
        after row: Int?,
        limit: Int
    ) async throws(HistoryError) -> (watches: [Watch], last: Int) {
        try await read { database in
            let last = try WatchTable.lastPastRow(in: database)
            guard filter.identity == nil else { return (watches: [], last: last) }
            let watches = try WatchTable.pastWatches(
                matching: filter,
                after: row,
                limit: limit,
                in: database
            )
            return (watches: watches, last: last)
        }
    }
}

/// The IDs of a stored exchange.
package struct StoredExchangeID: Hashable, Sendable {
    /// The row ID in the history file.
    package let local: ExchangeRecord.ID
    /// The ID in the fleet; `nil` if the history is not forwarded.
    package let fleet: FleetRecordID?

    package init(local: ExchangeRecord.ID, fleet: FleetRecordID?) {
        self.local = local
        self.fleet = fleet
    }
}
