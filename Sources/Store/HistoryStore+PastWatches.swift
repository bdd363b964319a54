import Federation
import Foundation
import GRDB
package import Propagation

extension HistoryStore {
    /// So many are looked through at a time for those that a filter lets through.
    private static let page = 200

    /// The watches that have ended, the latest first.
    ///
    /// - Parameters:
    ///   - filter: What they must be like; a watch has no identity, so that none is of one.
    ///   - limit: How many at most.
    /// - Returns: Those that this version can read.
    /// - Throws: ``HistoryError`` when the file cannot be read.
    package func pastWatches(
        matching filter: HistoryFilter = HistoryFilter(),
        limit: Int
    ) async throws(HistoryError) -> [Watch] {
        if filter.identity != nil { return [] }
        return try await read { database in
            var found: [Watch] = []
            var last: (ended: Double, id: Int)?
            while found.count < limit {
                let rows = try Self.pastRows(of: filter, before: last, in: database)
                found += rows.compactMap { Watch(text: $0["state"]) }.filter(filter.matches)
                guard rows.count == Self.page, let row = rows.last else { break }
                last = (row["ended"], row["id"])
            }
            return Array(found.prefix(limit))
        }
    }

    private static func pastRows(
        of filter: HistoryFilter,
        before last: (ended: Double, id: Int)?,
        in database: Database
    ) throws -> [Row] {
        var conditions: [SQL] = ["TRUE"]
        if let mapping = filter.mapping { conditions.append("mapping = \(mapping)") }
        if let since = filter.since { conditions.append("ended >= \(since.timeIntervalSince1970)") }
        if let last { conditions.append("(ended, id) < (\(last.ended), \(last.id))") }
        return try SQLRequest<Row>(
            literal: """
                SELECT id, ended, state FROM pastWatch WHERE \(conditions.joined(separator: " AND "))
                ORDER BY ended DESC, id DESC LIMIT \(page)
                """
        ).fetchAll(database)
    }
}

extension HistoryFilter {
    /// Whether a watch that has ended is so; one that was stopped went neither well nor badly.
    fileprivate func matches(_ watch: Watch) -> Bool {
        guard let ending = watch.ending else { return false }
        let isWanted =
            switch outcome {
            case nil: true
            case .ok: ending.verdict == .works
            default: ending.verdict == .cannot || ending.verdict == .timedOut
            }
        let words = "\(watch.mapping) \(ending.code) \(ending.message)".lowercased()
        return isWanted && texts.allSatisfy { words.contains($0.lowercased()) }
    }
}
