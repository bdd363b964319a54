import Diagnosis
import Drawing
import Federation
import FoundationEssentials

/// The mappings of all hosts as last read, and the requests of this console to nodes.
package struct FleetState: Hashable, Sendable {
    /// A mapping of a node.
    struct Entry: ListEntry {
        var mapping: FleetMapping
        /// The time of the node's stop or, for a silent node, of the last heartbeat; `nil` for a running node.
        var silentSince: Date?
        /// Whether the node reported its stop.
        var hasStopped = false

        var id: FleetMapping.ID { mapping.id }
        var status: MappingStatus { MappingStatus(rawValue: mapping.state.rawValue) ?? .idle }

        /// The sort rank of the state.
        ///
        /// Mappings that need attention are first; other mappings of silent or stopped nodes directly follow.
        private var rank: Double {
            silentSince == nil || mapping.state.needsAttention ? Double(mapping.state.rank) : 2.5
        }

        static let sortKeys: [SortKey<Entry>] = [
            SortKey("NODE", isFixed: true) { .text("\($0.mapping.node) \($0.mapping.mapping)") },
            SortKey("MAPPING", isFixed: true) { .text("\($0.mapping.mapping) \($0.mapping.node)") },
            SortKey("STATE") { .number($0.rank) },
            SortKey("CREDENTIALS") { SortValue($0.mapping.credentialExpiry) },
            SortKey("LAST") { SortValue($0.mapping.lastExchange) },
            SortKey("CAUSE") { $0.mapping.cause.map { .text($0) } ?? .absent },
            SortKey("REPORTED") { SortValue($0.silentSince) },
        ]

        var filterTexts: [FilterText] {
            let role = mapping.roleARN
            return [
                FilterText(.node, mapping.node), FilterText(mapping.mapping),
                FilterText(.identity, mapping.identity), FilterText(.account, role.account),
                FilterText(.role, role.name), FilterText(role.description),
            ]
        }

        var filterStates: [String] { [mapping.state.rawValue] + [silence].compactMap(\.self) }
        var filterCodes: [String] { mapping.cause.map { [$0.lowercased()] } ?? [] }

        /// The filter words for nodes that do not report (for example, `state:silent`).
        static let silent = "silent"
        static let stopped = "stopped"

        /// The word for a node that does not report.
        var silence: String? { silentSince.map { _ in hasStopped ? Self.stopped : Self.silent } }
    }

    /// An operator's request until its response has arrived.
    struct Sent: Hashable, Sendable {
        let request: Request
        let verb: FleetRequest.Verb
        let since: Date
        /// The request's ID in the database; `nil` until the request is stored.
        var id: FleetRequest.ID?
        /// The ID of the resulting exchange; `nil` until the node reports the exchange.
        var record: FleetRecordID?
    }

    /// The mark of a requested operation.
    ///
    /// The mark stays visible for a minimum time, even after an immediate response.
    private struct Mark: Hashable {
        let verb: FleetRequest.Verb
        let end: Date
    }

    /// The widths of the widest values, in terminal columns.
    struct Widths: Hashable, Sendable {
        var node = 4
        var mapping = 7
        var cause = 5
    }

    /// The minimum display time of a mark, in seconds.
    private static let markTime = 0.3
    /// The time after which a request without a response counts as failed, in seconds.
    private static let responseLimit = FleetRequest.lifetime + 2 * FleetNode.beatInterval
    /// The maximum number of changed mappings that are updated one by one; more changes replace the list.
    private static let separateChanges = 50

    /// Whether the configuration contains a database for the fleet.
    private(set) var isConfigured = false
    /// The state of the fleet as last read; `nil` before the first read.
    private(set) var snapshot: FleetSnapshot?
    private(set) var nodes: [FleetNode.ID: FleetNode] = [:]
    private(set) var widths = Widths()
    /// The mappings: stored in the order of nodes and names, and at first sorted by state.
    var list = ListModel<Entry>(order: ListOrder("NODE"), shown: ListOrder("STATE"))
    private(set) var sent: [FleetMapping.ID: Sent] = [:]
    private var marks: [FleetMapping.ID: Mark] = [:]
    /// The exchanges that this console's requests caused.
    private(set) var records: [FleetMapping.ID: ExchangeRecord] = [:]

    /// The last exchanges of a mapping, the newest first.
    struct History: Hashable, Sendable {
        let target: FleetMapping.ID
        let request: Request
        /// `nil` until the exchanges are read.
        var result: Result<[ExchangeRecord], Failure>?
    }

    /// The history that the operator opened last.
    private(set) var history: History?

    /// The explanation of a mapping that only another host has.
    struct RemoteExplanation: Hashable, Sendable {
        let target: FleetMapping.ID
        let explanation: Explanation
    }

    /// The explanation that the operator opened last.
    private(set) var explanation: RemoteExplanation?

    init() {}

    /// Stores whether the configuration contains a database; a change resets everything except the filter.
    mutating func configure(_ isConfigured: Bool) {
        if self.isConfigured == isConfigured { return }
        let filter = list.filter
        self = FleetState()
        self.isConfigured = isConfigured
        list.show(only: filter)
    }

    var silentNodes: [FleetNode] {
        snapshot?.nodes.filter { $0.silentSince != nil && !$0.hasStopped } ?? []
    }

    /// The nodes that reported their stop.
    var stoppedNodes: [FleetNode] { snapshot?.nodes.filter(\.hasStopped) ?? [] }

    /// The end of the latest mark.
    var markEnd: Date? { marks.values.map(\.end).max() }

    /// Replaces the nodes and the mappings; a few changed mappings are updated in place.
    mutating func update(with snapshot: FleetSnapshot) {
        self.snapshot = snapshot
        nodes = Dictionary(snapshot.nodes.map { ($0.name, $0) }) { first, _ in first }
        let entries = snapshot.mappings.map { mapping in
            let node = nodes[mapping.node]
            return Entry(
                mapping: mapping,
                silentSince: node?.silentSince,
                hasStopped: node?.hasStopped ?? false
            )
        }
        let isSame =
            entries.count == list.all.count && zip(entries, list.all).allSatisfy { $0.isSameMapping(as: $1) }
        let changed = isSame ? zip(entries, list.all).filter { $0 != $1 }.map(\.0) : []
        if isSame, changed.count <= Self.separateChanges {
            for entry in changed { list.modify(entry.id) { $0 = entry } }
        } else {
            list.replace(with: entries)
            records = records.filter { list.contains($0.key) }
        }
        widths = entries.reduce(into: isSame ? widths : Widths()) { widths, entry in
            if !isSame {
                widths.node = max(widths.node, entry.mapping.node.columns(upTo: 30))
                widths.mapping = max(widths.mapping, entry.mapping.mapping.columns(upTo: 40))
            }
            widths.cause = max(widths.cause, entry.mapping.cause?.columns(upTo: 44) ?? 0)
        }
    }

    // MARK: Requests

    /// Returns the verb of a mapping's pending request, from any operator.
    ///
    /// A request of this console also counts as pending while its mark is visible.
    func pendingVerb(of mapping: FleetMapping) -> FleetRequest.Verb? {
        if let verb = sent[mapping.id]?.verb ?? marks[mapping.id]?.verb { return verb }
        return mapping.request.flatMap { $0.isPending ? $0.verb : nil }
    }

    mutating func begin(_ target: FleetMapping.ID, _ verb: FleetRequest.Verb, _ request: Request, now: Date) {
        sent[target] = Sent(request: request, verb: verb, since: now)
        marks[target] = Mark(verb: verb, end: now + Self.markTime)
    }

    /// Stores the database's ID of a request, unless the operator sent a newer request.
    mutating func store(_ stored: FleetRequest, for request: Request) {
        guard sent[stored.target]?.request == request else { return }
        sent[stored.target]?.id = stored.id
    }

    /// Stores the ID of the exchange that a request caused.
    mutating func expect(_ record: FleetRecordID, for target: FleetMapping.ID) {
        sent[target]?.record = record
    }

    mutating func end(_ target: FleetMapping.ID, record: ExchangeRecord? = nil) {
        sent[target] = nil
        guard let record else { return }
        records[target] = record
        if explanation?.target == target { explanation = nil }
        if history?.target == target, case .success(let earlier) = history?.result {
            history?.result = .success([record] + earlier)
        }
    }

    /// Returns the latest of a mapping's exchanges that this console has read.
    func latestRecord(of target: FleetMapping.ID) -> ExchangeRecord? {
        let result = history?.target == target ? history?.result : nil
        let read = try? result?.get().first
        return [records[target], read].compactMap(\.self).max { $0.at < $1.at }
    }

    /// Opens the explanation of a mapping's exchange, or closes the open explanation of the mapping.
    mutating func toggleExplanation(of target: FleetMapping.ID, _ record: ExchangeRecord, now: Date) {
        explanation =
            explanation?.target == target
            ? nil
            : RemoteExplanation(
                target: target,
                explanation: Explanation(Evidence(of: record, on: target.node, now: now))
            )
    }

    mutating func beginHistory(of target: FleetMapping.ID, _ request: Request) {
        history = History(target: target, request: request)
    }

    /// Stores the last exchanges of a mapping, unless another history was opened.
    mutating func finishHistory(
        of target: FleetMapping.ID,
        _ request: Request,
        _ result: Result<[ExchangeRecord], Failure>
    ) {
        if history?.request == request { history?.result = result }
    }

    mutating func removeMarks(before now: Date) {
        marks = marks.filter { $0.value.end > now }
    }

    /// Whether the time limit for a response has passed.
    func isOverdue(_ sent: Sent, at now: Date) -> Bool {
        now.timeIntervalSince(sent.since) > Self.responseLimit
    }
}

extension FleetState.Entry {
    /// Whether both entries have the same texts for the filter.
    fileprivate func isSameMapping(as other: FleetState.Entry) -> Bool {
        id == other.id && mapping.roleARN == other.mapping.roleARN
            && mapping.identity == other.mapping.identity
    }
}

// Requests of the operator, and their answers.
extension ConsoleState {
    /// The mapping of the line selected in Fleet.
    var fleetTarget: FleetMapping? { fleet.list.selected?.mapping }

    /// The reason why a request cannot be sent to the selected mapping's node.
    func obstacleToRequest(_ verb: FleetRequest.Verb) -> String? {
        guard let mapping = fleetTarget else { return "No mapping is selected." }
        if let since = fleet.snapshot?.unreachableSince {
            return "The fleet's database has been unreachable since \(clockText.short(since, now: now))."
        }
        let name = mapping.id.title
        if let pending = fleet.sent[mapping.id]?.verb {
            return "\(name): \(pending.rawValue) is already requested."
        }
        let isWatched = mapping.state == .waiting || mapping.state == .blocked
        switch verb {
        case .watch where isWatched: return "\(name) is already watched; \(key(.endWatch)) stops the watch."
        case .stop where !isWatched: return "\(name) is not watched; \(key(.watch)) starts a watch."
        case .refresh, .test, .watch, .stop: return nil
        }
    }

    /// Requests an operation on the selected mapping from its node.
    mutating func requestFromNode(_ verb: FleetRequest.Verb) -> [Effect] {
        guard let target = fleetTarget?.id else { return [] }
        let request = nextRequest()
        fleet.begin(target, verb, request, now: now)
        if let node = fleet.nodes[target.node], let since = node.silentSince {
            let limit = Int(FleetRequest.lifetime)
            notice = Notice(
                .warning,
                "\(target.node) has been \(node.hasStopped ? "stopped" : "silent") since \(clockText.short(since, now: now)); "
                    + "the request expires in \(limit) s."
            )
        } else {
            notice = Notice(.info, "Requested from \(target.node): \(verb.rawValue) \(target.mapping).")
        }
        return [.requestFromNode(verb, target, request)]
    }

    /// Applies the latest state of the fleet, with the responses to this console's requests.
    mutating func apply(_ snapshot: FleetSnapshot) -> [Effect] {
        fleet.update(with: snapshot)
        return fleet.sent.sorted { $0.value.request < $1.value.request }.flatMap { target, sent in
            answer(target, sent)
        }
    }

    /// Stores the ID of a sent request, or reports that sending failed.
    ///
    /// If the latest snapshot already contains the response, the method applies the response.
    mutating func apply(
        _ result: Result<FleetRequest, Failure>,
        of target: FleetMapping.ID,
        _ request: Request
    ) -> [Effect] {
        guard fleet.sent[target]?.request == request else { return [] }
        switch result {
        case .success(let stored):
            fleet.store(stored, for: request)
            return fleet.sent[target].map { answer(target, $0) } ?? []
        case .failure(let failure):
            fleet.end(target)
            notice = Notice(.error, "\(target.title): \(failure.messageWithCode) \(failure.fix)")
            return []
        }
    }

    /// Reports the exchange that a request caused.
    ///
    /// If the node has not forwarded the exchange yet, the console reads again after the next snapshot.
    mutating func apply(
        _ answer: Result<ExchangeRecord?, Failure>,
        of target: FleetMapping.ID,
        _ request: Request
    ) {
        guard let sent = fleet.sent[target], sent.request == request else { return }
        switch answer {
        case .success(let record?):
            fleet.end(target, record: record)
            let purpose: Purpose = sent.verb == .test ? .test : .refresh
            notice = ExchangeResults.result(of: record, named: target.title, purpose, clockText)
        case .success(nil): break
        case .failure(let failure):
            fleet.end(target)
            notice = Notice(.error, "\(target.title): \(failure.messageWithCode) \(failure.fix)")
        }
    }

    /// Reads the exchange that a request caused.
    ///
    /// The request ends without an exchange in these cases:
    /// - The node refused the request.
    /// - The request expired.
    /// - The node executed the request without an exchange.
    /// - No response arrived in time.
    private mutating func answer(_ target: FleetMapping.ID, _ sent: FleetState.Sent) -> [Effect] {
        if let record = sent.record { return [.readFleetRecord(record, target, sent.request)] }
        let latest = fleet.list[id: target]?.mapping.request
        guard let latest, latest.id == sent.id else {
            if fleet.isOverdue(sent, at: now) {
                end(target, .warning, "no response to the \(sent.verb.rawValue) request.")
            }
            return []
        }
        switch latest.state {
        case .waiting, .claimed: break
        case .done(let record?):
            fleet.expect(record, for: target)
            return [.readFleetRecord(record, target, sent.request)]
        case .done(nil): end(target, .info, "\(sent.verb.rawValue) request executed.")
        case .refused(let reason): end(target, .warning, "\(sent.verb.rawValue) request refused: \(reason)")
        case .expired:
            end(target, .error, "\(sent.verb.rawValue) request expired; the node did not claim it.")
        }
        return []
    }

    private mutating func end(_ target: FleetMapping.ID, _ level: Notice.Level, _ text: String) {
        fleet.end(target)
        notice = Notice(level, "\(target.title): \(text)")
    }

    /// Reads the last exchanges of the selected mapping.
    mutating func openFleetHistory() -> [Effect] {
        guard let target = fleetTarget?.id else { return [] }
        let request = nextRequest()
        fleet.beginHistory(of: target, request)
        return [.readFleetHistory(target, request)]
    }

    /// The reason why this console cannot explain the selected mapping, if any.
    var obstacleToExplainInFleet: String? {
        guard let mapping = fleetTarget else { return "No mapping is selected." }
        guard let record = fleet.latestRecord(of: mapping.id) else {
            return "No exchange of \(mapping.id.title) was read: \(key(.open)) reads the last ones, "
                + "\(key(.test)) requests one."
        }
        // The record has neither the hub's role nor its credentials.
        let isChained = record.steps.contains { $0.step == .assume }
        return isChained && !isConfigured(mapping)
            ? "This host does not have the hub of this mapping; run on \(mapping.node): "
                + "cambist explain \(mapping.mapping)" : nil
    }

    /// Whether this host has a mapping with the same name and role, for the Explain panel.
    private func isConfigured(_ mapping: FleetMapping) -> Bool {
        mappings[mapping.mapping]?.mapping.roleARN == mapping.roleARN
    }

    /// Explains the selected mapping's latest exchange that this console has read.
    ///
    /// If this host has the mapping, the Explain panel adds facts from both clouds. Otherwise, the detail shows or
    /// hides an explanation from the record alone.
    mutating func explainInFleet() -> [Effect] {
        guard let mapping = fleetTarget, let record = fleet.latestRecord(of: mapping.id) else { return [] }
        if isConfigured(mapping) { return openExplanation(of: mapping.mapping, record: record) }
        fleet.toggleExplanation(of: mapping.id, record, now: now)
        return []
    }
}

extension FleetMapping.ID {
    /// The mapping and the node, for notices.
    var title: String { "\(mapping) on \(node)" }
}
