import Diagnosis
import Drawing
import Federation
import FoundationEssentials
import TrustPolicy

/// The detail of a mapping: the steps of the last exchange, the cause and the fix of a problem, and the properties.
struct MappingDetail {
    /// The number of command lines to which the detail shortens a fix.
    ///
    /// A fix with only one more line is shown in full. The explanation shows all lines.
    private static let commandLines = 5

    private let row: MappingRow
    private let state: ConsoleState
    private let explanation: Explanation?
    private let paragraphs: LabeledParagraphs

    init(row: MappingRow, state: ConsoleState) {
        self.row = row
        self.state = state
        paragraphs = LabeledParagraphs(labelColumns: 7, reference: state.reference)
        explanation = row.cause == nil ? nil : state.explanation(of: row.id, record: row.lastRecord)
    }

    var title: String {
        "\(row.id) · identity \(row.mapping.identity)" + (row.mapping.hub.map { " via \($0.id)" } ?? "")
    }

    /// The state, and the times of the failure and of the credentials.
    var remark: Line {
        var parts: [String] = []
        let now = state.now
        if let since = row.failingSince {
            let elapsed = DurationColumn.largestUnit(seconds: now.timeIntervalSince(since))
            parts.append("failing for \(elapsed)")
            parts.append(
                row.lastLive.map { "last live \(state.clockText.short($0, now: now))" } ?? "never live"
            )
        } else {
            parts.append(row.status.rawValue)
        }
        if let expiry = row.credentials?.expiry {
            let verb = expiry > now ? "credentials until" : "credentials expired"
            parts.append("\(verb) \(state.clockText.short(expiry, now: now))")
        }
        return Line(parts[0], row.status.style)
            + Line(parts.dropFirst().reduce("") { "\($0) · \($1)" }, .faint)
    }

    func lines(columns: Int) -> [Line] {
        steps(columns) + problem(columns) + facts(columns) + sources(columns)
    }

    private func steps(_ columns: Int) -> [Line] {
        let records = row.pending?.steps ?? row.lastRecord?.steps ?? []
        var parts = records.filter { $0.outcome != .skipped }.map { step in
            let latency = step.duration < .milliseconds(1) ? "" : " \(DurationColumn.latency(step.duration))"
            var part = step.outcome.mark + Line(" \(step.step.rawValue)") + Line(latency, .faint)
            if let code = step.code {
                part += Line(" \(code)", step.outcome == .failed ? .bad : .caution)
            }
            return part
        }
        if let running = row.runningStep { parts.append(Line("↻ \(running.rawValue)", .pending)) }
        if parts.isEmpty { return [Line("No exchange yet.", .faint)] }
        return Line.flow(parts, gap: 2, columns: columns)
    }

    // MARK: The problem

    private func problem(_ columns: Int) -> [Line] {
        guard let cause = row.cause, row.pending == nil else { return [] }
        let step = row.lastRecord?.steps.first { $0.outcome == (cause.isWarning ? .warn : .failed) }
        if cause.isWarning { return warning(cause, step?.failure, columns) }
        guard let explanation, let first = explanation.firstFixableCause else {
            return paragraphs.lines("CAUSE", step?.failure?.message ?? "The step failed.", columns)
                + paragraphs.lines("FIX", step?.failure?.fix ?? "", columns)
        }
        let hub = explanation.causes.first.flatMap { $0.isHubFailure && $0 != first ? $0 : nil }
        var lines =
            hub.map { paragraphs.lines("CAUSE", $0.summary, columns) } ?? []
        lines += paragraphs.lines(hub == nil ? "CAUSE" : "", first.summary, columns)
        if let condition = explanation.condition, cause.part == ExchangeStep.trust.rawValue {
            lines += comparison(condition, columns)
        } else {
            lines += paragraphs.lines("", first.evidence, columns, .faint)
        }
        if let message = step?.failure?.message, !first.evidence.contains(message),
            !message.hasPrefix(first.summary.dropLast())
        {
            lines += paragraphs.lines("ERROR", message, columns, .faint)
        }
        if let possible = first.possibleCauses {
            lines += paragraphs.lines(
                "",
                "or: " + possible.causes.joined(separator: "; "),
                columns,
                .faint
            )
        }
        return lines + fix(first, others: explanation.causes.count - (hub == nil ? 1 : 2), columns)
    }

    private func warning(_ cause: MappingCause, _ failure: Failure?, _ columns: Int) -> [Line] {
        if let explanation, let known = explanation.causes.first(where: { $0.id == cause.code }) {
            return paragraphs.lines("CAUSE", known.summary, columns)
                + paragraphs.lines("", known.evidence, columns, .faint)
                + fix(known, others: explanation.causes.count - 1, columns)
        }
        let finding = explanation?.lint.first { $0.id == cause.code }?.message
        return paragraphs.lines("CAUSE", failure?.message ?? finding ?? cause.text, columns)
            + paragraphs.lines("FIX", failure?.fix ?? "", columns) + [keys]
    }

    /// Returns lines with the policy's values, followed by lines with the token's values in the same column.
    private func comparison(_ condition: DecidingCondition, _ columns: Int) -> [Line] {
        let name = condition.key.split(separator: ":").last.map(String.init) ?? condition.key
        let found = condition.found.isEmpty ? ["nothing"] : condition.found
        let rows = [("policy \(condition.role.verb)", condition.required), ("token has", found)]
        return rows.flatMap { head, values in
            values.enumerated().map { order, value in
                let lead = order == 0 ? "\(head.padding(to: 15)) \(name)  " : ""
                let line =
                    Line(lead.padding(to: 18 + name.count), .faint) + Line(value)
                    + Line(note(on: value, named: name), .faint)
                return paragraphs.indented(line).fitted(to: columns)
            }
        }
    }

    /// Returns the remark on an object ID in `sub`: the ID's identity, or `(unknown)`; empty for other values.
    private func note(on value: String, named name: String) -> String {
        guard name == "sub", let note = state.note(onSubject: value, of: row.id) else { return "" }
        return "  \(note)"
    }

    /// Whether the operator can now start setup to remove the cause.
    private var isSettledBySetup: Bool {
        let cause = explanation?.firstFixableCause?.id
        return cause.map { explanation?.settledBySetup.contains($0) == true } ?? false
            && Binding.applyFix.obstacle(in: state) == nil
    }

    /// Returns the command with the comparison of the role's policy abbreviated to `test …`.
    ///
    /// The comparison fails if the policy changed after cambist read it. A copied command has the whole comparison.
    private static func withoutComparison(_ command: String) -> String {
        guard let start = command.firstRange(of: "test \"$(aws iam get-role ")?.lowerBound,
            let end = command[start...].firstRange(of: " = True && ")?.upperBound
        else { return command }
        return "\(command[..<start])test … = True && \(command[end...])"
    }

    private func fix(_ cause: Cause, others: Int, _ columns: Int) -> [Line] {
        let advice = cause.advice.split(separator: "\n")
        let hasChoice = isSettledBySetup && !cause.commands.isEmpty
        let label = hasChoice ? "FIX A" : "FIX"
        var lines = paragraphs.lines(label, advice.joined(separator: " "), columns)
        let room = columns - paragraphs.labelColumns
        // The account of the operator's credentials is known after the role was read from IAM. Before that, the detail
        // omits commands that compare accounts.
        let entry = state.inspected(row.id)
        let isOpen =
            entry.inspection == nil && cause.commands.contains(where: CommandCompletion.comparesAccounts)
        if isOpen, entry.pending == nil {
            let text = "Press e to read the role from IAM and to see the commands."
            lines.append(paragraphs.indented(Line(text, .faint)).fitted(to: columns))
        }
        let commands = (isOpen ? [] : cause.commands).flatMap { $0.split(separator: "\n") }.flatMap {
            CommandLines(Self.withoutComparison(String($0))).lines(columns: room, indent: 0)
        }
        let isCut = commands.count > Self.commandLines + 1
        lines += commands.prefix(isCut ? Self.commandLines : .max).map(paragraphs.indented)
        if isCut {
            let rest = commands.count - Self.commandLines
            lines.append(paragraphs.indented(Line("… \(rest) more lines of the command", .faint)))
        }
        if isSettledBySetup {
            let text = "Let setup change the objects. Setup first shows the changes and asks for approval."
            lines += paragraphs.lines(
                hasChoice ? "FIX B" : "",
                hasChoice ? text : "Or let" + text.dropFirst(3),
                columns
            )
        }
        if entry.pending != nil {
            lines.append(paragraphs.indented(Line("↻ reading the role from IAM", .pending)))
        }
        let more = others > 0 ? Line("\(others) more cause\(others == 1 ? "" : "s")", .faint) : Line()
        return lines + [keys + more]
    }

    private var keys: Line {
        let hasCommand = explanation?.firstFixableCause?.commands.isEmpty == false
        let all: [Binding] = [.copyFix, .applyFix, .explain, .watch]
        let bindings = all.filter { $0.isOffered(in: state) }
        let letters =
            hasCommand && isSettledBySetup
            ? [Binding.copyFix.id: " A", Binding.applyFix.id: " B"] : [:]
        return paragraphs.indented(
            bindings.reduce(Line()) { line, binding in
                guard let key = state.appearance.keymap.keys(of: binding).first, let label = binding.label
                else {
                    return line
                }
                return line + Line(key.label, .key)
                    + Line(" \(label)\(letters[binding.id] ?? "")   ", .faint)
            }
        )
    }

    // MARK: Properties

    /// The data from which the cause was derived, with the age of each read.
    private func sources(_ columns: Int) -> [Line] {
        state.inspected(row.id).sources(at: state.now).flatMap { $0.wrapped(to: columns) }
            .map { Line($0, .faint) }
    }

    private func facts(_ columns: Int) -> [Line] {
        let mapping = row.mapping
        let chain = mapping.chain.map(\.id).joined(separator: " → ")
        let configured =
            [Fact("role", mapping.roleARN.description)]
            + (mapping.hub == nil ? [] : [Fact("chain", chain)])
            + [
                Fact("audience", mapping.audience), Fact("region", mapping.region),
                Fact("session", "\(mapping.sessionName), \(DurationText.format(mapping.duration))"),
            ]
            + (mapping.chained?.externalID.map { [Fact("ext. id", $0)] } ?? [])
            + (mapping.sourceIdentity.map { [Fact("source", $0)] } ?? [])
        var current: [Fact] = []
        if let token = row.lastRecord?.token {
            let age = token.seenBefore ? "same as before" : "new"
            let left = row.tokenExpiry.map { RelativeTime.left($0).text(at: state.now) } ?? "no expiration"
            let end = row.tokenExpiry.map { $0 > state.now } == true ? "\(left) left" : left
            current.append(Fact("token", "\(token.source.rawValue), \(age), \(end)"))
        }
        if let plan = row.plan { current.append(Fact("next", plan.text(at: state.now))) }
        if row.hasDroppedCredentials {
            let key = state.key(.refresh)
            current.append(Fact("dropped", "the credentials; \(key) exchanges the token for new ones"))
        }
        if let key = row.credentials?.accessKeyID { current.append(Fact("key ID", key)) }
        if let record = row.lastRecord {
            current.append(Fact("exchanged", state.clockText.short(record.at, now: state.now)))
        }
        if !mapping.tags.isEmpty { current.append(Fact("tags", mapping.tags.joined(separator: " "))) }
        return [Line()]
            + SideBySide(
                left: { columns in configured.flatMap { $0.lines(columns: columns) } },
                right: { columns in current.flatMap { $0.lines(columns: columns) } },
                hasSeparator: false
            ).lines(columns: columns)
    }
}
