import Federation
import FoundationEssentials

extension TrustPolicy {
    /// Parses a policy document.
    ///
    /// - Parameters:
    ///   - text: The JSON document.
    ///   - quota: The maximum number of characters without white space; `nil` for no limit.
    /// - Throws: ``PolicyError`` with the text of IAM's error.
    package init(parsing text: String, quota: Int? = TrustPolicy.sizeQuota) throws(PolicyError) {
        let document = try PolicyParser.document(text)
        let size = text.unicodeScalars.count { scalar in
            // This comparison of ASCII characters is a shortcut, because Unicode's table is slow.
            scalar.isASCII
                ? scalar != " " && !("\t"..."\r").contains(scalar) : !scalar.properties.isWhitespace
        }
        self = try PolicyParser.policy(document, size: size)
        if let quota, size > quota {
            throw PolicyError(
                code: "LimitExceeded",
                message: "Cannot exceed quota for ACLSizePerRole: \(quota)",
                detail: "\(size) characters without white space"
            )
        }
    }
}

/// Parses a policy document and reports IAM's own error messages.
///
/// Sources: IAM user guide, "Grammar of the IAM JSON policy language"; the errors of CreateRole and
/// UpdateAssumeRolePolicy.
enum PolicyParser {
    /// The maximum size of a document, in bytes.
    ///
    /// IAM's maximum quota of a trust policy is 4,096 characters, but white space does not count.
    private static let sizeLimit = 65_536

    static func document(_ text: String) throws(PolicyError) -> [String: JSONValue] {
        let data = Data(text.utf8)
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONValue(parsing: data, limit: sizeLimit, allowsRepeatedMembers: false)
        } catch {
            switch error {
            case .malformed, .repeatedMember: break
            case .tooLarge, .tooDeep:
                throw .invalidJSON(
                    detail: error.description,
                    advice:
                        "Supply only the role's trust policy: no policy in IAM is so large or so deeply nested."
                )
            }
            if let format = DocumentFormat(of: text) {
                throw .invalidJSON(detail: format.description, advice: format.advice)
            }
            let defect = JSONDefect(in: text)
            throw .invalidJSON(
                detail: defect?.description ?? error.description,
                advice: "Correct the document\(defect.map { " at \($0.place)" } ?? "")."
            )
        }
        guard case .object(let members) = document else {
            throw .invalidJSON(
                detail: "a policy must be a JSON object",
                advice: "Supply the policy document itself, which begins with {."
            )
        }
        return members
    }

    static func policy(_ document: [String: JSONValue], size: Int) throws(PolicyError) -> TrustPolicy {
        if let format = DocumentFormat(of: document) {
            throw .syntax(path: "", detail: format.description, advice: format.advice)
        }
        try rejectUnknownMembers(except: ["Version", "Id", "Statement"], in: document, path: "")
        let version = try version(document["Version"])
        var statements: [TrustStatement] = []
        for (path, statement) in try statementObjects(document["Statement"]) {
            statements.append(try StatementParser(statement: statement, path: path, version: version).parse())
        }
        var places: [String: Int] = [:]
        for (index, sid) in statements.map(\.sid).enumerated() {
            guard let sid, !sid.isEmpty else { continue }
            if let first = places.updateValue(index, forKey: sid) {
                throw .malformed(
                    "The Statement Ids in the policy are not unique",
                    path: "Statement",
                    detail: "Statement[\(first)] and Statement[\(index)] have the Sid \(sid)",
                    advice:
                        "Change or remove the Sid of Statement[\(index)]: a Sid is optional, and must be unique."
                )
            }
        }
        return TrustPolicy(version: version, id: document["Id"]?.string, statements: statements, size: size)
    }

    private static func version(_ value: JSONValue?) throws(PolicyError) -> TrustPolicy.Version {
        guard let value else { return .v2008 }
        guard let version = value.string.flatMap(TrustPolicy.Version.init) else {
            throw .malformed(
                "The policy must contain a valid version string",
                path: "Version",
                detail: value.compactText,
                advice: "Set Version to \"\(TrustPolicy.Version.v2012.rawValue)\". IAM also accepts "
                    + "\"\(TrustPolicy.Version.v2008.rawValue)\", in which policy variables are plain text."
            )
        }
        return version
    }

    private static func statementObjects(
        _ value: JSONValue?
    ) throws(PolicyError) -> [(path: String, statement: [String: JSONValue])] {
        switch value {
        case nil:
            throw .malformed("Missing required field Statement", path: "Statement")
        case .object(let members):
            return [("Statement", members)]
        case .array(let elements) where elements.isEmpty:
            throw .malformed("Could not parse the policy: Statement is empty!", path: "Statement")
        case .array(let elements):
            var statements: [(String, [String: JSONValue])] = []
            for (index, element) in elements.enumerated() {
                let path = "Statement[\(index)]"
                guard case .object(let members) = element else {
                    throw .syntax(path: path, detail: "a statement must be a JSON object")
                }
                statements.append((path, members))
            }
            return statements
        case .some:
            throw .syntax(path: "Statement", detail: "an object or an array of objects is required")
        }
    }

    /// Throws an error for a member that the grammar does not define.
    static func rejectUnknownMembers(
        except known: Set<String>,
        in object: [String: JSONValue],
        path: String
    ) throws(PolicyError) {
        guard let other = object.keys.filter({ !known.contains($0) }).min() else { return }
        let place = path.isEmpty ? other : "\(path).\(other)"
        let nearest = NearestName.of(other, among: known.filter { $0.hasPrefix("Not") == other.isNegation })
        throw .syntax(
            path: place,
            detail: "IAM has no such element",
            advice: nearest.map { "Correct \(place) to \($0)." }
                ?? "Remove \(place): the elements here are \(known.sorted().joined(separator: ", "))."
        )
    }
}

extension String {
    /// Whether the name of an element or operator contains "not", which reverses the meaning.
    var isNegation: Bool { lowercased().contains("not") }
}

extension PolicyError {
    /// Returns the error for a statement with `NotPrincipal`.
    ///
    /// For tokens, the advice contains `aws:FederatedProvider`, because a request with a token has no
    /// `aws:PrincipalArn`.
    ///
    /// Source: IAM user guide, AWS JSON policy elements: NotPrincipal, and AWS global condition context keys.
    static func notPrincipal(_ value: JSONValue?, effect: TrustStatement.Effect, path: String) -> PolicyError
    {
        let kinds = value?.members ?? ["AWS": .string("*")]
        let conditions = [
            ("Federated", "StringNotEquals on aws:FederatedProvider"),
            ("AWS", "ArnNotEquals on aws:PrincipalArn"),
        ]
        .filter { kinds[$0.0] != nil }.map(\.1)
        let exemption = conditions.isEmpty ? "a condition" : conditions.joined(separator: " together with ")
        return malformed(
            effect == .allow
                ? "Allow with NotPrincipal is not allowed."
                : "AssumeRole policy must not contain NotPrincipal field.",
            path: path,
            advice: effect == .allow
                ? "Name the allowed principals in Principal."
                : "Decide which principals the statement must deny: name them in Principal, or set Principal to \"*\" and "
                    + "exempt the principals of NotPrincipal with \(exemption)."
        )
    }

    static func malformed(
        _ message: String,
        path: String = "",
        detail: String? = nil,
        advice: String? = nil
    ) -> PolicyError {
        PolicyError(
            code: "MalformedPolicyDocument",
            message: message,
            path: path,
            detail: detail,
            advice: advice
        )
    }

    static func invalidJSON(detail: String, advice: String) -> PolicyError {
        .malformed("This policy contains invalid Json", detail: detail, advice: advice)
    }

    static func syntax(path: String, detail: String, advice: String? = nil) -> PolicyError {
        .malformed("Syntax errors in policy.", path: path, detail: detail, advice: advice)
    }
}
