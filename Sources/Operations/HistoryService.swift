import Azure
import Dispatch
package import Federation
package import FoundationEssentials
import Glibc
package import Propagation
package import Store
import Synchronization
import Transport

/// The history of exchanges and watches, in a file or, if the file cannot be opened, in memory.
///
/// An error of the history does not stop other work. Consecutive equal errors are reported once.
package actor HistoryService {
    /// The maximum time that an exchange waits for the lookup of its token in the history.
    private static let lookupLimit = Duration.milliseconds(250)

    /// The number of latest exchanges whose IDs in the fleet's database are kept in memory.
    private static let rememberedCount = 256

    private let directory: String?
    private let settings: HistorySettings
    private let time: any TimeSource
    private let warn: @Sendable (String) -> Void
    private var store: HistoryStore?
    private var opening: Task<HistoryStore?, Never>?
    private var lastProblem: HistoryError?
    private var lastTrimProblem: HistoryError?
    /// The latest exchanges of this process, with their IDs in the fleet's database.
    private var fleetIDs: [(record: ExchangeRecord.ID, fleet: FleetRecordID)] = []
    /// Reports changes of the directory by any process.
    private var changes: AsyncStream<Void>?
    /// The latest pending write; each write starts when the previous write has ended.
    private nonisolated let writes = Mutex<Task<Void, Never>?>(nil)

    /// Creates the service without opening the file; without a directory, the history is in memory.
    package init(
        directory: String?,
        settings: HistorySettings,
        time: any TimeSource,
        warn: @escaping @Sendable (String) -> Void
    ) {
        self.directory = directory
        self.settings = settings
        self.time = time
        self.warn = warn
    }

    /// Stores an exchange asynchronously, in the order of the calls.
    package nonisolated func record(_ record: ExchangeRecord) {
        writes.withLock { writes in
            let previous = writes
            writes = Task {
                await previous?.value
                let stored = await perform { store throws(HistoryError) in
                    try await store.append(record) { await self.report(trimError: $0) }
                }
                if let id = stored?.fleet { await remember(id, of: record.id) }
            }
        }
    }

    /// Waits until all exchanges from earlier calls of ``record(_:)`` have been written, or their writes have failed.
    package nonisolated func waitUntilStored() async {
        await writes.withLock { $0 }?.value
    }

    private func remember(_ id: FleetRecordID, of record: ExchangeRecord.ID) {
        if fleetIDs.count == Self.rememberedCount { fleetIDs.removeFirst() }
        fleetIDs.append((record, id))
    }

    /// Waits until the exchange is stored, and returns its ID in the fleet's database.
    ///
    /// The result is `nil` in these cases:
    ///
    /// - Exchanges are not forwarded.
    /// - The exchange could not be stored.
    /// - The exchange is not among the last 256.
    package func fleetID(of record: ExchangeRecord) async -> FleetRecordID? {
        await waitUntilStored()
        return fleetIDs.last { $0.record == record.id }?.fleet
    }

    /// Returns the last exchanges of mappings; none if the history cannot be read.
    package func latest(of mappings: [RoleMapping.ID]) async -> [RoleMapping.ID: LatestExchange] {
        await waitUntilStored()
        return await perform { store throws(HistoryError) in try await store.latest(of: mappings) } ?? [:]
    }

    /// Returns the first outbox entries for the fleet's database; none if the history cannot be read.
    package func outbox(limit: Int) async -> [OutboxEntry] {
        await perform { store throws(HistoryError) in try await store.outbox(limit: limit) } ?? []
    }

    /// Deletes the outbox entries up to and including a position; returns `false` after a failure.
    package func acknowledge(through position: Int) async -> Bool {
        await perform { store throws(HistoryError) in try await store.acknowledge(through: position) } != nil
    }

    /// Returns a page of past exchanges, the latest first.
    ///
    /// - Throws: ``HistoryError`` when the file cannot be read; no warning is printed for this error.
    package func records(
        matching filter: HistoryFilter,
        at position: HistoryPosition,
        limit: Int
    ) async throws(HistoryError) -> [ExchangeRecord] {
        await waitUntilStored()
        return try await opened()?.records(matching: filter, at: position, limit: limit) ?? []
    }

    /// Whether the history has this token; `false` if the lookup fails or takes more than 250 ms.
    package nonisolated func knows(_ token: AccessToken) async -> Bool {
        guard await mayHaveTokens() else { return false }
        return await withDeadline(Self.lookupLimit, time: time) { await self.contains(token) } ?? false
    }

    private func mayHaveTokens() -> Bool {
        store != nil || directory.map(HistoryStore.exists) ?? false
    }

    private func contains(_ token: AccessToken) async -> Bool {
        guard let store = await opened() else { return false }
        let claims = try? Claims(decoding: token.rawValue)
        return (try? await store.knows(fingerprint: token.fingerprint, uniqueID: claims?.uniqueTokenID))
            ?? false
    }

    /// Returns the facts of a mapping's last token with a fingerprint other than `fingerprint`.
    ///
    /// - Throws: ``HistoryError`` when the file cannot be read; no warning is printed for this error.
    package func previousToken(
        of mapping: RoleMapping.ID,
        before fingerprint: String
    ) async throws(HistoryError) -> TokenFacts? {
        try await opened()?.lastToken(of: mapping, otherThan: fingerprint)
    }

    /// Performs an operation on the store; prints a warning and returns `nil` if the operation fails.
    private func perform<Value: Sendable>(
        _ body: (HistoryStore) async throws(HistoryError) -> Value
    ) async -> Value? {
        guard let store = await opened() else { return nil }
        do throws(HistoryError) {
            let value = try await body(store)
            lastProblem = nil
            return value
        } catch {
            report(error)
            return nil
        }
    }

    /// Waits until a process may have written to the directory.
    ///
    /// Returns `false` if the system cannot report changes, or if the task is canceled. Without a directory, no other
    /// process writes, and the result is `true` after one day.
    package func waitForChange() async -> Bool {
        guard let directory else { return (try? await time.sleep(for: .seconds(86_400))) != nil }
        guard let changes else {
            // This process did not observe earlier writes, so a change is reported immediately.
            changes = FileChanges.stream(of: directory)
            return changes != nil
        }
        var iterator = changes.makeAsyncIterator()
        return await iterator.next(isolation: self) != nil
    }

    /// Returns the store; the first call opens it.
    ///
    /// If the file cannot be opened, the call prints a warning. In this case, the history is in memory until the
    /// process ends.
    private func opened() async -> HistoryStore? {
        if let store { return store }
        if let opening { return await opening.value }
        let opening = Task { await open() }
        self.opening = opening
        return await opening.value
    }

    private func open() async -> HistoryStore? {
        if let directory {
            // Opening a locked file blocks, so the file must not be opened on a thread of the task executor.
            let result = await withCheckedContinuation { continuation in
                DispatchQueue.global().async { [settings] in
                    continuation.resume(
                        returning: Result { () throws(HistoryError) in
                            try HistoryStore.open(directory: directory, settings: settings)
                        }
                    )
                }
            }
            do throws(HistoryError) {
                store = try result.get()
            } catch {
                report(error)
            }
        }
        // An exchange takes about 3 kB, so a history in memory takes at most about 6 MB.
        var bounded = settings
        bounded.rows = min(bounded.rows, 2_000)
        store = store ?? (try? HistoryStore.inMemory(settings: bounded))
        return store
    }

    private func report(trimError error: HistoryError) {
        if error != lastTrimProblem { warn(error.trimDescription) }
        lastTrimProblem = error
    }

    private func report(_ error: HistoryError) {
        if error != lastProblem { warn(error.description) }
        lastProblem = error
    }
}

extension HistoryService: WatchStore {
    package func watches() async -> [StoredWatch] {
        await perform { store throws(HistoryError) in try await store.watches() } ?? []
    }

    package func begin(_ watch: Watch, lease: WatchLease, now: Date) async -> StoredWatch {
        await perform { store throws(HistoryError) in try await store.begin(watch, lease: lease, now: now) }
            ?? StoredWatch(watch: watch, lease: lease)
    }

    package func claim(
        _ id: Watch.ID,
        lease: WatchLease,
        evicting evicted: String?,
        now: Date
    ) async -> Watch? {
        await perform { store throws(HistoryError) in
            try await store.claim(id, lease: lease, evicting: evicted, now: now)
        } ?? nil
    }

    package func save(_ watch: Watch, lease: WatchLease) async -> Bool {
        await perform { store throws(HistoryError) in try await store.save(watch, lease: lease) } ?? true
    }

    package func end(_ watch: Watch) async {
        await perform { store throws(HistoryError) in try await store.end(watch) }
    }

    package func release(_ id: Watch.ID, holder: String) async {
        await perform { store throws(HistoryError) in try await store.release(id, holder: holder) }
    }

    package func pastWatches(limit: Int) async -> [Watch] {
        await perform { store throws(HistoryError) in try await store.pastWatches(limit: limit) } ?? []
    }

    package func waits(for cause: WatchCause) async -> [PastWait] {
        await perform { [time] store throws(HistoryError) in
            try await store.waits(for: cause, now: time.now)
        } ?? []
    }
}
