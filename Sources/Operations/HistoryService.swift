import Azure
import Federation
import Store
import Transport

/// Keeps exchanges and watches in the history; the program goes on when it cannot, and it is said once.
actor HistoryService {
    private let directory: String?
    private let settings: HistorySettings
    private let complain: @Sendable (HistoryError) -> Void
    private var store: HistoryStore?
    private var lastProblem: HistoryError?
    /// What is written in the directory, by whomever.
    private var changes: AsyncStream<Void>?

    /// Opens nothing yet; without a directory the history lasts as long as the process.
    init(
        directory: String?,
        settings: HistorySettings,
        complain: @escaping @Sendable (HistoryError) -> Void
    ) {
        self.directory = directory
        self.settings = settings
        self.complain = complain
    }

    /// Keeps an exchange, even when whoever asked for it has gone away.
    func keep(_ record: ExchangeRecord) async {
        await Task {
            _ = await work { store throws(HistoryError) in try await store.append(record) }
        }.value
    }

    /// A page of the past exchanges, newest first.
    ///
    /// - Throws: ``HistoryError`` when the file cannot be read, which is not said elsewhere.
    func records(
        matching filter: HistoryFilter,
        at place: HistoryPlace,
        limit: Int
    ) async throws(HistoryError) -> [ExchangeRecord] {
        try await opened()?.records(matching: filter, at: place, limit: limit) ?? []
    }

    /// Whether the history has this token; `false` too where there is no history yet.
    func knows(_ token: AccessToken) async -> Bool {
        guard store != nil || directory.map(HistoryStore.exists) ?? false, let store = opened() else {
            return false
        }
        let claims = try? Claims(decoding: token.rawValue)
        return (try? await store.knows(fingerprint: token.fingerprint, uniqueID: claims?.uniqueTokenID))
            ?? false
    }

    /// The last token of a mapping other than the one with that fingerprint.
    ///
    /// - Throws: ``HistoryError`` when the file cannot be read, which is not said elsewhere.
    func previousToken(
        of mapping: RoleMapping.ID,
        before fingerprint: String
    ) async throws(HistoryError) -> TokenFacts? {
        try await opened()?.lastToken(of: mapping, otherThan: fingerprint)
    }

    /// Does something with the history; `nil` when it could not be done, which is said.
    func work<Value: Sendable>(
        _ body: (HistoryStore) async throws(HistoryError) -> Value
    ) async -> Value? {
        guard let store = opened() else { return nil }
        do throws(HistoryError) {
            let value = try await body(store)
            lastProblem = nil
            return value
        } catch {
            say(error)
            return nil
        }
    }

    /// Waits until somebody may have written in the directory; `false` where that is not told.
    ///
    /// What is in memory alone nobody else writes in.
    func waitForChange() async -> Bool {
        guard let directory else { return (try? await SystemTime().sleep(for: .seconds(86_400))) != nil }
        guard let changes else {
            // What was written before may not have been seen.
            changes = FileChanges.stream(of: directory)
            return changes != nil
        }
        var told = changes.makeAsyncIterator()
        return await told.next(isolation: self) != nil
    }

    /// The history, opened when it is first needed.
    ///
    /// Where the file cannot be used, which is said, the history of this run is kept in memory; the file is not
    /// tried again.
    private func opened() -> HistoryStore? {
        if let store { return store }
        if let directory {
            do throws(HistoryError) {
                store = try HistoryStore.open(directory: directory, settings: settings)
            } catch {
                say(error)
            }
        }
        var settings = settings
        settings.rows = min(settings.rows, 20_000)
        store = store ?? (try? HistoryStore.inMemory(settings: settings))
        return store
    }

    private func say(_ error: HistoryError) {
        if error != lastProblem { complain(error) }
        lastProblem = error
    }
}
