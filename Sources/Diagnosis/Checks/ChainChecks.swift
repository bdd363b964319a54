import Federation
import TrustPolicy

extension Check {
    /// The checks for a hop of a role chain whose hub has credentials, in order.
    static let chained: [Check] = [
        .clock, .statedDenial, .role, .chainTrust, .ineffectiveDenials, .hubPermission, .duration,
        .chainRefusal, .credentials,
        .operatorCredentials,
    ]

    /// Checks that the trust policy allows the hub's role.
    static let chainTrust = Check(
        .trust,
        firstOf: trustPolicyRows(
            denial: CheckRow { context in
                guard let policy = context.policy, let chain = context.chain,
                    let verdict = context.chainVerdict(of: policy), verdict.decision == .deny
                else { return [] }
                if let missing = context.deniedFurtherAction {
                    return [context.cause(ofMissing: missing, verdict)]
                }
                return ChainDenial(policy: policy, verdict: verdict, chain: chain, context: context).causes
            }
        )
    )

    /// Checks that the hub's role has permission to assume the mapping's role.
    static let hubPermission = Check(
        .trust,
        [
            CheckRow(
                "hub-not-permitted",
                cause: "No policy of the hub's role allows the call that assumes the mapping's role.",
                evidence: { context in
                    guard let chain = context.chain, case .missing(let action, let names) = chain.permission,
                        !context.isHubTrustedDirectly, context.statedDenial?.policy != .identityBased
                    else { return nil }
                    let list = names.joined(separator: ", ")
                    let read =
                        names.isEmpty ? "the hub's role has no policies" : "the hub's policies are \(list)"
                    return "\(chain.hub.roleARN) needs \(action) on \(chain.mapping.roleARN); \(read)"
                },
                fix: { $0.hubPermissionFix }
            ),
            CheckRow(
                "hub-denied",
                cause: "A policy of the hub's role denies the call that assumes the mapping's role.",
                evidence: { context in
                    guard let chain = context.chain, case .denied(let action) = chain.permission,
                        context.statedDenial?.policy != .identityBased
                    else {
                        return nil
                    }
                    return
                        "a policy of \(chain.hub.roleARN) denies \(action) on \(chain.mapping.roleARN)"
                },
                fix: { $0.narrowing("the Deny statement of that policy") }
            ),
        ]
    )

    /// Explains why STS refused AssumeRole, if no earlier check does.
    static let chainRefusal = Check(
        .exchange,
        firstOf: [
            settlingRow,
            CheckRow(
                "chain-denied",
                .fallback,
                cause:
                    "STS denied the AssumeRole call of the hub's role and named no policy as the reason.",
                evidence: { $0.refusal?.code == "AccessDenied" ? $0.refusalText : nil },
                fix: { $0.openChainFix },
                possibleCauses: { context in
                    PossibleCauses(
                        context.openChainCauses,
                        toFindOut: "CloudTrail in the hub's account has the denied event"
                            + (context.isTrustPolicyRead
                                ? "."
                                : "; `\(context.roleReadingText)` prints the role's trust policy.")
                    )
                }
            ),
            ownRefusalRow, refusalRow,
            CheckRow(
                "unknown-error",
                .fallback,
                cause: "STS refused AssumeRole for a reason that cambist does not know.",
                evidence: { $0.refusal == nil ? nil : $0.refusalText },
                fix: { Fix($0.refusal?.fix ?? "") }
            ),
        ]
    )
}

extension DiagnosisContext {
    var refusalText: String { refusal?.codeAndMessage ?? "" }

    /// Returns a policy's verdict on the hub's call.
    func chainVerdict(of policy: TrustPolicy) -> TrustVerdict? {
        guard let mapping = chain?.mapping, let request = chainRequest(for: mapping) else { return nil }
        return policy.evaluate(request, then: mapping.furtherActions)
    }

    /// Returns a policy's verdict on all calls for another mapping.
    ///
    /// The caller can choose any session name, tags, and source identity.
    func chainVerdict(of policy: TrustPolicy, ofAnyCallBy other: RoleMapping) -> TrustVerdict? {
        guard var request = chainRequest(for: other) else { return nil }
        request.context = request.context.withAnyChosenValues
        return policy.evaluate(request, then: other.furtherActions)
    }

    /// Returns the condition keys of another mapping's calls; any value is possible for keys that the caller chooses.
    func chainContext(ofAnyCallBy other: RoleMapping) -> RequestContext? {
        chainRequest(for: other)?.context.withAnyChosenValues
    }

    private func chainRequest(for mapping: RoleMapping) -> TrustRequest? {
        guard var request = TrustRequest(assuming: mapping, at: awsNow) else { return nil }
        evidence.complete(&request.context)
        return request
    }

    /// Whether the hub needs no permission: the trust policy names the hub's role, in the same account.
    fileprivate var isHubTrustedDirectly: Bool {
        guard let chain, chain.hub.roleARN.account == chain.mapping.roleARN.account,
            let verdict = policy.flatMap({ chainVerdict(of: $0) })
        else { return false }
        return verdict.statements.contains {
            $0.effect == .allow && $0.outcome == .yes && $0.principalMatch == .direct
        }
    }

    /// The action besides sts:AssumeRole that the call needs but the trust policy does not allow.
    ///
    /// `nil` if the trust policy does not allow sts:AssumeRole.
    fileprivate var deniedFurtherAction: String? {
        guard let chain, let policy, let request = TrustRequest(assuming: chain.mapping, at: awsNow),
            !policy.evaluate(request).decision.isDenial
        else { return nil }
        return chain.mapping.furtherActions.first { action in
            var further = request
            further.action = action
            return policy.evaluate(further).decision.isDenial
        }
    }

    fileprivate func cause(ofMissing action: String, _ verdict: TrustVerdict) -> Cause {
        let isTag = action == "sts:TagSession"
        let restrictions = restrictions(on: action)
        let fix: Fix
        do throws(NoProposal) {
            guard restrictions.isEmpty else {
                throw NoProposal.stillDenied("Statement[\(restrictions[0].index)] restricts \(action)")
            }
            let proposal = try ChainProposal(for: verdict, in: self)
            fix = ProposedChange(policy: proposal.policy, advice: proposal.advice).fix(
                "\(proposal.advice):",
                after: offeringSetup(or: "Allow \(action) in the trust policy."),
                in: self
            )
        } catch {
            let settings = restrictions.flatMap(\.conditions).filter { $0.outcome == .no }.compactMap {
                RequiredSetting(of: $0, in: self)?.advice(matching: true)
            }
            let advice =
                restrictions.isEmpty
                ? [addition(of: action)]
                : settings + ["Alternatively, ask the statement's author to change the condition."]
            fix = Fix((advice + [error.text]).joined(separator: " "))
        }
        return Cause(
            isTag ? "tag-session-missing" : "set-source-identity-missing",
            "The mapping sets \(isTag ? "session tags" : "a source identity"), so the trust policy must also allow "
                + "\(action).",
            evidence: restrictions.isEmpty
                ? "no statement allows \(action) for this call"
                : restrictions.map { $0.restrictionText(of: action) }.joined(separator: "; "),
            fix: fix
        )
    }

    /// Returns the statements that allow an action to the hub's role, but under conditions that the call does not meet.
    private func restrictions(on action: String) -> [StatementVerdict] {
        guard let chain, let policy, var request = chainRequest(for: chain.mapping) else { return [] }
        request.action = action
        return policy.evaluate(request).statements.filter {
            $0.effect == .allow && $0.matchesPrincipal && $0.matchesAction && $0.outcome == .no
        }
    }

    /// Returns the advice to add an action to the statement that allows the hub's role.
    ///
    /// If ``PolicyEdit`` refuses the addition, returns the reason for the refusal.
    private func addition(of action: String) -> String {
        let allowing = chain.flatMap { TrustRequest(assuming: $0.mapping, at: awsNow) }
            .flatMap { policy?.evaluate($0).allowingStatement }
        let place = allowing.map { "Statement[\($0)]" } ?? "the statement that allows the hub's role"
        let change = "add \"\(action)\" to the Action of \(place)"
        let edit = PolicyEdit(words: "\(change.capitalizingFirst).", part: .actions([action]))
        guard let allowing, let refusal = PolicyEdit.refusal(of: [edit], in: allowing, self) else {
            return edit.words
        }
        return ["Do not \(change): \(refusal.clause).", refusal.decision].compactMap(\.self)
            .joined(separator: " ")
    }

    /// The possible causes of a denial that the evidence does not rule out.
    fileprivate var openChainCauses: [String] {
        guard let chain else { return [] }
        var causes: [String] = []
        if case .unknown = evidence.role { causes.append("the role does not exist") }
        if decision != .allow { causes.append("the trust policy does not allow the hub's role") }
        if decision != .allow, chain.mapping.chained?.externalID == nil {
            causes.append("the trust policy requires an external ID")
        }
        let action = refusedAction ?? "sts:AssumeRole"
        switch chain.permission {
        case .unknown(let reason):
            causes.append(
                "no policy of the hub's role allows \(action) on this role"
                    + (reason.map { "; the permission is unknown: \($0)" } ?? "")
            )
        case .conditional:
            causes.append("the call does not meet the conditions in the policies of the hub's role")
        // Separate rows report a permission that the policies of the hub's role lack or deny.
        case .allowed, .missing, .denied: break
        }
        return causes + [
            "a service control policy, a resource control policy, a permissions boundary, or a session policy of the "
                + "hub denies the call",
            "an IAM change has not propagated yet",
        ]
    }

    /// The command in the hub's account that permits the hub's role to assume the mapping's role.
    fileprivate var hubPermissionCommands: [ShellCommand] {
        guard let chain else { return [] }
        let actions = ["sts:AssumeRole"] + chain.mapping.furtherActions
        let statement: [String: JSONValue] = [
            "Effect": .string("Allow"),
            "Action": actions.count == 1 ? .string(actions[0]) : .array(actions.map(JSONValue.string)),
            "Resource": .string(chain.mapping.roleARN.description),
        ]
        let policy = JSONValue.object([
            "Version": .string("2012-10-17"), "Statement": .array([.object(statement)]),
        ])
        let hub = chain.hub.roleARN
        let name = unusedPolicyName("cambist-assume-\(chain.mapping.id)")
        let reading: ShellCommand = .aws(
            "iam list-role-policies",
            .role(hub.name),
            query: "contains(PolicyNames, \(name))"
        )
        let writing: ShellCommand = .aws(
            "iam put-role-policy",
            .role(hub.name),
            .policyName(name),
            .policyDocument(policy)
        )
        // With --output text, `aws` would apply the query to each page separately.
        return [
            command(
                "test \"$(\(reading) --output json\(.options))\" = false && \(writing)",
                inAccountOf: hub
            )
        ]
    }

    /// Returns a name that no known policy of the hub's role has, with a number if necessary.
    ///
    /// `put-role-policy` would replace an existing inline policy of the same name.
    private func unusedPolicyName(_ name: String) -> String {
        guard case .missing(_, let policies) = chain?.permission else { return name }
        let used = Set(policies.map { $0.lowercased() })
        let names = [name] + (2...policies.count + 2).map { "\(name)-\($0)" }
        return names.first { !used.contains($0.lowercased()) } ?? name
    }

    /// Returns a command with the AWS CLI options for a role's account; the command does nothing in another account.
    func command(_ command: ShellCommand, inAccountOf role: RoleARN) -> ShellCommand {
        let profile =
            chain?.hub.roleARN.account == role.account
            ? chain?.profile : evidence.reader?.account == role.account ? evidence.reader?.profile : nil
        let options = AWSOptions(profile: profile, partition: role.partition, evidence.tools)
        let reading: ShellCommand =
            "aws sts get-caller-identity --query Account --output text\(options.sts)"
        return "test \"$(\(reading))\" = \(role.account) && \(command.adding(options.iam))"
    }

    /// Whether the trust policy was read from IAM; a policy in a file may be out of date.
    fileprivate var isTrustPolicyRead: Bool { policy != nil && evidence.policyFile == nil }

    /// The advice to read the policies that cambist has not read.
    ///
    /// cambist proposes no permission, because the policy that denies the call is unknown.
    fileprivate var openChainFix: Fix {
        guard let chain else { return "" }
        let action = refusedAction ?? "sts:AssumeRole"
        let account = request.roleARN.map { "account \($0.account)" } ?? "its account"
        let roleReader = "credentials of \(account) that allow iam:GetRole"
        let hub = chain.hub.roleARN
        let hubReader =
            "credentials of account \(hub.account) that can read the policies of the hub's role"
        let simulation = command(
            .aws(
                "iam simulate-principal-policy",
                .policySource(hub.description),
                .actionNames([action]),
                .resources([chain.mapping.roleARN.description]),
                query: "EvaluationResults[].EvalDecision"
            ),
            inAccountOf: hub
        )
        switch (chain.permission, isTrustPolicyRead) {
        case (.unknown, false):
            return Fix(
                "Two policies must allow the call: the role's trust policy must allow the hub's role, and a policy of "
                    + "the hub's role must allow \(action) on this role. To rule out possible causes, configure "
                    + "\(roleReader), and \(hubReader).",
                introduction: "Or read both policies yourself before you change either:",
                commands: trustPolicyReading + [simulation]
            )
        case (.unknown, true):
            return Fix(
                "The role's trust policy allows the call, but a policy of the hub's role must also allow \(action) on "
                    + "this role. To rule out possible causes, configure \(hubReader).",
                introduction: "Or let IAM evaluate the policies:",
                commands: [simulation]
            )
        case (let permission, false):
            let limit = permission == .conditional ? " under conditions" : ""
            return Fix(
                "The policies of the hub's role allow the call\(limit). To rule out possible causes, configure "
                    + "\(roleReader).",
                introduction: "Or read the trust policy yourself:",
                commands: trustPolicyReading
            )
        case (let permission, true):
            let unread =
                "ask the organization's administrator, because cambist reads neither service control policies nor "
                + "resource control policies nor permissions boundaries."
            return permission == .conditional
                ? Fix(
                    "The policies of the hub's role allow the call only under conditions: check whether the call meets "
                        + "them. If it does, \(unread)"
                )
                : Fix(
                    "Do not change the role's trust policy or the policies of the hub's role, because they allow the "
                        + "call: \(unread)"
                )
        }
    }

    /// Permits the hub's role to assume the mapping's role.
    var hubPermissionFix: Fix {
        Fix(
            offeringSetup(
                or: "Add an inline policy to the hub's role, with credentials of account "
                    + "\(chain?.hub.roleARN.account ?? ""):"
            ),
            commands: hubPermissionCommands
        )
    }
}
