import Federation
import History

/// Keeps exchanges in the history; the program goes on when it cannot, and it is said once.
actor Historian {
    private let directory: String?
    private let settings: HistorySettings
    private let complain: @Sendable (HistoryError) -> Void
    private var store: HistoryStore?
    private var lastProblem: HistoryError?
    private var isGivenUp = false

    /// Opens nothing yet; without a directory nothing is ever kept.
    init(
        directory: String?,
        settings: HistorySettings,
        complain: @escaping @Sendable (HistoryError) -> Void
    ) {
        self.directory = directory
        self.settings = settings
        self.complain = complain
    }

    /// Keeps an exchange.
    func keep(_ record: ExchangeRecord) async {
        guard let store = opened() else { return }
        do throws(HistoryError) {
            try await store.append(record)
            lastProblem = nil
        } catch {
            say(error)
        }
    }

    /// The history, opened when it is first needed; a file that cannot be opened is not tried again.
    private func opened() -> HistoryStore? {
        if store != nil || isGivenUp { return store }
        guard let directory else { return nil }
        do throws(HistoryError) {
            store = try HistoryStore.open(directory: directory, settings: settings)
        } catch {
            isGivenUp = true
            say(error)
        }
        return store
    }

    private func say(_ error: HistoryError) {
        if error != lastProblem { complain(error) }
        lastProblem = error
    }
}
