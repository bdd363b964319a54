package import Federation
package import TrustPolicy

/// A trust policy's document in IAM, changed statement by statement.
///
/// The `Sid` of setup's own statements begins with `Cambist`. Other statements are never changed, moved or
/// dropped, and neither is the document's version.
package struct TrustDocument: Hashable, Sendable {
    /// The whole document.
    package private(set) var json: JSONValue
    private var statements: [JSONValue]

    private static let sidPrefix = "Cambist"

    /// Creates the document of a new role.
    package init(grants: [TrustGrant]) {
        statements = grants.enumerated().map { $1.statement(sid: "\(Self.sidPrefix)\($0 + 1)") }
        json = .object(["Version": .string("2012-10-17"), "Statement": .array(statements)])
    }

    /// Parses a document of IAM.
    ///
    /// - Throws: ``PolicyError`` when it is not a policy.
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

    /// The number of characters that the quota counts, without white space.
    package var size: Int {
        json.compactText.unicodeScalars.count { !$0.properties.isWhitespace }
    }

    /// Whether a statement is not setup's own.
    package var hasForeignStatements: Bool {
        statements.contains { !Self.isOwn($0) }
    }

    /// Every subject that setup's own statements allow.
    package var ownSubjects: [String] {
        statements.filter(Self.isOwn).compactMap(TrustGrant.init).flatMap(\.subjects)
    }

    /// Whether the document has no statement, which IAM refuses.
    package var isEmpty: Bool { statements.isEmpty }

    private static func isOwn(_ statement: JSONValue) -> Bool {
        statement["Sid"]?.string?.hasPrefix(sidPrefix) ?? false
    }

    private mutating func store() {
        guard case .object(var members) = json else { return }
        members["Statement"] = .array(statements)
        json = .object(members)
    }
}

// Merging and removing grants.
extension TrustDocument {
    /// The reason that a grant cannot be merged into a document.
    package enum Obstacle: Error, Hashable, Sendable {
        /// A foreign statement denies it explicitly.
        case denied(statement: Int)
        /// The document would exceed the default quota.
        case tooLarge(size: Int)
    }

    /// Returns the document with the grants; the same one when it allows all of them already.
    ///
    /// Setup's own statement for the same provider and audience gets the missing subjects, and is corrected if it
    /// was edited; otherwise a statement is added, unless another one allows the subjects already. A statement
    /// that allows them under further conditions stays alone, because a second one would lift these conditions.
    ///
    /// - Parameters:
    ///   - grants: The grants to add.
    ///   - quota: The most characters besides white space; `nil` for no limit.
    /// - Returns: The document to store.
    /// - Throws: ``Obstacle`` when the result would not allow the grants or could not be stored.
    package func merging(
        _ grants: [TrustGrant],
        quota: Int? = TrustPolicy.sizeQuota
    ) throws(Obstacle) -> TrustDocument {
        var result = self
        for grant in grants {
            if case .denied(let statement) = entry(of: grant) { throw .denied(statement: statement) }
            result.merge(grant)
        }
        guard result != self else { return self }
        result.store()
        if let quota, result.size > quota { throw .tooLarge(size: result.size) }
        return result
    }

    private mutating func merge(_ grant: TrustGrant) {
        let index = statements.firstIndex { Self.isOwn($0) && Self.matches(grant, $0) }
        guard let index else {
            if entry(of: grant) == .refused { statements.append(grant.statement(sid: freeSid)) }
            return
        }
        let found = statements[index]
        let kept = TrustGrant(found)?.subjects ?? Self.plainSubjects(of: found, grant)
        var whole = TrustGrant(providerARN: grant.providerARN, audience: grant.audience, subjects: kept)
        for subject in grant.subjects { whole.add(subject) }
        if TrustGrant(found) != whole {
            statements[index] = whole.statement(sid: found["Sid"]?.string ?? freeSid)
        }
    }

    /// Whether an own statement belongs to the grant's provider and audience, or lost its audience.
    private static func matches(_ grant: TrustGrant, _ statement: JSONValue) -> Bool {
        guard let other = TrustGrant(statement) else {
            guard statement["Principal"]?["Federated"]?.strings.contains(grant.providerARN) == true else {
                return false
            }
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
        while taken.contains("\(Self.sidPrefix)\(number)") { number += 1 }
        return "\(Self.sidPrefix)\(number)"
    }

    /// Returns the document without these subjects in setup's own statements for that provider and audience.
    package func removing(_ grants: [TrustGrant]) -> TrustDocument {
        var result = self
        result.statements = statements.compactMap { statement in
            guard Self.isOwn(statement), var left = TrustGrant(statement) else { return statement }
            for grant in grants where grant.providerARN == left.providerARN && grant.audience == left.audience
            {
                guard let rest = left.without(grant.subjects) else { return nil }
                left = rest
            }
            return left == TrustGrant(statement)
                ? statement : left.statement(sid: statement["Sid"]?.string ?? freeSid)
        }
        guard result != self else { return self }
        result.store()
        return result
    }
}

// The evaluation of a grant by IAM's rules.
extension TrustDocument {
    /// The verdict on the subjects of a grant.
    package enum Entry: Hashable, Sendable {
        case allowed
        /// Under conditions that only AWS can judge; the keys that they test.
        case conditional(keys: [String])
        case refused
        case denied(statement: Int)
    }

    /// Evaluates a grant; the worst verdict on its subjects counts.
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

    private func verdicts(on grant: TrustGrant) -> [TrustVerdict] {
        guard let policy else { return grant.subjects.map { _ in TrustVerdict(decision: .invalid) } }
        return grant.subjects.map { subject in
            let claims = Claims(
                header: [:],
                payload: [
                    "iss": .string("https://\(grant.provider)"), "aud": .string(grant.audience),
                    "sub": .string(subject),
                ]
            )
            let context = RequestContext(claims: claims, federatedPrincipal: grant.providerARN)
            return policy.evaluate(TrustRequest(federatedPrincipal: grant.providerARN, context: context))
        }
    }

    /// The policy to evaluate; `nil` without statements.
    package var policy: TrustPolicy? {
        var whole = self
        whole.store()
        return try? TrustPolicy(parsing: whole.json.compactText, quota: nil)
    }
}
