import Diagnosis
import Drawing
import Federation
import TrustPolicy

/// The cause of a mapping's failure or warning in a few words, which `code:` finds.
struct MappingCause: Hashable, Sendable {
    /// The step, or `trust` for a denial that the trust policy explains.
    let part: String
    /// The ID of the explanation's first cause, or the code of the step.
    let code: String
    let isWarning: Bool
    /// The codes in lower case: ``code``, and those of all steps that failed or warned.
    let codes: [String]

    init(part: String, code: String, isWarning: Bool, stepCodes: [String] = []) {
        self.part = part
        self.code = code
        self.isWarning = isWarning
        codes = [code.lowercased()] + stepCodes.map { $0.lowercased() }.filter { $0 != code.lowercased() }
    }

    var text: String { "\(part): \(code)" }

    var line: Line {
        Line("\(part): ", .faint) + Line(code, isWarning ? .caution : .bad)
    }
}

extension ConsoleState {
    /// The maximum number of concurrent role inspections that the operator did not request.
    private static let inspectionLimit = 4

    /// Sets the cause of a mapping's last exchange and the verdict of its role's trust policy to those of the
    /// explanation; called after an exchange and after an inspection of the role.
    mutating func updateCause(of id: RoleMapping.ID) {
        guard let row = mappings[id] else { return }
        let explanation = explanationOfProblem(id, row.lastRecord)
        let cause = cause(of: row.lastRecord, explanation)
        if row.cause != cause { mappings.modify(id, now: now) { $0.cause = cause } }
        if inspected(id).inspection != nil, let explanation { roles.update(row.mapping, with: explanation) }
    }

    /// Returns the explanation of an exchange that failed or warned, or whose role was inspected.
    private func explanationOfProblem(_ id: RoleMapping.ID, _ record: ExchangeRecord?) -> Explanation? {
        let hasProblem = record?.steps.contains { $0.outcome == .failed || $0.outcome == .warn } ?? false
        guard let record, hasProblem || inspected(id).inspection != nil else { return nil }
        return evidence(of: id, record: record).map(Explanation.init)
    }

    /// Returns the cause of the last exchange's failure or warning, as the explanation finds it.
    private func cause(of record: ExchangeRecord?, _ explanation: Explanation?) -> MappingCause? {
        guard let record else { return nil }
        let failed = record.steps.first { $0.outcome == .failed }
        let warned = record.steps.first { $0.outcome == .warn }
        let codes = record.steps.filter { $0.outcome == .failed || $0.outcome == .warn }.compactMap(\.code)
        if let failed {
            let isTrust = failed.step == .exchange && explanation?.isDenial == true
            return MappingCause(
                part: (isTrust ? .trust : failed.step).rawValue,
                code: explanation?.causes.first?.id ?? failed.code ?? StepOutcome.failed.rawValue,
                isWarning: false,
                stepCodes: codes
            )
        }
        if let warned {
            let code = warned.code ?? StepOutcome.warn.rawValue
            // A warning of a step is often a cause itself; otherwise the explanation has another word for it.
            let known = explanation?.causes.map(\.id) ?? []
            return MappingCause(
                part: warned.step.rawValue,
                code: known.contains(code) ? code : known.first ?? code,
                isWarning: true,
                stepCodes: codes
            )
        }
        return explanation?.lint.first { $0.severity == .high }.map {
            MappingCause(part: ExchangeStep.trust.rawValue, code: $0.id, isWarning: true)
        }
    }

    /// Inspects the roles of denied mappings in view, so that their causes show.
    mutating func inspectDeniedRoles() -> [Effect] {
        let failing = MappingStatus.allCases.filter(\.isFailure).reduce(0) {
            $0 + mappings.counts[$1, default: 0]
        }
        if failing == 0 { return [] }
        // The screen has at least as many rows as the list; the layout is not needed for every message.
        let (top, count) = (mappings.list.cursor.top, mappings.list.count)
        let rows = (top..<max(top, min(count, top + size.rows))).map { mappings.list[$0] }
        let denied = rows.filter { row in
            row.pending == nil && row.lastRecord?.isTrustDenial == true && inspected(row.id).isUnread
        }
        if denied.isEmpty { return [] }
        var effects: [Effect] = []
        for row in denied.prefix(max(0, Self.inspectionLimit - trust.backgroundCount)) {
            effects += inspect(row.id)
        }
        return effects
    }
}

extension Explanation {
    /// Whether the trust policy does not allow the token.
    fileprivate var isDenial: Bool { decision == .deny || decision == .explicitDeny }
}

extension ExchangeRecord {
    /// Whether STS denied the token, which the role's trust policy may explain.
    fileprivate var isTrustDenial: Bool {
        steps.contains { $0.step == .exchange && $0.outcome == .failed && $0.failure?.kind == .refused }
    }
}
