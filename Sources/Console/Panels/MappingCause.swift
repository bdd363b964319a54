import Diagnosis
import Drawing
import Federation
import TrustPolicy

/// The cause of a mapping's failure or warning in a few words.
///
/// A weakness of high severity in the role's trust policy also counts as the cause of a warning.
struct MappingCause: Hashable, Sendable {
    /// The step; `trust` if the cause is in the trust policy.
    let part: String
    /// The ID of the explanation's cause or finding; if there is neither, the code of the step.
    let code: String
    let isWarning: Bool
    /// The codes that the filter field `code:` searches, in lower case.
    ///
    /// The list contains ``code`` and the codes of all steps that failed or warned.
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
    /// The age after which an inspection of a role is repeated for a new problem.
    ///
    /// Equals the lifetime of cached inspections.
    private static let inspectionLifetime = Duration.seconds(300)
    /// The statuses of mappings whose last exchange neither failed nor warned.
    private static let statusesWithoutProblem: Set<MappingStatus> = [.idle, .live]

    /// Stores the cause of a mapping's problem and the verdict of the role's trust policy.
    ///
    /// Called after an exchange and after an inspection of the role.
    mutating func updateCause(of id: RoleMapping.ID) {
        guard let row = mappings[id] else { return }
        let explanation = explanationOfProblem(id, row.lastRecord)
        let cause = cause(of: row.lastRecord, explanation)
        if row.cause != cause { mappings.modify(id, now: now) { $0.cause = cause } }
        if inspected(id).inspection != nil, let explanation { roles.update(row.mapping, with: explanation) }
    }

    /// Returns the explanation of an exchange; `nil` if there is neither a problem nor an inspection.
    private func explanationOfProblem(_ id: RoleMapping.ID, _ record: ExchangeRecord?) -> Explanation? {
        guard let record, record.hasProblem || inspected(id).inspection != nil else { return nil }
        return evidence(of: id, record: record).map(Explanation.init)
    }

    /// Returns the cause of the last exchange's failure or warning.
    ///
    /// If the exchange neither failed nor warned, a weakness of high severity in the trust policy causes a warning.
    private func cause(of record: ExchangeRecord?, _ explanation: Explanation?) -> MappingCause? {
        guard let record else { return nil }
        let failed = record.steps.first { $0.outcome == .failed }
        let warned = record.steps.first { $0.outcome == .warn }
        let codes = record.steps.filter { $0.outcome == .failed || $0.outcome == .warn }.compactMap(\.code)
        if let failed {
            let isTrust = failed.step == .exchange && explanation?.isDenialByTrustPolicy == true
            return MappingCause(
                part: (isTrust ? .trust : failed.step).rawValue,
                code: explanation?.causes.first?.id ?? failed.code ?? StepOutcome.failed.rawValue,
                isWarning: false,
                stepCodes: codes
            )
        }
        if let warned {
            return MappingCause(
                part: warned.step.rawValue,
                code: explanation?.causes.first?.id ?? warned.code ?? StepOutcome.warn.rawValue,
                isWarning: true,
                stepCodes: codes
            )
        }
        return explanation?.lint.first { $0.severity == .high }.map {
            MappingCause(part: ExchangeStep.trust.rawValue, code: $0.id, isWarning: true)
        }
    }

    /// Inspects roles of visible mappings that fail or warn, beginning with the selected mapping.
    ///
    /// Without an inspection, the list would show a less precise cause than the explanation.
    mutating func inspectRolesOfProblems() -> [Effect] {
        let hasProblem = MappingStatus.allCases.contains {
            !Self.statusesWithoutProblem.contains($0) && mappings.counts[$0, default: 0] > 0
        }
        let room = Self.inspectionLimit - trust.backgroundCount
        guard hasProblem, room > 0 else { return [] }
        // At most this many rows are visible. The exact number would require the layout for every message.
        let (top, count) = (mappings.list.cursor.top, mappings.list.count)
        let rows = (top..<max(top, min(count, top + size.rows))).map { mappings.list[$0] }
        let selected = mappings.selected.map { [$0] } ?? []
        var effects: [Effect] = []
        for row in selected + rows where effects.count < room && needsInspection(row) {
            effects += inspect(row.id)
        }
        return effects
    }

    private func needsInspection(_ row: MappingRow) -> Bool {
        guard row.pending == nil, let record = row.lastRecord, record.hasProblem else { return false }
        let entry = inspected(row.id)
        guard entry.pending == nil else { return false }
        guard let inspection = entry.inspection else { return true }
        // Without a token, the earlier inspection skipped the provider and the signature.
        if entry.issuer == nil, record.token?.claims.issuer != nil { return true }
        return record.at <= now && record.at.since(inspection.at) >= Self.inspectionLifetime
    }
}

extension Explanation {
    /// Whether the trust policy denies the call, according to this console or the step *trust*.
    fileprivate var isDenialByTrustPolicy: Bool {
        decision.isDenial || TrustVerdict.Decision.allCases.contains { $0.code == causes.first?.id }
    }
}

extension ExchangeRecord {
    fileprivate var hasProblem: Bool { steps.contains { $0.outcome == .failed || $0.outcome == .warn } }
}
