import Diagnosis
import Drawing
import Federation
import TrustPolicy

import struct Foundation.Date

/// The selected mapping's trust policy, line by line, with what its token brings beside it.
struct TrustPanelModel: Hashable, Sendable {
    /// What it was made of: another one is made when this changes.
    struct Basis: Hashable, Sendable {
        let mapping: RoleMapping.ID
        let record: ExchangeRecord.ID?
        let recordedAt: Date?
        let entry: TrustState.Entry
        /// Whole minutes, for policies that look at the time.
        let minute: Int
    }

    /// One line: an element of a statement, or one value of a condition.
    struct Entry: Hashable, Sendable {
        var name = ""
        var key = ""
        var required = ""
        var found = ""
        var outcome: TernaryResult?
        /// Whether it is what decided.
        var decides = false
        var nearMiss: String?

        /// What a filter looks in.
        var text: String { "\(name) \(key) \(required) \(found)" }
    }

    struct Claim: Hashable, Sendable {
        let name: String
        let value: String
    }

    let basis: Basis
    let entries: [Entry]
    let explanation: Explanation
    /// How it came out, one line.
    let verdict: Line
    /// Where the policy is from, or what is wrong with it.
    let origin: String
    /// What the token says that policies test.
    let claims: [Claim]
    let problem: Failure?

    init(_ basis: Basis, _ evidence: Evidence) {
        self.basis = basis
        explanation = Explanation(evidence)
        let knowledge = basis.entry.knowledge
        problem = knowledge?.problem
        let isReading = knowledge == nil || basis.entry.pending != nil
        var origin = knowledge?.origin ?? "The role's trust policy is being read."
        if isReading, knowledge != nil { origin += " It is being read anew." }
        if case .refused(let error) = evidence.policy { origin += " \(error)" }
        self.origin = origin
        claims = Self.claims(evidence.token.claims)
        verdict = Self.verdict(explanation, evidence, isReading: isReading && knowledge == nil)
        guard case .parsed(let policy) = evidence.policy else {
            entries = []
            return
        }
        let assessment = explanation.verdict
        entries =
            [Self.summary(explanation)]
            + policy.statements.indices.flatMap { [explanation] index in
                Self.entries(policy, index, explanation, assessment)
            }
    }

    private static func claims(_ claims: Claims?) -> [Claim] {
        ["iss", "aud", "azp", "sub", "amr", "email"].compactMap { name in
            claims?.payload[name].map { Claim(name: name, value: $0.string ?? $0.compactText) }
        }
    }

    private static func verdict(_ explanation: Explanation, _ evidence: Evidence, isReading: Bool) -> Line {
        if isReading { return Line("↻ ", .pending) + Line("reading the trust policy", .pending) }
        if case .missing = evidence.role { return Line("✕ ", .bad) + Line("there is no such role", .bad) }
        let place = explanation.statement.map { " by Statement[\($0)]" } ?? ""
        switch explanation.decision {
        case .allow:
            return Line("● ", .good) + Line("the trust policy allows\(place)", .good)
        case .deny:
            return Line("✕ ", .bad) + Line("the trust policy does not allow", .bad)
        case .explicitDeny:
            return Line("✕ ", .bad) + Line("the trust policy denies\(place)", .bad)
        case .undetermined where !explanation.knowsPolicy:
            return Line("▲ ", .caution) + Line("the trust policy is not known", .caution)
        case .undetermined where evidence.token.claims == nil:
            return Line("▲ ", .caution) + Line("no token has been seen yet: r asks for one", .caution)
        case .undetermined:
            return Line("▲ ", .caution) + Line("depends on what only AWS knows\(place)", .caution)
        case .invalid:
            return Line("✕ ", .bad) + Line("the document is no trust policy", .bad)
        }
    }
}

// The lines of a statement.
extension TrustPanelModel {
    /// How it came out, for screens that have no room for more.
    private static func summary(_ explanation: Explanation) -> Entry {
        let (text, outcome): (String, TernaryResult?) =
            switch explanation.decision {
            case .allow: ("allows", .yes)
            case .deny: ("does not allow", .no)
            case .explicitDeny: ("denies", .no)
            case .undetermined: (explanation.verdict == nil ? "no token yet" : "depends", .unknown)
            case .invalid: ("no policy", nil)
            }
        return Entry(name: text, outcome: outcome, decides: true)
    }

    private static func entries(
        _ policy: TrustPolicy,
        _ index: Int,
        _ explanation: Explanation,
        _ assessment: TrustVerdict?
    ) -> [Entry] {
        let statement = policy.statements[index]
        let seen = assessment?.statements[index]
        let isDeciding = explanation.statement == index
        let title = ["Statement[\(index)]", statement.effect.rawValue, statement.sid ?? ""]
        var head = Entry(name: title.filter { !$0.isEmpty }.joined(separator: " "))
        head.outcome = seen?.outcome
        head.decides = isDeciding && explanation.decision == .allow
        let isOpen = explanation.decision == .deny && isDeciding
        let principal = Entry(
            name: "  \(statement.principal.elementName)",
            required: statement.principal.members.values.flatMap(\.self).sorted().joined(separator: ", "),
            found: assessment == nil ? "" : explanation.provider ?? "",
            outcome: seen.map { TernaryResult($0.matchesPrincipal) },
            decides: isOpen && seen?.matchesPrincipal == false
        )
        let action = Entry(
            name: "  \(statement.action.elementName)",
            required: statement.action.names.joined(separator: ", "),
            found: assessment == nil ? "" : "sts:AssumeRoleWithWebIdentity",
            outcome: seen.map { TernaryResult($0.matchesAction) },
            decides: isOpen && seen?.matchesPrincipal == true && seen?.matchesAction == false
        )
        let deciding = isDeciding ? assessment?.decidingCondition : nil
        return [head, principal, action]
            + statement.conditions.enumerated().flatMap { place, condition in
                lines(of: condition, seen?.conditions[place], isDeciding: seen?.conditions[place] == deciding)
            }
    }

    /// A condition, one line for each value that would do.
    private static func lines(
        of condition: Condition,
        _ verdict: ConditionVerdict?,
        isDeciding: Bool
    ) -> [Entry] {
        let values = condition.values.isEmpty ? [""] : condition.values
        return values.enumerated().map { order, value in
            guard order == 0 else { return Entry(required: value, decides: isDeciding && verdict != nil) }
            return Entry(
                name: "  \(condition.operator)",
                key: condition.key,
                required: value,
                found: verdict.map(found) ?? "",
                outcome: verdict?.outcome,
                decides: isDeciding && verdict != nil,
                nearMiss: verdict?.nearMiss?.description
            )
        }
    }

    private static func found(_ verdict: ConditionVerdict) -> String {
        if verdict.outcome == .unknown { return "not known here" }
        return verdict.found.isEmpty ? "absent" : verdict.found.joined(separator: ", ")
    }
}

extension ConsoleState {
    /// Makes the page of the panel shown anew where what it was made of changed.
    mutating func settleTrust() {
        guard panel == .trust, let row = roster.selected else { return }
        let basis = TrustPanelModel.Basis(
            mapping: row.id,
            record: row.lastRecord?.id,
            recordedAt: row.lastRecord?.at,
            entry: trust[row.id],
            minute: Int(now.timeIntervalSince1970 / 60)
        )
        if let page = trustPage, page.basis == basis { return }
        if trustPage?.basis.mapping != row.id { trustView = ListView() }
        trustPage = evidence(of: row.id, record: row.lastRecord).map { TrustPanelModel(basis, $0) }
    }

    /// The lines that pass the filter.
    var trustLines: [TrustPanelModel.Entry] {
        guard let page = trustPage, page.basis.mapping == roster.selected?.id else { return [] }
        let filter = trustView.filter
        return filter.isEmpty ? page.entries : page.entries.filter { filter.matches(SearchText($0.text)) }
    }
}
