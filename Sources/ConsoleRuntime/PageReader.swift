import Console
import Federation

/// Reads pages of the past for one reader: what is asked for next ends what still runs.
actor PageReader {
    private let past: HistoryService
    private var running: Task<Result<[ExchangeRecord], HistoryProblem>, Never>?

    init(_ past: HistoryService) {
        self.past = past
    }

    /// A page; what came of one that was not waited for is worth nothing.
    func read(_ page: HistoryPage) async -> Result<[ExchangeRecord], HistoryProblem> {
        running?.cancel()
        let task = Task { [past] in await past.page(page) }
        running = task
        return await task.value
    }
}
