import Federation
import FoundationEssentials

/// Parses one statement of a trust policy.
struct StatementParser {
    let statement: [String: JSONValue]
    let path: String
    let version: TrustPolicy.Version

    private static let elements: Set<String> = [
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition",
    ]

    func parse() throws(PolicyError) -> TrustStatement {
        for prohibited in ["Resource", "NotResource"] where statement[prohibited] != nil {
            throw .malformed("Has prohibited field \(prohibited)", path: "\(path).\(prohibited)")
        }
        try PolicyParser.rejectUnknownMembers(except: Self.elements, in: statement, path: path)
        let effect = try effect()
        return TrustStatement(
            sid: try sid(),
            effect: effect,
            principal: try principal(effect: effect),
            action: try action(),
            conditions: try conditions()
        )
    }

    private func sid() throws(PolicyError) -> String? {
        guard let value = statement["Sid"] else { return nil }
        guard let sid = value.string, sid.utf8.allSatisfy(\.isASCIIAlphanumeric) else {
            throw .malformed(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
                    + "expression [0-9A-Za-z]*",
                path: "\(path).Sid",
                detail: value.compactText
            )
        }
        return sid
    }

    private func effect() throws(PolicyError) -> TrustStatement.Effect {
        guard let value = statement["Effect"] else { throw missing("Effect") }
        guard let effect = value.string.flatMap(TrustStatement.Effect.init) else {
            throw .syntax(
                path: "\(path).Effect",
                detail: "\(value.compactText) is neither \"Allow\" nor \"Deny\""
            )
        }
        return effect
    }

    private func missing(_ element: String) -> PolicyError {
        .malformed("Missing required field \(element)", path: path)
    }

    /// Returns the strings of a JSON string or of an array of strings.
    private func strings(_ value: JSONValue, path: String) throws(PolicyError) -> [String] {
        let strings = value.strings
        let count = if case .array(let elements) = value { elements.count } else { 1 }
        guard !strings.isEmpty, strings.count == count else {
            throw .syntax(path: path, detail: "a string or an array of strings is required")
        }
        return strings
    }
}

// Principal and action.
extension StatementParser {
    private func principal(effect: TrustStatement.Effect) throws(PolicyError) -> PrincipalElement {
        switch (statement["Principal"], statement["NotPrincipal"]) {
        case (nil, nil):
            throw missing("Principal")
        case (let value?, nil):
            return PrincipalElement(members: try principals(value, path: "\(path).Principal"))
        case (nil, _):
            throw .notPrincipal(statement["NotPrincipal"], effect: effect, path: "\(path).NotPrincipal")
        case (_, _):
            throw .syntax(path: path, detail: "Principal and NotPrincipal are mutually exclusive")
        }
    }

    private func principals(
        _ value: JSONValue,
        path: String
    ) throws(PolicyError) -> [PrincipalElement.Kind: [String]] {
        if value.string == "*" { return [.aws: ["*"]] }
        guard case .object(let members) = value, !members.isEmpty else {
            throw .malformed("Principal must be a JSON object.", path: path)
        }
        var principals: [PrincipalElement.Kind: [String]] = [:]
        for name in members.keys.sorted() {
            let place = "\(path).\(name)"
            guard let kind = PrincipalElement.Kind(rawValue: name) else {
                throw .syntax(
                    path: place,
                    detail: "a principal must be AWS, Federated, Service, or CanonicalUser"
                )
            }
            let texts = try strings(members[name] ?? .null, path: place)
            for text in texts where !kind.accepts(text) {
                throw kind.refusal(of: text, path: place)
            }
            principals[kind] = texts
        }
        return principals
    }

    private func action() throws(PolicyError) -> ActionElement {
        let isNegated = statement["Action"] == nil
        let name = isNegated ? "NotAction" : "Action"
        guard let value = statement[name] else { throw missing("Action") }
        guard isNegated || statement["NotAction"] == nil else {
            throw .syntax(path: path, detail: "Action and NotAction are mutually exclusive")
        }
        let names = try strings(value, path: "\(path).\(name)")
        if let other = names.first(where: { !Self.isAssumeRoleAction($0) }) {
            throw .malformed(
                "AssumeRole policy may only specify STS AssumeRole actions.",
                path: "\(path).\(name)",
                detail: other,
                advice: actionAdvice(on: other, isNegated: isNegated)
            )
        }
        return ActionElement(isNegated: isNegated, names: names)
    }

    /// Returns advice on an action that is not an AssumeRole action of STS; `nil` if IAM's message is sufficient.
    ///
    /// The advice never extends the statement, because the author decides on the statement's actions.
    private func actionAdvice(on name: String, isNegated: Bool) -> String? {
        let verb = statement["Effect"]?.string == TrustStatement.Effect.deny.rawValue ? "deny" : "allow"
        if isNegated {
            return
                "Name the STS AssumeRole actions that the statement does not \(verb), or list those that it must \(verb) in "
                + "Action."
        }
        if let nearest = NearestName.of(name, among: Self.actions) {
            return "Correct the action to \(nearest) only if the statement is meant to \(verb) it."
        }
        if verb == "allow" { return nil }
        return name == "*"
            ? "Replace * with sts:*, which denies the same calls in a trust policy, or list the actions to deny. The "
                + "corrected statement still denies every request that meets its conditions: run `cambist explain` "
                + "again with it."
            : "Move the action to a permissions policy: the statement can deny only STS AssumeRole actions."
    }

    private static let actions = [
        "sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:TagSession",
        "sts:SetSourceIdentity", "sts:SetContext",
    ]

    private static func isAssumeRoleAction(_ name: String) -> Bool {
        let folded = name.lowercased()
        return folded.hasPrefix("sts:")
            && actions.contains { WildcardPattern(folded).matches($0.lowercased()) }
    }
}

// Conditions.
extension StatementParser {
    private func conditions() throws(PolicyError) -> [Condition] {
        guard let value = statement["Condition"] else { return [] }
        guard case .object(let block) = value else {
            throw .syntax(path: "\(path).Condition", detail: "a condition must be a JSON object")
        }
        var conditions: [Condition] = []
        for name in block.keys.sorted() {
            let place = "\(path).Condition.\(name)"
            guard let `operator` = ConditionOperator(name) else {
                throw .malformed(
                    "Invalid Condition type : \(name)",
                    path: place,
                    advice: ConditionOperator.advice(on: name)
                )
            }
            guard case .object(let keys) = block[name] else {
                throw .syntax(path: place, detail: "an operator must contain an object of keys")
            }
            for key in keys.keys.sorted() {
                let values = try scalars(keys[key] ?? .null, path: "\(place).\(key)")
                conditions.append(Condition(operator: `operator`, key: key, values: values, version: version))
            }
        }
        return conditions
    }

    /// Returns the values of a key (strings, numbers, or Booleans) as texts.
    private func scalars(_ value: JSONValue, path: String) throws(PolicyError) -> [String] {
        let elements = if case .array(let elements) = value { elements } else { [value] }
        var texts: [String] = []
        for element in elements {
            switch element {
            case .string(let text): texts.append(text)
            case .bool, .integer: texts.append(element.compactText)
            case .number(let number): texts.append(Self.decimal(number))
            case .null, .array, .object:
                throw .syntax(
                    path: path,
                    detail: "\(element.compactText) is not a string, number, or Boolean"
                )
            }
        }
        return texts
    }

    /// Formats a number without an exponent, because numeric conditions accept no exponent.
    private static func decimal(_ number: Double) -> String {
        Decimal(string: number.description)?.description ?? number.description
    }
}

extension PrincipalElement.Kind {
    /// Returns whether IAM accepts the syntax of the text.
    func accepts(_ text: String) -> Bool {
        switch self {
        case .federated: Self.isFederated(text)
        case .aws:
            text == "*" || Self.isAccount(text) || ARN(text) != nil && !text.contains("*")
                || Self.isUniqueID(text)
        case .service, .canonicalUser: !text.isEmpty && !text.contains("*")
        }
    }

    /// Returns IAM's error for a text with invalid syntax.
    func refusal(of text: String, path: String) -> PolicyError {
        switch self {
        case .federated:
            .malformed(
                "Federated principals must be valid domain names or SAML metadata ARNs",
                path: path,
                detail: text
            )
        case .aws, .service, .canonicalUser:
            .malformed("Invalid principal in policy: \"\(rawValue)\":\"\(text)\"", path: path)
        }
    }

    private static func isFederated(_ text: String) -> Bool {
        guard let arn = ARN(text) else {
            let labels = text.split(separator: ".", omittingEmptySubsequences: false)
            return labels.count > 1
                && labels.allSatisfy { label in
                    !label.isEmpty
                        && label.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
                }
        }
        let kinds = ["oidc-provider/", "saml-provider/"]
        return arn.service == "iam" && arn.region.isEmpty && isAccount(arn.account)
            && kinds.contains { arn.resource.hasPrefix($0) && arn.resource.utf8.count > $0.utf8.count }
            && !arn.resource.contains("://") && !arn.resource.contains("*")
    }

    private static func isAccount(_ text: String) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// Returns whether the text has the form of a unique ID; IAM shows such an ID for a deleted user or role.
    private static func isUniqueID(_ text: String) -> Bool {
        text.utf8.count >= 16 && text.hasPrefix("A") && text.utf8.allSatisfy(\.isASCIIAlphanumeric)
    }
}

extension UInt8 {
    var isASCIIAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
