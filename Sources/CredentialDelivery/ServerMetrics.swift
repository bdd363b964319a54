package import Federation
import FoundationEssentials
import Synchronization

/// The counts, durations, and expirations that a running credential server reports to a monitoring system.
///
/// Labels are names of mappings and words from fixed sets. No label contains a part of a token, a key, or an
/// error message.
package final class ServerMetrics: Sendable {
    private let state = Mutex(ExchangeFigures())

    package init() {}

    /// Counts an exchange that ended.
    package func count(_ record: ExchangeRecord) {
        state.withLock { $0.count(record) }
    }

    var figures: ExchangeFigures { state.withLock(\.self) }
}

/// Counts and sums of exchanges.
struct ExchangeFigures: Hashable, Sendable {
    /// The figures of one mapping.
    struct Series: Hashable, Sendable {
        var exchanges: [StepOutcome: Int] = [:]
        var tokenExpiry: Date?
        var credentialExpiry: Date?
        var clockOffset: Duration?
    }

    /// The upper bounds of the histogram in milliseconds; a larger value counts in the last bucket, `+Inf`.
    static let bounds = [10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000]

    private(set) var series: [RoleMapping.ID: Series] = [:]
    /// The numbers of exchanges by duration; the last element counts durations above all bounds.
    private(set) var buckets = [Int](repeating: 0, count: bounds.count + 1)
    private(set) var sum = Duration.zero

    mutating func count(_ record: ExchangeRecord) {
        let duration = record.duration
        let bucket = Self.bounds.firstIndex { duration <= .milliseconds($0) } ?? Self.bounds.count
        buckets[bucket] += 1
        sum += duration
        var series = series[record.mapping] ?? Series()
        series.exchanges[record.outcome, default: 0] += 1
        series.tokenExpiry = record.token?.claims.expiry ?? series.tokenExpiry
        series.credentialExpiry = record.credentialExpiry ?? series.credentialExpiry
        series.clockOffset = record.clockOffset?.offset ?? series.clockOffset
        self.series[record.mapping] = series
    }
}
