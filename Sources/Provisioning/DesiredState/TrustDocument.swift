package import Federation
package import TrustPolicy

/// A trust policy's document as it stands in IAM, changed statement by statement.
///
/// The set-up's own statements are told by a `Sid` that begins with `Cambist`. No other statement is ever
/// changed, moved or dropped, and neither is the document's version.
package struct TrustDocument: Hashable, Sendable {
    /// The whole document.
    package private(set) var json: JSONValue
    private var statements: [JSONValue]

    private static let sidPrefix = "Cambist"

    /// The document of a new role.
    package init(grants: [TrustGrant]) {
        statements = grants.enumerated().map { $1.statement(sid: "\(Self.sidPrefix)\($0 + 1)") }
        json = .object(["Version": .string("2012-10-17"), "Statement": .array(statements)])
    }

    /// Reads a document that IAM holds.
    ///
    /// - Throws: ``PolicyError`` when it is none, which IAM would not have taken.
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

    /// The document's characters without white space, as the quota counts them.
    package var size: Int {
        json.compactText.unicodeScalars.count { !$0.properties.isWhitespace }
    }

    /// Whether some statement is not the set-up's own.
    package var hasForeignStatements: Bool {
        statements.contains { !Self.isOwn($0) }
    }

    /// Every subject that statements of the set-up's own let in.
    package var ownSubjects: [String] {
        statements.filter(Self.isOwn).compactMap(TrustGrant.init).flatMap(\.subjects)
    }

    /// Whether the document has no statement left, which IAM would not store.
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

// Letting in and taking out.
extension TrustDocument {
    /// Why a grant cannot be merged into a document.
    package enum Obstacle: Error, Hashable, Sendable {
        /// A statement denies it, whatever others allow; it is not ours to change.
        case denied(statement: Int)
        /// The document would pass the quota that roles have unless more was granted.
        case tooLarge(size: Int)
    }

    /// The document with the grants in it; the same one when it lets all of them in already and says so rightly.
    ///
    /// A statement of the set-up's own for the same provider and audience gets the subjects that it lacks, and
    /// is put right where someone changed it; else a statement is added, unless another lets the subjects in
    /// already. One that does so under further conditions of its author's is left to stand alone: a second
    /// statement would take these conditions away.
    ///
    /// - Parameters:
    ///   - grants: Whom to let in.
    ///   - quota: How many characters besides white space it may have; `nil` for no bound.
    /// - Returns: The document to store.
    /// - Throws: ``Obstacle`` when the result would not let the grants in or could not be stored.
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
        let index = statements.firstIndex { Self.isOwn($0) && Self.isAbout(grant, $0) }
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

    /// Whether a statement of ours is the one for the grant's provider and audience; one that lost its audience is.
    private static func isAbout(_ grant: TrustGrant, _ statement: JSONValue) -> Bool {
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

    /// The document without these subjects in statements of the set-up's own for that provider and audience.
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

// What the document says of a grant, by IAM's rules.
extension TrustDocument {
    /// How the subjects of a grant fare.
    package enum Entry: Hashable, Sendable {
        case allowed
        /// Under conditions that only AWS can judge; the keys that they test.
        case conditional(keys: [String])
        case refused
        case denied(statement: Int)
    }

    /// How the subjects of a grant fare: the worst of them counts.
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

    /// The document as it is evaluated; `nil` while it has no statement.
    package var policy: TrustPolicy? {
        var whole = self
        whole.store()
        return try? TrustPolicy(parsing: whole.json.compactText, quota: nil)
    }
}
