import Diagnosis
import Drawing
import Federation
import Propagation
import TrustPolicy

import struct Foundation.Date

/// The inspections of the mappings' roles, and the trust policy shown.
package struct TrustState: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        /// The pending request.
        var pending: Request?
        /// The token's issuer for which the role was inspected.
        var issuer: String?
        var inspection: RoleInspection?

        /// Whether no inspection of the role was made or requested.
        var isUnread: Bool { inspection == nil && pending == nil }

        /// The age of the policy, such as `12s ago`.
        func age(at now: Date) -> String? {
            inspection.map { RelativeTime.ago($0.policyDate).text(at: now) }
        }
    }

    private var entries: [RoleMapping.ID: Entry] = [:]
    /// The policy's lines; empty while none is known.
    var list = ListModel<TrustLine>()
    private(set) var page: TrustPanelModel?
    /// The fix that waits until its mapping's role has been read.
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

    /// Drops the inspections of mappings whose roles change.
    mutating func invalidate(_ ids: [RoleMapping.ID]) {
        for id in ids { entries[id] = nil }
    }

    /// The number of inspections that run without a request by the operator.
    var backgroundCount: Int { entries.values.count { $0.pending == .background } }

    mutating func begin(_ id: RoleMapping.ID, _ request: Request, issuer: String?) {
        entries[id, default: Entry()].pending = request
        entries[id]?.issuer = issuer
    }

    /// Stores an answer, unless a newer request exists.
    mutating func finish(_ id: RoleMapping.ID, _ request: Request, _ inspection: RoleInspection) {
        guard entries[id]?.pending == request else { return }
        entries[id]?.pending = nil
        entries[id]?.inspection = inspection
    }

    /// Shows the policy of another mapping, or another evaluation of the same policy.
    mutating func show(_ basis: TrustPanelModel.Basis, _ evidence: Evidence?) {
        if page?.basis.mapping != basis.mapping { list = ListModel() }
        page = evidence.map { TrustPanelModel(basis, $0) }
        list.replace(with: page?.lines ?? [])
    }
}

extension ConsoleState {
    /// The age at which an inspection is repeated when the operator asks for an explanation.
    private static let freshness = Duration.seconds(30)

    /// Returns the evidence about an exchange of a mapping; `nil` for a removed mapping.
    func evidence(of id: RoleMapping.ID, record: ExchangeRecord?) -> Evidence? {
        guard let mapping = mappings[id]?.mapping else { return nil }
        let identity = configuration.identities[mapping.identity]
        var evidence =
            record.map { Evidence(of: $0, mapping: mapping, identity: identity, now: now) }
            ?? Evidence(request: RequestFacts(mapping: mapping), identity: identity, now: now)
        if let inspection = trust[id].inspection { evidence.add(inspection) }
        evidence.lastChange =
            [evidence.lastChange, watches[id]?.watch.changed.map { SetupChange(at: $0) }].compactMap(\.self)
            .max()
        evidence.host = host
        return evidence
    }

    /// Evaluates the trust policy for the selected mapping's last exchange, or for another one of its exchanges.
    mutating func evaluateSelected(_ record: ExchangeRecord? = nil) {
        guard let row = mappings.selected else { return }
        let record = record ?? row.lastRecord
        let basis = basis(of: row.id, record)
        if trust.page?.basis != basis { trust.show(basis, evidence(of: row.id, record: record)) }
    }

    /// Returns the explanation of an exchange of a mapping; the one that ``evaluateSelected(_:)`` made, if it is that.
    func explanation(of id: RoleMapping.ID, record: ExchangeRecord?) -> Explanation? {
        if let page = trust.page, page.basis == basis(of: id, record) { return page.explanation }
        return evidence(of: id, record: record).map(Explanation.init)
    }

    private func basis(of id: RoleMapping.ID, _ record: ExchangeRecord?) -> TrustPanelModel.Basis {
        TrustPanelModel.Basis(
            mapping: id,
            record: record?.id,
            recordedAt: record?.at,
            entry: trust[id],
            minute: Int(saturating: now.timeIntervalSince1970 / 60)
        )
    }

    /// Requests an inspection of a mapping's role, unless one is running.
    private mutating func explain(_ id: RoleMapping.ID, isFresh: Bool = false) -> [Effect] {
        guard let row = mappings[id], trust[id].pending == nil else { return [] }
        let issuer = row.lastRecord?.token?.claims.issuer
        let request = nextRequest()
        trust.begin(id, request, issuer: issuer)
        return [.explain(id, request, issuer: issuer, asksClouds: !isReadOnly, isFresh: isFresh)]
    }

    /// Requests an inspection in the background.
    mutating func inspect(_ id: RoleMapping.ID) -> [Effect] {
        let issuer = mappings[id]?.lastRecord?.token?.claims.issuer
        trust.begin(id, .background, issuer: issuer)
        return [.explain(id, .background, issuer: issuer, asksClouds: !isReadOnly, isFresh: false)]
    }

    /// Requests an inspection unless a recent one is known.
    mutating func explainUnlessRecent(_ id: RoleMapping.ID) -> [Effect] {
        let inspection = trust[id].inspection
        if let at = inspection?.at, now.since(at) < Self.freshness { return [] }
        return explain(id, isFresh: inspection != nil)
    }

    /// Requests an inspection unless one for the token's issuer is known.
    mutating func explainIfUnknown(_ id: RoleMapping.ID) -> [Effect] {
        let issuer = mappings[id]?.lastRecord?.token?.claims.issuer
        let isKnown = trust[id].inspection != nil && (issuer == nil || trust[id].issuer == issuer)
        return isKnown ? [] : explain(id)
    }
}

/// An element of a statement, or one value of a condition.
struct TrustLine: ListEntry {
    var name = ""
    var key = ""
    var required = ""
    var found = ""
    var outcome: TernaryResult?
    /// Whether the line decides the verdict.
    var isDeciding = false
    var nearMiss: String?
    /// The position among all lines.
    var id = 0

    var filterText: String { "\(name) \(key) \(required) \(found)" }
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
    /// The source of the policy, or its error.
    let origin: String
    /// The claims that policies test.
    let claims: [Claim]
    let problem: Failure?

    init(_ basis: Basis, _ evidence: Evidence) {
        self.basis = basis
        self.evidence = evidence
        explanation = Explanation(evidence)
        let inspection = basis.entry.inspection
        problem = inspection?.problem
        let isReading = inspection == nil || basis.entry.pending != nil
        var origin = inspection?.origin ?? "Reading the role's trust policy."
        if isReading, inspection != nil { origin += " Reading it again." }
        if case .refused(let error) = evidence.policy { origin += " \(error)" }
        self.origin = origin
        claims = Self.claims(evidence.token.claims)
        verdict = Self.verdict(explanation, evidence, isReading: isReading && inspection == nil)
        guard case .parsed(let policy) = evidence.policy else {
            lines = []
            return
        }
        let statements = policy.statements.indices.flatMap { [explanation] index in
            Self.lines(policy, index, explanation, explanation.verdict)
        }
        lines = ([Self.summary(explanation)] + statements).enumerated().map { place, line in
            var line = line
            line.id = place
            return line
        }
    }

    /// The sources of the evaluation, in sentences; `age` dates the first.
    func sources(age: String?) -> [String] {
        guard let inspection = basis.entry.inspection else { return [origin] }
        return [inspection.dated(origin, age)] + inspection.furtherSources
    }

    private static func claims(_ claims: Claims?) -> [Claim] {
        ["iss", "aud", "azp", "sub", "amr", "email"].compactMap { name in
            claims?.payload[name].map { Claim(name: name, value: $0.string ?? $0.compactText) }
        }
    }

    private static func verdict(_ explanation: Explanation, _ evidence: Evidence, isReading: Bool) -> Line {
        if isReading { return Line("↻ ", .pending) + Line("reading the trust policy", .pending) }
        if case .missing = evidence.role { return Line("✕ ", .bad) + Line("the role does not exist", .bad) }
        if explanation.decision == .undetermined, explanation.hasPolicy, !explanation.hasToken {
            return Line("▲ ", .caution) + Line("no token yet; r requests one", .caution)
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

    /// Returns the verdict for screens without room for a detail.
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
            name: "  \(statement.principal.elementName)",
            required: statement.principal.members.values.flatMap(\.self).sorted().joined(separator: ", "),
            found: assessment == nil ? "" : explanation.provider ?? "",
            outcome: seen.map { TernaryResult($0.matchesPrincipal) },
            isDeciding: isOpen && seen?.matchesPrincipal == false
        )
        let action = TrustLine(
            name: "  \(statement.action.elementName)",
            required: statement.action.names.joined(separator: ", "),
            found: assessment == nil ? "" : "sts:AssumeRoleWithWebIdentity",
            outcome: seen.map { TernaryResult($0.matchesAction) },
            isDeciding: isOpen && seen?.matchesPrincipal == true && seen?.matchesAction == false
        )
        let deciding = isDeciding ? assessment?.decidingCondition : nil
        return [head, principal, action]
            + statement.conditions.enumerated().flatMap { place, condition in
                lines(of: condition, seen?.conditions[place], isDeciding: seen?.conditions[place] == deciding)
            }
    }

    /// Returns the lines of a condition, one for each accepted value.
    private static func lines(
        of condition: Condition,
        _ verdict: ConditionVerdict?,
        isDeciding: Bool
    ) -> [TrustLine] {
        let values = condition.values.isEmpty ? [""] : condition.values
        return values.enumerated().map { order, value in
            guard order == 0 else {
                return TrustLine(required: value, isDeciding: isDeciding && verdict != nil)
            }
            return TrustLine(
                name: "  \(condition.operator)",
                key: condition.key,
                required: value,
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
