import Federation
import Foundation
import Store

extension Benchmark {
    /// Reads and writes in a history of a million exchanges.
    static let history: [Benchmark] = [
        page("first page", HistoryFilter(), limit: .milliseconds(20)),
        page("oldest page", HistoryFilter(), at: .oldest, limit: .milliseconds(20)),
        page("page of a mapping", HistoryFilter(mapping: "audit-600"), limit: .milliseconds(20)),
        page("page of failures", HistoryFilter(outcome: .failed), limit: .milliseconds(20)),
        page("page with a word", HistoryFilter(text: "webidentity"), limit: .milliseconds(50)),
        page(
            "page with an expression",
            HistoryFilter(texts: [], expression: expression),
            limit: .milliseconds(50)
        ),
        page("a word in the oldest record only", HistoryFilter(text: "only-once"), limit: .milliseconds(500)),
        page("a word in no record", HistoryFilter(text: "nowhere"), limit: .milliseconds(50)),
        append,
    ]

    private static let expression = SearchExpression("^audit-1.*[02]$")
    private static let rounds = 50

    /// Reads a page of the console's size.
    private static func page(
        _ name: String,
        _ filter: HistoryFilter,
        at place: HistoryPosition = .newest,
        limit: Duration
    ) -> Benchmark {
        historyBenchmark(name, limit) { store, _ in
            _ = try await store.records(matching: filter, at: place, limit: 200)
        }
    }

    /// Stores one record.
    private static let append = historyBenchmark("append an exchange", .milliseconds(10)) { store, number in
        try await store.append(try PastExchanges.record(PastExchanges.count + number, from: start))
    }

    private static let start = Date(timeIntervalSince1970: 1_800_000_000)

    private static func historyBenchmark(
        _ name: String,
        _ limit: Duration,
        _ body: @escaping @Sendable (HistoryStore, _ round: Int) async throws -> Void
    ) -> Benchmark {
        Benchmark(name: "history of 1,000,000: \(name)", target: "p99 ≤ \(limit.milliseconds) ms") { time in
            let store = try await PastExchanges.shared.store(time)
            try await body(store, 0)
            var times: [Duration] = []
            for round in 1...rounds {
                let begin = time.uptime
                try await body(store, round)
                times.append(time.uptime - begin)
            }
            try store.close()
            let p99 = times.percentile(0.99)
            return Measurement(
                text: "p50 \(times.percentile(0.5).millisecondsText), p99 \(p99.millisecondsText)",
                reachesTarget: p99 <= limit
            )
        }
    }
}
