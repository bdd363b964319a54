import Federation
package import TrustPolicy

/// A line of an explanation, with the role that determines its style on the screen.
package struct ExplanationLine: Hashable, Sendable {
    package enum Role: Hashable, Sendable {
        /// The decision; `yes` if the decision permits the exchange.
        case headline(TernaryResult)
        /// The deciding condition, with its values.
        case condition
        case cause
        case evidence
        case fix
        case command
        case possibleCause
        case heading
        case lint
        /// The source of the trust policy, or a limit of the explanation.
        case provenance
    }

    package let role: Role
    /// The indentation, number, or label before the text.
    ///
    /// The width of the lead is also the indentation of the continuation lines.
    package let lead: String
    /// The text on a single line, with invisible characters replaced.
    package let text: String
    /// The first word of ``lead``: `evidence`, `fix`; empty for a line without a label.
    package var label: String { lead.split(separator: " ").first.map(String.init) ?? "" }

    fileprivate init(_ role: Role, _ text: String, lead: String = "") {
        self.role = role
        self.lead = lead
        // A policy can have several thousand characters. Spaces are significant in a command.
        self.text = role == .command ? VisibleText.line(text) : VisibleText.oneLine(text, limit: 20_000)
    }

    fileprivate init(_ role: Role, label: String, _ text: String) {
        self.init(role, text, lead: "   " + label.padded(to: 10))
    }
}

extension Explanation {
    private var caller: String { isChained ? "the hub's role" : "the token" }

    /// The decision in one sentence; `nil` if causes exist but there is no token to evaluate.
    package var headline: ExplanationLine? {
        let place = statement.map { " (Statement[\($0)])" } ?? ""
        return switch decision {
        case .allow: ExplanationLine(.headline(.yes), "The trust policy allows \(caller)\(place).")
        case .deny: ExplanationLine(.headline(.no), "The trust policy does not allow \(caller)\(place).")
        case .explicitDeny: ExplanationLine(.headline(.no), "The trust policy denies \(caller)\(place).")
        case .undetermined where !hasPolicy && isRoleAbsent:
            ExplanationLine(
                .headline(.no),
                "The role does not exist, so there is no trust policy to evaluate."
            )
        case .undetermined where !hasPolicy && isRemote:
            ExplanationLine(
                .headline(.unknown),
                "The trust policy is unknown, because the mapping is configured on another host."
            )
        case .undetermined where !hasPolicy:
            ExplanationLine(
                .headline(.unknown),
                "The policy is unknown: set trust_policy_file or use --trust-policy."
            )
        case .undetermined where !hasToken:
            causes.isEmpty ? ExplanationLine(.headline(.unknown), "There is no token to evaluate.") : nil
        case .undetermined:
            ExplanationLine(
                .headline(.unknown),
                "The decision depends on values that cambist does not know\(place)."
            )
        case .invalid: ExplanationLine(.headline(.unknown), "The trust policy cannot be evaluated.")
        }
    }

    /// Returns the nonempty sections of the explanation.
    ///
    /// The sections have this order:
    ///
    /// - the decision
    /// - the causes, the first to fix first
    /// - the weaknesses in the trust policy
    /// - the provenance
    package func sections(_ inspection: RoleInspection? = nil) -> [[ExplanationLine]] {
        let causes = causes.enumerated().map { $0.element.lines(number: $0.offset + 1) }
        return ([decisionLines] + causes + [lintLines, inspection?.provenance ?? []]).filter { !$0.isEmpty }
    }

    /// Returns the explanation as text, with a blank line between sections.
    package func text(_ inspection: RoleInspection? = nil) -> String {
        sections(inspection).map { lines in lines.map { $0.lead + $0.text }.joined(separator: "\n") }
            .joined(separator: "\n\n")
    }

    private var decisionLines: [ExplanationLine] {
        let success =
            causes.isEmpty ? "The exchange works." : "The exchange works. The numbered items are warnings."
        var lines = isProven ? [ExplanationLine(.headline(.yes), success)] : []
        if let headline { lines.append(headline) }
        if decision == .allow, !isProven {
            let limit = "A trust policy that allows \(caller) does not guarantee that AWS allows the call."
            lines.append(ExplanationLine(.provenance, limit))
        }
        return lines + (condition?.lines ?? [])
    }

    private var lintLines: [ExplanationLine] {
        if lint.isEmpty { return [] }
        return [ExplanationLine(.heading, "Weaknesses in the trust policy")]
            + lint.map { finding in
                let lead = "   " + finding.severity.rawValue.padded(to: 8)
                return ExplanationLine(.lint, "\(finding.message) [\(finding.id)]", lead: lead)
            }
    }
}

extension DecidingCondition {
    fileprivate var lines: [ExplanationLine] {
        [
            ExplanationLine(.condition, label: "condition", "\(self.operator) \(key)"),
            ExplanationLine(.condition, label: role.rawValue, required.listed),
            ExplanationLine(.condition, label: "found", isUnknown ? "unknown to cambist" : found.listed),
        ]
    }
}

extension Cause {
    fileprivate func lines(number: Int) -> [ExplanationLine] {
        [
            ExplanationLine(.cause, "\(summary) [\(id)]", lead: "\(number). "),
            ExplanationLine(.evidence, label: "evidence", evidence),
        ]
            + advice.split(separator: "\n").enumerated().map { place, line in
                ExplanationLine(.fix, label: place == 0 ? "fix" : "", String(line))
            }
            + commands.flatMap { $0.split(separator: "\n") }.map {
                ExplanationLine(.command, label: "", String($0))
            } + (possibleCauses?.lines ?? [])
    }
}

extension PossibleCauses {
    fileprivate var lines: [ExplanationLine] {
        [ExplanationLine(.possibleCause, "possible causes:", lead: "   ")]
            + causes.map { ExplanationLine(.possibleCause, $0, lead: "   - ") }
            + [ExplanationLine(.fix, toFindOut, lead: "   to find out: ")]
    }
}

extension RoleInspection {
    /// The sources of the explanation and the error from IAM, if any; the trust policy's source is first.
    fileprivate var provenance: [ExplanationLine] {
        let lines = readings.map { reading in
            ExplanationLine(.provenance, reading.dated { "at \($0.utcText)" })
        }
        var provenance = source == .notRead ? [] : Array(lines.prefix(1))
        if let problem {
            let isClosed = problem.message.last.map(".!?:".contains) ?? true
            let sentence = problem.message + (isClosed ? " " : ". ")
            provenance.append(ExplanationLine(.provenance, "\(unreadPart): \(sentence)\(problem.fix)"))
        }
        return provenance + lines.dropFirst()
    }
}

extension [String] {
    fileprivate var listed: String { isEmpty ? "absent" : joined(separator: ", ") }
}

extension String {
    fileprivate func padded(to count: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, count - self.count))
    }
}
