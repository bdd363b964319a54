import Federation
import Propagation

/// The watches that run, here or elsewhere, and those that have ended.
package struct WatchList: Hashable, Sendable {
    /// A watch as the panel has it.
    struct Entry: Sortable {
        let kept: StoredWatch
        /// Whether this process asks.
        let isHere: Bool

        var watch: Watch { kept.watch }

        static let sortKeys: [SortKey<Entry>] = [
            SortKey("MAPPING") { .text($0.watch.mapping) },
            SortKey("WAITING FOR") { entry in
                let watch = entry.watch
                return .text(watch.ending.map { "~\($0.verdict.rawValue)" } ?? watch.cause?.words ?? "")
            },
            SortKey("NEXT") { SortValue($0.watch.ending == nil ? $0.watch.next : nil) },
            SortKey("SURE BY") {
                SortValue($0.watch.ending == nil ? $0.watch.latest : nil)
            },
            SortKey("SINCE") { SortValue(($0.watch.ending?.at ?? $0.watch.since)) },
            SortKey("TRIES") { SortValue(Double($0.watch.attempts)) },
        ]
    }

    /// So many that have ended are remembered.
    private static let memory = 200

    /// The running ones by mapping name, then the ended ones, the latest first.
    var entries = SortedList<Entry>()
    private var running: [RoleMapping.ID: Entry] = [:]
    private var past: [Entry] = []
    private var estimates: [WatchCause: WaitEstimate] = [:]

    init() {}

    /// How many watches run.
    var count: Int { running.count }

    /// The running watch of a mapping.
    subscript(id: RoleMapping.ID) -> Entry? { running[id] }

    /// What past waits for a cause teach, once it was asked for.
    func estimate(for cause: WatchCause) -> WaitEstimate? { estimates[cause] }

    mutating func learn(_ estimate: WaitEstimate, for cause: WatchCause) {
        estimates[cause] = estimate
    }

    /// Takes how a watch stands.
    mutating func take(_ kept: StoredWatch, isHere: Bool) {
        running[kept.watch.id] = Entry(kept: kept, isHere: isHere)
        rebuild()
    }

    /// Takes how watches ended, the latest last.
    mutating func end(_ watches: [Watch]) {
        for watch in watches {
            if let entry = running[watch.id], entry.watch.began <= watch.began { running[watch.id] = nil }
            if past.contains(where: { $0.watch.id == watch.id && $0.watch.began == watch.began }) { continue }
            past.insert(Entry(kept: StoredWatch(watch: watch, lease: nil), isHere: false), at: 0)
        }
        past = Array(past.prefix(Self.memory))
        rebuild()
    }

    private mutating func rebuild() {
        let selected = entries.selected?.watch
        entries.replace(with: running.values.sorted { $0.watch.id < $1.watch.id } + past) { entry in
            let watch = entry.watch
            let verdict = watch.ending?.verdict.rawValue ?? "waiting"
            return "\(watch.mapping) \(verdict) \(watch.cause?.words ?? "") \(watch.reason?.code ?? "")"
        }
        guard let selected else { return }
        entries.select { $0.watch.id == selected.id && $0.watch.began == selected.began }
    }
}
