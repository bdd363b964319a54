import Diagnosis
import Drawing
import Federation
import Propagation
import TrustPolicy

import struct FoundationEssentials.Date

/// The inspections of the mappings' roles, and the trust policy on the screen.
package struct TrustState: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        var pending: Request?
        /// The token issuer whose provider the inspection read; `nil` without a token.
        var issuer: String?
        var inspection: RoleInspection?

        /// The sources of the facts about the role, as sentences with an age, such as `12s ago`.
        func sources(at now: Date) -> [String] { inspection?.readings.map { $0.text(at: now) } ?? [] }
    }

    private var entries: [RoleMapping.ID: Entry] = [:]
    /// The policy's lines; empty while no policy is known.
    var list = ListModel<TrustLine>()
    /// The width at which the table wraps long values; 0 before the table is drawn.
    private var columns = 0
    private(set) var page: TrustPanelModel?
    /// The fix that waits until the mapping's role is inspected.
    var waiting: WaitingFix?

    struct WaitingFix: Hashable, Sendable {
        let mapping: RoleMapping.ID
        let action: FixAction
    }

    init() {}

    subscript(id: RoleMapping.ID) -> Entry { entries[id] ?? Entry() }

    /// Drops the inspections of mappings that were removed or changed.
    mutating func keep(only mappings: [RoleMapping], of earlier: (RoleMapping.ID) -> RoleMapping?) {
        let same = Set(mappings.filter { earlier($0.id) == $0 }.map(\.id))
        entries = entries.filter { same.contains($0.key) }
    }

    /// Drops the inspections of these mappings.
    mutating func invalidate(_ ids: [RoleMapping.ID]) {
        for id in ids { entries[id] = nil }
    }

    /// The number of inspections that run without a request by the operator.
    var backgroundCount: Int { entries.values.count { $0.pending == .background } }

    mutating func begin(_ id: RoleMapping.ID, _ request: Request, issuer: String?) {
        entries[id, default: Entry()].pending = request
        entries[id]?.issuer = issuer
    }

    /// Stores a result, unless a newer request exists.
    mutating func finish(_ id: RoleMapping.ID, _ request: Request, _ inspection: RoleInspection) {
        guard entries[id]?.pending == request else { return }
        entries[id]?.pending = nil
        entries[id]?.inspection = inspection
    }

    /// Shows the policy of a mapping; a different mapping starts a new list.
    mutating func show(_ basis: TrustPanelModel.Basis, _ evidence: Evidence?) {
        if page?.basis.mapping != basis.mapping { list = ListModel() }
        page = evidence.map { TrustPanelModel(basis, $0) }
        list.replace(with: page?.lines(in: columns) ?? [])
    }

    /// Wraps the policy's lines for a table of this width.
    mutating func wrapLines(to columns: Int) {
        if columns == self.columns { return }
        self.columns = columns
        list.replace(with: page?.lines(in: columns) ?? [])
    }
}

extension ConsoleState {
    /// The maximum age of an inspection that a request for an explanation reuses.
    private static let freshness = Duration.seconds(30)

    /// Returns the mapping to explain: the hub at which the chain failed, or `id` itself.
    ///
    /// - Parameters:
    ///   - id: The mapping.
    ///   - record: An exchange of the mapping; `nil` for the last exchange.
    /// - Returns: The name of a mapping in the configuration.
    func hop(of id: RoleMapping.ID, in record: ExchangeRecord? = nil) -> RoleMapping.ID {
        guard let row = mappings[id], let record = record ?? row.lastRecord else { return id }
        let hop = row.mapping.failedHop(in: record).id
        return mappings[hop] == nil ? id : hop
    }

    /// Returns the inspection for the explanation of a mapping's last exchange.
    func inspected(_ id: RoleMapping.ID) -> TrustState.Entry { trust[hop(of: id)] }

    /// Returns the evidence about an exchange of a mapping; `nil` for a removed mapping.
    func evidence(of id: RoleMapping.ID, record: ExchangeRecord?) -> Evidence? {
        guard let mapping = mappings[id]?.mapping else { return nil }
        let identity = configuration.identities[mapping.identity]
        var evidence =
            record.map { Evidence(of: $0, mapping: mapping, identity: identity, now: now) }
            ?? Evidence(request: RequestFacts(mapping: mapping), identity: identity, now: now)
        evidence.tools = configuration.tools
        evidence.speed = configuration.speed
        let hop = hop(of: id, in: record)
        if let inspection = trust[hop].inspection { evidence.add(inspection) }
        evidence.lastChange =
            [evidence.lastChange, watches[hop]?.watch.changed.map { SetupChange(at: $0) }].compactMap(\.self)
            .max()
        evidence.host = host
        evidence.tools.configuration = reference
        return evidence
    }

    /// Evaluates the trust policy for an exchange of the selected mapping, by default the last exchange.
    mutating func evaluateSelected(_ record: ExchangeRecord? = nil) {
        guard let row = mappings.selected else { return }
        let record = record ?? row.lastRecord
        let basis = basis(of: row.id, record)
        if trust.page?.basis != basis { trust.show(basis, evidence(of: row.id, record: record)) }
    }

    /// Returns the explanation of an exchange; reuses a displayed explanation that is current.
    func explanation(of id: RoleMapping.ID, record: ExchangeRecord?) -> Explanation? {
        if let page = trust.page, page.basis == basis(of: id, record) { return page.explanation }
        return evidence(of: id, record: record).map(Explanation.init)
    }

    private func basis(of id: RoleMapping.ID, _ record: ExchangeRecord?) -> TrustPanelModel.Basis {
        TrustPanelModel.Basis(
            mapping: id,
            record: record?.id,
            recordedAt: record?.at,
            entry: trust[hop(of: id, in: record)],
            minute: Int(saturating: now.timeIntervalSince1970 / 60),
            refreshKey: key(.refresh)
        )
    }

    /// Requests an inspection of a mapping's role, unless one is running.
    private mutating func readRole(
        of id: RoleMapping.ID,
        _ request: Request,
        issuer: String?,
        isFresh: Bool = false
    ) -> [Effect] {
        guard mappings[id] != nil, trust[id].pending == nil else { return [] }
        trust.begin(id, request, issuer: issuer)
        return [.explain(id, request, issuer: issuer, asksClouds: !isReadOnly, isFresh: isFresh)]
    }

    private func issuer(of id: RoleMapping.ID) -> String? {
        mappings[id]?.lastRecord?.token?.claims.issuer
    }

    /// Requests an inspection in the background.
    mutating func inspect(_ id: RoleMapping.ID) -> [Effect] {
        readRole(of: hop(of: id), .background, issuer: issuer(of: id))
    }

    /// Updates the causes of problems after an inspection of a mapping's role.
    ///
    /// The inspection can change:
    ///
    /// - the cause of the mapping itself
    /// - the causes of chained mappings whose last exchange failed at this role
    mutating func updateCauses(inspected id: RoleMapping.ID) {
        updateCause(of: id)
        for row in mappings.rows where row.mapping.hub != nil && row.id != id && hop(of: row.id) == id {
            updateCause(of: row.id)
        }
    }

    /// Repeats inspections that are older than a new plan, so that all panels show the same facts.
    mutating func readInspectedRolesAgain() -> [Effect] {
        guard let planned = setup.planned, planned == now else { return [] }
        let known = (setup.mappings ?? []).filter { id in
            trust[id].pending == nil && trust[id].inspection.map { $0.at < planned } ?? false
        }
        return known.prefix(Self.inspectionsAgain).flatMap { id in
            readRole(of: id, nextRequest(), issuer: issuer(of: id), isFresh: true)
        }
    }

    /// The maximum number of inspections that a new plan repeats.
    private static let inspectionsAgain = 4

    /// Requests an inspection, unless a recent result exists.
    mutating func explainUnlessRecent(_ id: RoleMapping.ID, record: ExchangeRecord? = nil) -> [Effect] {
        let hop = hop(of: id, in: record)
        let inspection = trust[hop].inspection
        if let at = inspection?.at, now.since(at) < Self.freshness { return [] }
        return readRole(of: hop, nextRequest(), issuer: issuer(of: id), isFresh: inspection != nil)
    }

    /// Requests an inspection, unless a result for the token's issuer exists.
    mutating func explainIfUnknown(_ id: RoleMapping.ID) -> [Effect] {
        let (entry, issuer) = (inspected(id), issuer(of: id))
        let isKnown = entry.inspection != nil && (issuer == nil || entry.issuer == issuer)
        return isKnown ? [] : readRole(of: hop(of: id), nextRequest(), issuer: issuer)
    }
}

extension SourceReading {
    /// The sentence with the age, such as `12s ago`.
    func text(at now: Date) -> String { dated { RelativeTime.ago($0).text(at: now) } }
}

/// The verdict, an element of a statement, or one value of a condition.
struct TrustLine: ListEntry {
    var name = ""
    var key = ""
    /// The policy's values; ``role`` is the meaning of the values, such as required or denied.
    var required = ""
    var role = ConditionValueRole.required
    var found = ""
    var outcome: TernaryResult?
    /// Whether the line decides the verdict.
    var isDeciding = false
    var nearMiss: String?
    /// The position among all lines, in steps of ``parts``; continuation lines use the positions between.
    var id = 0
    /// The part of the values that the table shows; `nil` for the whole values.
    private(set) var shown: Values?

    struct Values: Hashable, Sendable {
        let required: String
        let found: String
        /// Whether the previous line shows the beginning of the values.
        let isContinuation: Bool
    }

    /// The maximum number of table rows over which a line continues.
    static let parts = 4

    var filterText: String { "\(name) \(key) \(required) \(found)" }

    /// The condition key without the provider's long URL.
    var shortKey: String {
        guard key.contains("/"), let colon = key.lastIndex(of: ":") else { return key }
        return "…" + key[colon...]
    }

    /// Returns the line with its values wrapped to this width, in terminal columns.
    ///
    /// Values that need more than ``parts`` rows are not wrapped; the detail shows the full values.
    func wrapped(to columns: Int) -> [TrustLine] {
        let values = [required, found].map { $0.isEmpty ? [] : $0.wrapped(to: columns) }
        let count = values.map(\.count).max() ?? 0
        guard (2...Self.parts).contains(count) else { return [self] }
        return (0..<count).map { part in
            var line = self
            line.id += part
            let texts = values.map { $0.indices.contains(part) ? $0[part] : "" }
            line.shown = Values(required: texts[0], found: texts[1], isContinuation: part > 0)
            return line
        }
    }
}

/// The selected mapping's trust policy, line by line, with the values of its token.
struct TrustPanelModel: Hashable, Sendable {
    /// The inputs of the model.
    struct Basis: Hashable, Sendable {
        let mapping: RoleMapping.ID
        let record: ExchangeRecord.ID?
        let recordedAt: Date?
        let entry: TrustState.Entry
        /// The time in whole minutes, for policies that test the time.
        let minute: Int
        /// The keyboard key that requests a token.
        let refreshKey: String
    }

    struct Claim: Hashable, Sendable {
        let name: String
        let value: String
    }

    let basis: Basis
    let evidence: Evidence
    let lines: [TrustLine]
    let explanation: Explanation
    let verdict: Line
    /// The source of the policy, and the error of an invalid policy.
    let origin: String
    /// The claims of the token that trust policies usually test.
    let claims: [Claim]

    init(_ basis: Basis, _ evidence: Evidence) {
        self.basis = basis
        self.evidence = evidence
        explanation = Explanation(evidence)
        let inspection = basis.entry.inspection
        let isReading = inspection == nil || basis.entry.pending != nil
        var origin = inspection?.origin ?? "Reading the role's trust policy."
        if isReading, inspection != nil { origin += " Reading it again." }
        if case .refused(let error) = evidence.policy { origin += " \(error)" }
        self.origin = origin
        claims = Self.claims(evidence.token.claims)
        verdict = Self.verdict(
            explanation,
            evidence,
            isReading: isReading && inspection == nil,
            refreshKey: basis.refreshKey
        )
        guard case .parsed(let policy) = evidence.policy else {
            lines = []
            return
        }
        let statements = policy.statements.indices.flatMap { [explanation] index in
            Self.lines(policy, index, explanation, explanation.verdict)
        }
        lines = ([Self.summary(explanation)] + statements).enumerated().map { place, line in
            var line = line
            line.id = place * TrustLine.parts
            return line
        }
    }

    /// The minimum width of a column with wrapped values; fits an ID and a separator.
    private static let leastWrappedColumns = 37

    /// Returns the lines for a table of this width; long values continue on further lines.
    fileprivate func lines(in columns: Int) -> [TrustLine] {
        let names = lines.filter { !$0.key.isEmpty }.reduce(6) { max($0, $1.name.columns(upTo: 24) + 2) }
        let keys = lines.reduce(6) { max($0, $1.shortKey.columns(upTo: 20)) }
        let kinds = lines.contains { !$0.found.isEmpty } ? 2 : 1
        // Two spaces before each column of values, and a margin.
        let room = (columns - 2 - names - 2 - keys - 2 * kinds) / kinds
        return room < Self.leastWrappedColumns ? lines : lines.flatMap { $0.wrapped(to: room) }
    }

    /// The sources of the evaluation, as sentences with an age.
    func sources(at now: Date) -> [String] {
        guard let readings = basis.entry.inspection?.readings, let policy = readings.first else {
            return [origin]
        }
        return ([policy.described(by: origin)] + readings.dropFirst()).map { $0.text(at: now) }
    }

    /// Returns the part of IAM that could not be read, with the reason and the fix.
    func unread(_ reference: ConfigurationReference?) -> String? {
        basis.entry.inspection.flatMap { inspection in
            inspection.problem.map { "\(inspection.unreadPart): \($0.messageAndFix(reference))" }
        }
    }

    private static func claims(_ claims: Claims?) -> [Claim] {
        ["iss", "aud", "azp", "sub", "amr", "email"].compactMap { name in
            claims?.payload[name].map { Claim(name: name, value: $0.string ?? $0.compactText) }
        }
    }

    private static func verdict(
        _ explanation: Explanation,
        _ evidence: Evidence,
        isReading: Bool,
        refreshKey: String
    ) -> Line {
        if isReading { return Line("↻ ", .pending) + Line("reading the trust policy", .pending) }
        if case .missing = evidence.role { return Line("✕ ", .bad) + Line("the role does not exist", .bad) }
        if explanation.decision == .undetermined, explanation.hasPolicy, !explanation.hasToken {
            return Line("▲ ", .caution) + Line("no token yet; \(refreshKey) requests one", .caution)
        }
        guard let headline = explanation.headline else { return Line() }
        let (mark, style): (String, ResolvedStyle) =
            switch headline.role {
            case .headline(.yes): ("● ", .good)
            case .headline(.no): ("✕ ", .bad)
            default: ("▲ ", .caution)
            }
        return Line(mark, style) + Line(headline.text, style)
    }

    /// Returns the first line: the verdict, for screens without room for the detail.
    private static func summary(_ explanation: Explanation) -> TrustLine {
        let (text, outcome): (String, TernaryResult?) =
            switch explanation.decision {
            case .allow: ("allows", .yes)
            case .deny: ("does not allow", .no)
            case .explicitDeny: ("denies", .no)
            case .undetermined: (explanation.verdict == nil ? "no token yet" : "depends", .unknown)
            case .invalid: ("not a policy", nil)
            }
        return TrustLine(name: text, outcome: outcome, isDeciding: true)
    }

    private static func lines(
        _ policy: TrustPolicy,
        _ index: Int,
        _ explanation: Explanation,
        _ assessment: TrustVerdict?
    ) -> [TrustLine] {
        let statement = policy.statements[index]
        let seen = assessment?.statements[index]
        let isDeciding = explanation.statement == index
        let title = ["Statement[\(index)]", statement.effect.rawValue, statement.sid ?? ""]
        var head = TrustLine(name: title.filter { !$0.isEmpty }.joined(separator: " "))
        head.outcome = seen?.outcome
        head.isDeciding = isDeciding && explanation.decision == .allow
        let isOpen = explanation.decision == .deny && isDeciding
        let principal = TrustLine(
            name: "  Principal",
            required: statement.principal.members.values.flatMap(\.self).sorted().joined(separator: ", "),
            role: ConditionValueRole(in: statement.effect, isNegated: false),
            found: assessment == nil ? "" : explanation.provider ?? "",
            outcome: seen.map { TernaryResult($0.matchesPrincipal) },
            isDeciding: isOpen && seen?.matchesPrincipal == false
        )
        let action = TrustLine(
            name: "  \(statement.action.elementName)",
            required: statement.action.names.joined(separator: ", "),
            role: ConditionValueRole(in: statement.effect, isNegated: statement.action.isNegated),
            found: assessment?.action ?? "",
            outcome: seen.map { TernaryResult($0.matchesAction) },
            isDeciding: isOpen && seen?.matchesPrincipal == true && seen?.matchesAction == false
        )
        let deciding = isDeciding ? assessment?.decidingCondition : nil
        return [head, principal, action]
            + statement.conditions.enumerated().flatMap { place, condition in
                lines(
                    of: condition,
                    in: statement.effect,
                    seen?.conditions[place],
                    isDeciding: seen?.conditions[place] == deciding
                )
            }
    }

    private static func lines(
        of condition: Condition,
        in effect: TrustStatement.Effect,
        _ verdict: ConditionVerdict?,
        isDeciding: Bool
    ) -> [TrustLine] {
        let values = condition.values.isEmpty ? [""] : condition.values
        let role = ConditionValueRole(in: effect, isNegated: condition.operator.comparison.isNegated)
        return values.enumerated().map { order, value in
            guard order == 0 else {
                return TrustLine(required: value, role: role, isDeciding: isDeciding && verdict != nil)
            }
            return TrustLine(
                name: "  \(condition.operator)",
                key: condition.key,
                required: value,
                role: role,
                found: verdict.map(found) ?? "",
                outcome: verdict?.outcome,
                isDeciding: isDeciding && verdict != nil,
                nearMiss: verdict?.nearMiss?.description
            )
        }
    }

    private static func found(_ verdict: ConditionVerdict) -> String {
        if verdict.isUnknown { return "unknown" }
        return verdict.found.isEmpty ? "absent" : verdict.found.joined(separator: ", ")
    }
}
