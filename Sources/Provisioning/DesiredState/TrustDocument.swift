package import Federation
package import TrustPolicy

package import struct FoundationEssentials.Date

/// The document of a trust policy in IAM; setup changes the document statement by statement.
///
/// The `Sid` of setup's own statements begins with `Cambist`. Other statements, the order of the statements, and the
/// version of the document are preserved.
package struct TrustDocument: Hashable, Sendable {
    /// The complete document.
    package private(set) var json: JSONValue
    private var statements: [JSONValue]

    /// Creates the document of a new role.
    package init(grants: [TrustGrant], hubs: [HubGrant] = []) {
        statements = grants.enumerated().map { $1.statement(sid: Self.sid($0 + 1)) }
        statements += hubs.enumerated().map { $1.statement(sid: Self.sid(grants.count + $0 + 1)) }
        json = .object(["Version": .string("2012-10-17"), "Statement": .array(statements)])
    }

    /// Parses a document from IAM.
    ///
    /// - Throws: ``PolicyError`` if the text is not a policy.
    package init(parsing text: String) throws(PolicyError) {
        _ = try TrustPolicy(parsing: text, quota: nil)
        json = JSONValue(text: text) ?? .null
        statements =
            switch json["Statement"] {
            case .array(let elements): elements
            case .some(let lone): [lone]
            case nil: []
            }
    }

    /// The number of characters that count toward the quota: all except white space.
    package var size: Int {
        json.compactText.unicodeScalars.count { !$0.properties.isWhitespace }
    }

    /// Whether the document contains a statement that setup did not create.
    package var hasForeignStatements: Bool {
        statements.contains { !Self.isOwn($0) }
    }

    /// The `sub` claims in setup's own statements; ignores statements that do not have the form of a grant.
    package var ownSubjects: [String] {
        statements.indices.filter { Self.isOwn(statements[$0]) }.compactMap(grant(at:)).flatMap(\.subjects)
    }

    /// The IDs of deleted users and roles in the document; IAM refuses a document with such an ID.
    ///
    /// Source: IAM user guide, AWS JSON policy elements: Principal.
    package var deletedPrincipals: [String] {
        (policy?.statements ?? []).flatMap { $0.principal.members[.aws] ?? [] }.filter { name in
            name.hasPrefix("AROA") || name.hasPrefix("AIDA")
        }
    }

    /// Whether the document has no statements; IAM refuses such a document.
    package var isEmpty: Bool { statements.isEmpty }

    private static func sid(_ number: Int) -> String { TrustStatement.setupSidPrefix + String(number) }

    private static func isOwn(_ statement: JSONValue) -> Bool {
        statement["Sid"]?.string?.hasPrefix(TrustStatement.setupSidPrefix) ?? false
    }

    private mutating func store() {
        guard case .object(var members) = json else { return }
        members["Statement"] = .array(statements)
        json = .object(members)
    }
}

// Adding and removing grants.
extension TrustDocument {
    /// The reason that a grant cannot be added to a document.
    package enum Obstacle: Error, Hashable, Sendable {
        /// A statement explicitly denies the grant.
        case denied(statement: Int)
        /// The call does not meet a condition that setup must not bypass.
        ///
        /// Usually, the condition is in a statement that setup did not create. The statement is for the same principal
        /// and action, or is nearest to the call (see `TrustPolicy.nearestStatement(to:in:)`). The condition can also
        /// be an operator's addition to setup's own statement.
        case conditionFails(statement: Int, keys: [String])
        /// A statement that setup did not create trusts only one session of the hub's role, not the role.
        case sessionRequired(statement: Int, name: String)
        /// The document would exceed the quota.
        case tooLarge(size: Int)
    }

    /// Returns the document with the grants added; unchanged if no statement must be added or changed.
    ///
    /// A further condition is a condition on a key other than the claims `aud`, `oaud`, and `sub`. A foreign statement
    /// is a statement that setup did not create. For each grant:
    ///
    /// - If setup has a statement for the provider and audience, missing subjects are added to this statement. Manual
    ///   changes of the statement are reverted, except for further conditions.
    /// - If setup has no such statement, a statement is added. The new statement has the further conditions of the
    ///   nearest foreign statement; see `TrustPolicy.nearestStatement(to:in:)`.
    /// - If the document already allows the subjects, no statement is added. A condition that only AWS can evaluate is
    ///   assumed to be met, because a new statement would bypass the condition.
    /// - If a foreign statement has further conditions for a subject, the subject gets a separate statement with these
    ///   conditions. This statement is added only if the document does not allow the subject (for example, because of a
    ///   misspelled condition key).
    ///
    /// - Parameters:
    ///   - grants: The grants to add.
    ///   - hubs: The grants to hubs' roles to add.
    ///   - calls: The calls for which the grants are needed, if known.
    ///   - quota: The maximum number of characters, excluding white space; `nil` for no limit.
    /// - Returns: The document to store.
    /// - Throws: ``Obstacle`` if a grant cannot be added.
    package func merging(
        _ grants: [TrustGrant],
        hubs: [HubGrant] = [],
        calls: [AssumptionCall] = [],
        quota: Int? = TrustPolicy.sizeQuota
    ) throws(Obstacle) -> TrustDocument {
        var result = self
        for grant in grants {
            if case .denied(let statement) = entry(of: grant) { throw .denied(statement: statement) }
            if let obstacle = failingCondition(for: grant) { throw obstacle }
            try result.merge(grant, calls)
        }
        for hub in hubs {
            if case .denied(let statement) = entry(of: hub) { throw .denied(statement: statement) }
            if let verdict = policy.map(hub.verdict) {
                if let obstacle = failingCondition(in: verdict) { throw obstacle }
                if let session = policy?.requiredSession(of: hub.hubARN, in: verdict) {
                    throw .sessionRequired(statement: session.index, name: session.name)
                }
            }
            try result.merge(hub)
        }
        guard result != self else { return self }
        result.store()
        if let quota, result.size > quota { throw .tooLarge(size: result.size) }
        return result
    }

    private func failingCondition(for grant: TrustGrant) -> Obstacle? {
        verdicts(on: grant).lazy.compactMap { failingCondition(in: $0, provider: grant.provider) }.first
    }

    /// Returns the obstacle, if a condition in a foreign statement causes the denial of a grant.
    ///
    /// The statement is an Allow statement for the grant's principal and action. In addition, one of these is true:
    ///
    /// - A condition excludes the grant's subject or audience (for example, by StringNotEquals).
    /// - The conditions on the subject and audience are met, but another condition fails.
    private func failingCondition(in verdict: TrustVerdict, provider: String = "") -> Obstacle? {
        guard verdict.decision == .deny else { return nil }
        for statement in verdict.statements
        where statement.effect == .allow && statement.matchesPrincipal && statement.matchesAction
            && !Self.isOwn(statements[statement.index])
        {
            let failed = statement.conditions.filter { $0.outcome == .no }.map(\.condition)
            let isExcluded = failed.contains { $0.testsRequiredClaim && $0.operator.comparison.isNegated }
            let isForOthers = failed.contains { condition in
                let claim = condition.claim(ofTokensFrom: provider)?.lowercased()
                return claim == "aud" || claim == "sub" || OIDCKey(condition.key)?.isSupported == false
            }
            if !failed.isEmpty, isExcluded || !isForOthers {
                return .conditionFails(statement: statement.index, keys: failed.map(\.key))
            }
        }
        return nil
    }

    private mutating func merge(_ whole: TrustGrant, _ calls: [AssumptionCall]) throws(Obstacle) {
        let shared = ownStatement(for: whole).flatMap { grant(at: $0)?.subjects } ?? []
        var unrestricted: [String] = []
        for subject in whole.subjects {
            let single = Self.single(subject, of: whole)
            guard let restriction = restriction(on: single), !shared.contains(subject) else {
                unrestricted.append(subject)
                continue
            }
            guard entry(of: single) == .refused else { continue }
            let kept = furtherConditions(at: restriction, for: single)
            try Self.require(kept, in: Self.contexts(of: single, calls), statement: restriction)
            statements.append(single.statement(sid: freeSid).addingConditions(kept))
        }
        guard !unrestricted.isEmpty else { return }
        try mergeUnrestricted(
            TrustGrant(providerARN: whole.providerARN, audience: whole.audience, subjects: unrestricted),
            calls
        )
    }

    private static func single(_ subject: String, of grant: TrustGrant) -> TrustGrant {
        TrustGrant(providerARN: grant.providerARN, audience: grant.audience, subjects: [subject])
    }

    /// Returns the index of the nearest foreign statement with further conditions for the grant's subject, if any.
    ///
    /// See `TrustPolicy.nearestRestriction(on:in:)`.
    private func restriction(on single: TrustGrant) -> Int? {
        guard let policy, let subject = single.subjects.first else { return nil }
        let verdict = Self.verdict(of: policy, on: subject, single)
        return policy.nearestRestriction(on: Self.claims(of: single, subject), in: verdict)?.index
    }

    /// Returns the index of setup's own statement to which the grant's subjects can be added.
    private func ownStatement(for grant: TrustGrant) -> Int? {
        statements.indices.first {
            Self.isOwn(statements[$0]) && Self.matches(grant, statements[$0]) && !isRestricted($0)
        }
    }

    /// Whether a statement's further conditions equal those of the nearest foreign statement, for every subject.
    private func isRestricted(_ index: Int) -> Bool {
        guard let found = grant(at: index), !found.subjects.isEmpty else { return false }
        let conditions = Set(furtherConditions(at: index, for: found))
        return found.subjects.allSatisfy { subject in
            let single = Self.single(subject, of: found)
            return restriction(on: single).map { Set(furtherConditions(at: $0, for: single)) } == conditions
        }
    }

    private mutating func mergeUnrestricted(
        _ grant: TrustGrant,
        _ calls: [AssumptionCall]
    ) throws(Obstacle) {
        let isRefused = entry(of: grant) == .refused
        let contexts = Self.contexts(of: grant, calls)
        guard let index = ownStatement(for: grant) else {
            guard isRefused else { return }
            let denial = verdicts(on: grant).first { $0.decision.isDenial }
            let nearest = denial.flatMap { verdict in
                policy?.nearestStatement(to: Self.claims(of: grant, ""), in: verdict)
            }
            let kept = nearest.map { furtherConditions(at: $0.index, for: grant) } ?? []
            if let nearest { try Self.require(kept, in: contexts, statement: nearest.index) }
            statements.append(grant.statement(sid: freeSid).addingConditions(kept))
            return
        }
        let kept = furtherConditions(at: index, for: grant)
        if isRefused { try Self.require(kept, in: contexts, statement: index) }
        let found = statements[index]
        let former = self.grant(at: index)
        // A statement in another form (for example, with another action) may contain subjects that the statement does
        // not allow.
        let subjects =
            former?.subjects
            ?? Self.plainSubjects(of: found, grant).filter { allows($0, of: grant, at: index) }
        var whole = TrustGrant(providerARN: grant.providerARN, audience: grant.audience, subjects: subjects)
        for subject in grant.subjects { whole.add(subject) }
        if former != whole {
            statements[index] = whole.statement(sid: found["Sid"]?.string ?? freeSid).addingConditions(kept)
        }
    }

    private mutating func merge(_ hub: HubGrant) throws(Obstacle) {
        let isRefused = entry(of: hub) == .refused
        guard let index = statements.firstIndex(where: { Self.isOwn($0) && hub.matches($0) }) else {
            guard isRefused else { return }
            let nearest = policy.flatMap { $0.nearestStatement(toSessionCallIn: hub.verdict(of: $0)) }
            let kept = nearest?.conditions.map(\.condition) ?? []
            if let nearest { try Self.require(kept, in: hub.contexts, statement: nearest.index) }
            let further = kept.filter { !hub.determines($0) }
            statements.append(hub.statement(sid: freeSid).addingConditions(further))
            return
        }
        let further = conditions(at: index).filter { !hub.determines($0) }
        if isRefused { try Self.require(further, in: hub.contexts, statement: index) }
        let statement = hub.statement(sid: statements[index]["Sid"]?.string ?? freeSid)
            .addingConditions(further)
        if statements[index] != statement { statements[index] = statement }
    }

    /// Whether a statement allows a subject with the grant's audience.
    ///
    /// Conditions that only AWS can evaluate are assumed to be met.
    private func allows(_ subject: String, of grant: TrustGrant, at index: Int) -> Bool {
        guard let policy else { return false }
        let single = policy.replacingStatements(by: [policy.statements[index]])
        let decision = Self.verdict(of: single, on: subject, grant).decision
        return decision == .allow || decision == .undetermined
    }

    /// Throws an obstacle if a call does not meet a condition.
    private static func require(
        _ conditions: [Condition],
        in contexts: [RequestContext],
        statement: Int
    ) throws(Obstacle) {
        let failed = conditions.filter { condition in
            contexts.contains { condition.evaluate(in: $0).outcome == .no }
        }
        if !failed.isEmpty { throw .conditionFails(statement: statement, keys: failed.map(\.key)) }
    }

    private func conditions(at index: Int) -> [Condition] { policy?.statements[index].conditions ?? [] }

    /// Returns a statement's conditions that must also apply in setup's statement for the grant.
    private func furtherConditions(at index: Int, for grant: TrustGrant) -> [Condition] {
        policy?.statements[index].conditionsToKeep(for: Self.claims(of: grant, "")) ?? []
    }

    /// Returns the grant in a statement, without further conditions; `nil` for a statement in another form.
    ///
    /// Some claims have no AWS condition key. A statement with a condition on such a claim is not a grant, because the
    /// condition can never be met.
    private func grant(at index: Int) -> TrustGrant? {
        let further = conditions(at: index).filter { condition in
            !condition.testsRequiredClaim && OIDCKey(condition.key).map(\.isSupported) ?? true
        }
        return TrustGrant(statements[index].removingConditions(further))
    }

    /// Whether a statement is for the grant's provider and audience; a statement may omit the audience.
    private static func matches(_ grant: TrustGrant, _ statement: JSONValue) -> Bool {
        guard let other = TrustGrant(statement) else {
            guard statement["Effect"]?.string == "Allow",
                statement["Principal"]?["Federated"]?.strings.contains(grant.providerARN) == true
            else { return false }
            let audiences = conditionValues(of: statement, key: "\(grant.provider):aud")
            return audiences.isEmpty || audiences.contains(grant.audience)
        }
        return other.providerARN == grant.providerARN && other.audience == grant.audience
    }

    private static func plainSubjects(of statement: JSONValue, _ grant: TrustGrant) -> [String] {
        conditionValues(of: statement, key: "\(grant.provider):sub").filter(\.isGUID)
    }

    private static func conditionValues(of statement: JSONValue, key: String) -> [String] {
        guard case .object(let keys) = statement["Condition"]?["StringEquals"] else { return [] }
        return keys.filter { $0.key.lowercased() == key.lowercased() }.flatMap(\.value.strings)
    }

    private var freeSid: String {
        let taken = Set(statements.compactMap { $0["Sid"]?.string })
        var number = 1
        while taken.contains(Self.sid(number)) { number += 1 }
        return Self.sid(number)
    }

    /// Returns the document after removing the grants' subjects and the hubs from setup's own statements.
    package func removing(_ grants: [TrustGrant], hubs: [HubGrant] = []) -> TrustDocument {
        var result = self
        result.statements = statements.enumerated().compactMap { index, statement in
            if Self.isOwn(statement), hubs.contains(where: { $0.matches(statement) }) { return nil }
            guard Self.isOwn(statement), let found = grant(at: index) else { return statement }
            var left = found
            for grant in grants where grant.providerARN == left.providerARN && grant.audience == left.audience
            {
                guard let rest = left.without(grant.subjects) else { return nil }
                left = rest
            }
            if left == found { return statement }
            return left.statement(sid: statement["Sid"]?.string ?? freeSid)
                .addingConditions(furtherConditions(at: index, for: found))
        }
        guard result != self else { return self }
        result.store()
        return result
    }
}

// Evaluation of a grant by IAM's rules.
extension TrustDocument {
    /// The result of evaluating the document for a grant.
    package enum Entry: Hashable, Sendable {
        case allowed
        /// Allowed under conditions that only AWS can evaluate, with their condition keys.
        case conditional(keys: [String])
        /// Not allowed: no Allow statement matches, or the document has no statements.
        case refused
        /// Explicitly denied by a Deny statement.
        case denied(statement: Int)
    }

    /// Evaluates a grant and returns the worst result of its subjects.
    package func entry(of grant: TrustGrant) -> Entry {
        let verdicts = verdicts(on: grant)
        if let denied = verdicts.first(where: { $0.decision == .explicitDeny }) {
            return .denied(statement: denied.decidingStatement ?? 0)
        }
        if verdicts.contains(where: { $0.decision == .deny || $0.decision == .invalid }) { return .refused }
        let keys = verdicts.flatMap(\.unknownKeys)
        return verdicts.allSatisfy { $0.decision == .allow }
            ? .allowed : .conditional(keys: Set(keys).sorted())
    }

    /// Evaluates a grant to a hub's role.
    package func entry(of hub: HubGrant) -> Entry {
        guard let policy else { return .refused }
        let verdict = hub.verdict(of: policy)
        switch verdict.decision {
        case .explicitDeny: return .denied(statement: verdict.decidingStatement ?? 0)
        case .deny, .invalid: return .refused
        case .allow: return .allowed
        case .undetermined: return .conditional(keys: verdict.unknownKeys)
        }
    }

    private func verdicts(on grant: TrustGrant) -> [TrustVerdict] {
        guard let policy else { return grant.subjects.map { _ in TrustVerdict(decision: .invalid) } }
        return grant.subjects.map { Self.verdict(of: policy, on: $0, grant) }
    }

    /// Evaluates a call with the properties in the mapping's configuration (for example, the session name).
    ///
    /// - Parameters:
    ///   - call: The call.
    ///   - now: The time of the call; without a time, conditions on the time are undetermined.
    /// - Returns: The verdict; invalid if the document has no statements or the call cannot be evaluated.
    package func verdict(on call: AssumptionCall, at now: Date? = nil) -> TrustVerdict {
        guard let policy else { return TrustVerdict(decision: .invalid) }
        if let grant = call.grant, let subject = grant.subjects.first {
            return Self.verdict(of: policy, on: subject, grant, by: call.mapping, at: now)
        }
        guard let request = TrustRequest(assuming: call.mapping, at: now) else {
            return TrustVerdict(decision: .invalid)
        }
        return policy.evaluate(request, then: call.mapping.furtherActions)
    }

    /// Returns the verdict on a subject of a grant; without `mapping`, the session name and the region are unknown.
    private static func verdict(
        of policy: TrustPolicy,
        on subject: String,
        _ grant: TrustGrant,
        by mapping: RoleMapping? = nil,
        at now: Date? = nil
    ) -> TrustVerdict {
        let context = Self.context(of: subject, grant, by: mapping, at: now)
        return policy.evaluate(TrustRequest(federatedPrincipal: grant.providerARN, context: context))
    }

    private static func context(
        of subject: String,
        _ grant: TrustGrant,
        by mapping: RoleMapping? = nil,
        at now: Date? = nil
    ) -> RequestContext {
        RequestContext(
            claims: claims(of: grant, subject),
            federatedPrincipal: grant.providerARN,
            roleARN: mapping?.roleARN,
            sessionName: mapping?.sessionName,
            region: mapping?.region,
            at: now
        )
    }

    /// Returns the request contexts of a grant's calls.
    ///
    /// A subject without a known call has one context, in which the session name and the region are unknown.
    private static func contexts(of grant: TrustGrant, _ calls: [AssumptionCall]) -> [RequestContext] {
        grant.subjects.flatMap { subject -> [RequestContext] in
            let own = calls.filter { call in
                call.grant.map {
                    $0.providerARN == grant.providerARN && $0.audience == grant.audience
                        && $0.subjects.contains(subject)
                } ?? false
            }
            return own.isEmpty
                ? [context(of: subject, grant)] : own.map { context(of: subject, grant, by: $0.mapping) }
        }
    }

    /// Returns the claims that a grant determines.
    private static func claims(of grant: TrustGrant, _ subject: String) -> Claims {
        Claims(
            header: [:],
            payload: [
                "iss": .string("https://\(grant.provider)"), "aud": .string(grant.audience),
                "sub": .string(subject),
            ]
        )
    }

    /// The policy to evaluate; `nil` if the document has no statements.
    package var policy: TrustPolicy? {
        var whole = self
        whole.store()
        return try? TrustPolicy(parsing: whole.json.compactText, quota: nil)
    }
}
