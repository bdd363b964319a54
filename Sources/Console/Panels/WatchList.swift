package import Federation
import FoundationEssentials
package import Propagation

/// The unfinished watches of all processes, and the latest ended watches.
package struct WatchList: Hashable, Sendable {
    struct Entry: ListEntry {
        struct ID: Hashable {
            let mapping: RoleMapping.ID
            let began: Date
        }

        let stored: StoredWatch
        /// Whether this process makes the attempts.
        let isHere: Bool
        /// The mapping, if any, with the configuration at the last change of the watch.
        let mapping: RoleMapping?
        /// Whether waiting could not fix the cause when the watch last changed.
        let isBlocked: Bool
        /// The instant until which the time waited counts when the list is sorted.
        fileprivate var sortTime: Date

        init(_ stored: StoredWatch, isHere: Bool, of mapping: RoleMapping?, at now: Date) {
            self.stored = stored
            self.isHere = isHere
            self.mapping = mapping
            isBlocked = stored.watch.result == nil && stored.watch.isBlocked(at: now)
            sortTime = now
        }

        /// Returns the time waited until the end of the watch or, without an end, until `now`, in seconds.
        func waited(at now: Date) -> Double { watch.since.distance(to: watch.result?.at ?? now) }

        var watch: Watch { stored.watch }
        var id: ID { ID(mapping: watch.id, began: watch.began) }

        /// The column with the time waited.
        static let waitedColumn = "WAITED"

        static let sortKeys: [SortKey<Entry>] = [
            SortKey("MAPPING") { .text($0.watch.mapping) },
            SortKey("WAITING FOR") { entry in
                let watch = entry.watch
                return .text(watch.result.map { "~\($0.verdict.rawValue)" } ?? watch.cause?.words ?? "")
            },
            SortKey(waitedColumn) { SortValue($0.waited(at: $0.sortTime)) },
            SortKey("TIME LEFT (MAX)") { SortValue($0.watch.result == nil ? $0.watch.latest : nil) },
            SortKey("NEXT") { SortValue($0.watch.result == nil ? $0.watch.next : nil) },
            SortKey("ATTEMPTS") { SortValue(Double($0.watch.attempts)) },
        ]

        var filterTexts: [FilterText] {
            [watch.mapping, filterStates[0], watch.cause?.words, watch.reason?.code]
                .compactMap { $0.map { FilterText($0) } } + (mapping?.filterTexts ?? [])
        }

        var filterStates: [String] { [watch.result?.verdict.word ?? (isBlocked ? "blocked" : "waiting")] }

        var filterCodes: [String] {
            [watch.reason?.code, watch.predictedDenial?.code, watch.result?.code].compactMap(\.self)
                .filter { !$0.isEmpty }.map { $0.lowercased() }
        }
    }

    /// The maximum number of ended watches that are kept.
    private static let limit = 200

    /// The unfinished watches by mapping, followed by the ended watches, the latest first.
    var list = ListModel<Entry>()
    private var running: [RoleMapping.ID: Entry] = [:]
    private var ended: [Entry] = []
    private var estimates: [WatchCause: WaitEstimate] = [:]
    private var now = Date.distantPast

    init() {}

    /// The watch of a mapping, if the watch has not ended.
    subscript(id: RoleMapping.ID) -> Entry? { running[id] }

    /// Returns the duration of a wait for a cause, estimated from past waits, if any.
    func estimate(for cause: WatchCause) -> WaitEstimate? { estimates[cause] }

    mutating func setEstimate(_ estimate: WaitEstimate, for cause: WatchCause) {
        estimates[cause] = estimate
    }

    /// Adds or updates a watch that has not ended.
    mutating func update(_ stored: StoredWatch, isHere: Bool, of mapping: RoleMapping?, at now: Date) {
        running[stored.watch.id] = Entry(stored, isHere: isHere, of: mapping, at: now)
        self.now = now
        refresh()
    }

    /// Sets the time; sorts the list again if it is sorted by the time waited.
    mutating func advance(to now: Date) {
        self.now = now
        guard list.order.column == Entry.waitedColumn, hasEnded, !running.isEmpty else { return }
        refresh()
    }

    /// Adds ended watches, the latest last.
    ///
    /// - Parameters:
    ///   - watches: The watches.
    ///   - mapping: Returns the configured mapping with a name, if any.
    mutating func end(_ watches: [Watch], mapping: (RoleMapping.ID) -> RoleMapping?) {
        for watch in watches {
            if let entry = running[watch.id], entry.watch.began <= watch.began { running[watch.id] = nil }
            let stored = StoredWatch(watch: watch, lease: nil)
            let entry = Entry(stored, isHere: false, of: mapping(watch.id), at: watch.began)
            if !ended.contains(where: { $0.id == entry.id }) { ended.insert(entry, at: 0) }
        }
        ended = Array(ended.prefix(Self.limit))
        refresh()
    }

    /// Whether the list contains an ended watch.
    var hasEnded: Bool { !ended.isEmpty }

    mutating func clearEnded() {
        ended = []
        refresh()
    }

    private mutating func refresh() {
        let current = running.values.sorted { $0.watch.id < $1.watch.id }.map { entry in
            var entry = entry
            entry.sortTime = now
            return entry
        }
        list.replace(with: current + ended)
    }
}

/// A notification outside the screen about a watch that ended.
package struct Notification: Hashable, Sendable {
    package let watch: Watch
    package let ringsBell: Bool
    package let channel: NotificationChannel

    /// One short line without control characters.
    package var text: String {
        let outcome =
            switch watch.result?.verdict {
            case .works: "works"
            case .cannot, .blocked: "is blocked: \(watch.result?.code ?? "")"
            case .timedOut: "timed out"
            case .stopped, nil: "is no longer watched"
            }
        return VisibleText.oneLine("cambist: \(watch.mapping) \(outcome)", limit: 200)
    }
}

/// Limits notifications about ended watches; a stopped watch causes no notification.
struct Notifier: Hashable, Sendable {
    /// The maximum number of notifications per ``window``; further ended watches show only on the screen.
    private static let limit = 5
    /// The period of the rate limit, in seconds.
    private static let window = 60.0

    private var ringsBell = true
    private var channel = NotificationChannel.osc9
    private var recent: [Date] = []

    mutating func apply(_ settings: ConsoleSettings) {
        ringsBell = settings.ringsBell
        channel = settings.notification
    }

    /// Returns the notification about a watch that ended, if any.
    mutating func notification(of watch: Watch, at now: Date) -> Notification? {
        guard let result = watch.result, result.verdict != .stopped, ringsBell || channel != .off else {
            return nil
        }
        recent.removeAll { now.timeIntervalSince($0) >= Self.window || $0 > now }
        guard recent.count < Self.limit else { return nil }
        recent.append(now)
        return Notification(watch: watch, ringsBell: ringsBell, channel: channel)
    }
}
