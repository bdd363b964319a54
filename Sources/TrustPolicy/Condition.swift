import Federation
import FoundationEssentials

/// A condition of a statement: an operator, a key, and values.
package struct Condition: Hashable, Sendable {
    package let `operator`: ConditionOperator
    package let key: String
    package let values: [String]

    package let foldedKey: String
    package let version: TrustPolicy.Version
    private let prepared: [ConditionValue]

    package init(operator: ConditionOperator, key: String, values: [String], version: TrustPolicy.Version) {
        self.operator = `operator`
        self.key = key
        self.values = values
        self.version = version
        foldedKey = key.lowercased()
        prepared = values.map { ConditionValue($0, comparison: `operator`.comparison, version: version) }
    }

    /// Returns the condition with a different comparison.
    package func comparing(by comparison: Comparison) -> Condition {
        Condition(operator: `operator`.comparing(by: comparison), key: key, values: values, version: version)
    }

    /// Returns the condition with some parts replaced.
    package func changing(
        operator: ConditionOperator? = nil,
        key: String? = nil,
        values: [String]? = nil
    ) -> Condition {
        Condition(
            operator: `operator` ?? self.operator,
            key: key ?? self.key,
            values: values ?? self.values,
            version: version
        )
    }

    /// Returns whether a value has `*` or `?` outside of the escapes `${*}` and `${?}`.
    package func hasPlainWildcard(_ value: String) -> Bool {
        guard value.contains(where: { "*?".contains($0) }) else { return false }
        guard value.contains("${"), version == .v2012 else { return true }
        return PolicyText.escapes.reduce(value) { $0.replacing($1, with: "") }.contains { "*?".contains($0) }
    }

    /// The escapes in the values, such as `${*}`.
    package var escapes: [String] {
        guard version == .v2012, `operator`.comparison.supportsVariables else { return [] }
        return PolicyText.escapes.filter { escape in values.contains { $0.contains(escape) } }
    }

    /// The keys of the policy variables in the values.
    package var variableKeys: [String] {
        prepared.flatMap(\.variableKeys)
    }

    /// Whether the operator cannot parse one of the values, for example a word with a numeric operator.
    package var hasUnreadableValue: Bool {
        prepared.contains(.unreadable)
    }

    /// Returns whether the operator can compare a request's value, for example a number with a numeric operator.
    package func canCompare(_ found: String) -> Bool {
        FoundValue(found, comparison: `operator`.comparison) != nil
    }

    /// Whether the condition compares `aws:SourceIp` only with private addresses; AWS sets only public addresses.
    ///
    /// Source: AWS re:Post, "How do I restrict access to AWS resources": "Only public IP addresses or public IP ranges
    /// are supported"; requests through a VPC endpoint do not have the key.
    package var hasOnlyPrivateSources: Bool {
        foldedKey == "aws:sourceip" && `operator`.comparison.family == .address && !values.isEmpty
            && values.allSatisfy { IPNetwork($0)?.isPrivate == true }
    }

    /// The AWS keys with a date as the value.
    ///
    /// Source: IAM user guide, AWS global condition context keys.
    package static let dateKeys: Set<String> = ["aws:currenttime", "aws:epochtime", "aws:tokenissuetime"]

    /// Whether the condition compares a date as text, because the operator is a string operator.
    package var comparesDateAsText: Bool {
        Self.dateKeys.contains(foldedKey) && `operator`.comparison.comparesTexts
    }

    /// The values that the operator cannot parse.
    package var unreadableValues: [String] {
        zip(values, prepared).filter { $0.1 == .unreadable }.map(\.0)
    }

    /// Returns the values, with policy variables replaced where the request has a value.
    ///
    /// Values of ARN operators are not changed.
    private func requiredValues(in context: RequestContext) -> [String] {
        guard !variableKeys.isEmpty else { return values }
        return zip(values, prepared).map { $0.1.substituted(in: context) ?? $0.0 }
    }

    /// Evaluates the condition for a request.
    ///
    /// - Parameters:
    ///   - context: The condition keys of the request.
    ///   - effect: The effect of the statement that contains the condition.
    /// - Returns: The verdict and its reason.
    package func evaluate(
        in context: RequestContext,
        effect: TrustStatement.Effect = .allow
    ) -> ConditionVerdict {
        let entry = context.entry(foldedKey: foldedKey)
        let outcome = outcome(for: entry, in: context)
        let nearMiss: NearMiss? =
            switch (outcome, effect) {
            case (.no, _): NearMiss(of: self, in: context)
            case (.yes, .deny): NearMiss(exempting: self, in: context)
            default: nil
            }
        let meaning = entry == nil ? RefusedClaim.Meaning(of: self, in: context) : nil
        return ConditionVerdict(
            condition: self,
            found: entry?.values ?? [],
            required: outcome == .no ? requiredValues(in: context) : values,
            outcome: outcome,
            isUnknown: entry == .unknown,
            nearMiss: nearMiss,
            refusedClaim: meaning.flatMap(RefusedClaim.init),
            meantOutcome: meaning?.outcome
        )
    }

    /// Evaluates the condition for an entry of its key; `nil` means that the key is absent.
    func outcome(for entry: RequestContext.Entry?, in context: RequestContext) -> TernaryResult {
        let found: [String]
        switch entry {
        case .unknown: return outcomeForAnyValue(in: context)
        case .values(let values): found = values
        case nil: found = []
        }
        // Source: IAM user guide, multivalued context keys: "resolves to a null dataset, such as an empty string".
        let isNull = found.allSatisfy(\.isEmpty)
        if `operator`.comparison == .null { return existence(isAbsent: isNull) }
        if found.isEmpty { return TernaryResult(passesWhenAbsent) }
        if isNull, let quantifier = `operator`.quantifier {
            return TernaryResult(quantifier == .forAllValues)
        }
        switch `operator`.quantifier {
        case .forAllValues: return found.allHold { passes($0, in: context) }
        case .forAnyValue: return found.anyHolds { passes($0, in: context) }
        case nil:
            // Without a set operator, IAM requires a single value. A key with several values matches nothing.
            return found.count == 1 ? passes(found[0], in: context) : .no
        }
    }

    /// Returns the outcome for an unknown value of the key: `unknown`, unless all values have the same outcome.
    ///
    /// A policy variable without a value matches no text. Source: IAM user guide, policy variables: "any attempt to
    /// match it fails".
    private func outcomeForAnyValue(in context: RequestContext) -> TernaryResult {
        let isNegated = `operator`.comparison.isNegated
        // A condition value that the operator cannot parse matches no value of a request.
        if !isNegated, prepared.allSatisfy({ $0 == .unreadable }) {
            return passesWhenAbsent && `operator`.comparison != .null ? .unknown : .no
        }
        if hasOnlyPrivateSources {
            return isNegated == passesWhenAbsent ? TernaryResult(isNegated) : .unknown
        }
        // A negated comparison of ARNs fails for a value that is not an ARN.
        guard `operator`.comparison.family == .string || !isNegated,
            unresolvableVariable(in: context) != nil
        else { return .unknown }
        return isNegated == passesWhenAbsent ? TernaryResult(isNegated) : .unknown
    }

    /// Returns the first policy variable that has neither a value in the request nor a default.
    ///
    /// The result is `nil` if any condition value contains no variable of this kind.
    func unresolvableVariable(in context: RequestContext) -> String? {
        let keys = prepared.map { $0.unresolvableKey(in: context) }
        guard !keys.contains(nil), let key = keys.first ?? nil else { return nil }
        // `key` is in lowercase, so the policy's spelling is preferred.
        let names = values[0].split(separator: "{").map { String($0.prefix { !"},".contains($0) }) }
        return names.first { $0.lowercased() == key } ?? key
    }

    private var passesWhenAbsent: Bool {
        if `operator`.ifExists { return true }
        switch `operator`.quantifier {
        case .forAllValues: return true
        case .forAnyValue: return false
        case nil: return `operator`.comparison.isNegated
        }
    }

    private func existence(isAbsent: Bool) -> TernaryResult {
        prepared.anyHolds { TernaryResult($0.requiresAbsence == isAbsent) }
    }

    /// Tests one value of the request.
    ///
    /// At least one policy value must match. With a negated operator, no policy value may match. A policy value that
    /// the operator cannot parse never makes the test succeed.
    private func passes(_ found: String, in context: RequestContext) -> TernaryResult {
        let comparison = `operator`.comparison
        guard let value = FoundValue(found, comparison: comparison) else { return .no }
        let matches = prepared.anyHolds { required in
            required == .unreadable && comparison.isNegated
                ? .unknown : required.matches(value, relation: comparison.relation, in: context)
        }
        return comparison.isNegated ? !matches : matches
    }
}

/// A value of a request, in the type that the operator compares.
private enum FoundValue {
    case text(String)
    case number(PolicyNumber)
    case instant(PolicyInstant)
    case address(IPNetwork)
    case bytes(Data)
    case arn([Substring])

    /// Parses a value; `nil` for a wrong type.
    ///
    /// A value of a wrong type fails the test, even with a negated operator.
    init?(_ text: String, comparison: Comparison) {
        let value: FoundValue? =
            switch comparison.family {
            case .string, .existence: .text(comparison.foldsCase ? text.lowercased() : text)
            case .bool: text.isBoolean ? .text(text.lowercased()) : nil
            case .number: PolicyNumber(text).map(FoundValue.number)
            case .date: PolicyInstant(text).map(FoundValue.instant)
            case .address: IPNetwork(text).map(FoundValue.address)
            case .binary: Data(base64Encoded: text).map(FoundValue.bytes)
            case .arn: Self.arnFields(text).map(FoundValue.arn)
            }
        guard let value else { return nil }
        self = value
    }

    private static func arnFields(_ text: String) -> [Substring]? {
        let fields = text.split(
            separator: ":",
            maxSplits: ARN.fieldCount - 1,
            omittingEmptySubsequences: false
        )
        return fields.count == ARN.fieldCount ? fields : nil
    }
}

/// A value of a condition, in the type that the operator compares.
private enum ConditionValue: Hashable, Sendable {
    case text(PolicyText)
    case arn([PolicyText])
    /// An ARN with policy variables. The ARN is split into fields only after the variables are replaced.
    case arnTemplate(PolicyText)
    case number(PolicyNumber)
    case instant(PolicyInstant)
    case address(IPNetwork)
    case bytes(Data)
    case existence(isAbsent: Bool)
    case unreadable

    init(_ text: String, comparison: Comparison, version: TrustPolicy.Version) {
        let options = PolicyText.ParsingOptions(
            hasWildcards: comparison.hasWildcards,
            hasVariables: version == .v2012,
            foldsCase: comparison.foldsCase
        )
        let value: ConditionValue? =
            switch comparison.family {
            case .string: .text(PolicyText(text, options: options))
            case .bool: Self.boolean(PolicyText(text, options: options), text: text)
            case .arn: Self.arn(PolicyText(text, options: options))
            case .number: PolicyNumber(text).map(ConditionValue.number)
            case .date: PolicyInstant(text).map(ConditionValue.instant)
            case .address: IPNetwork(text).map(ConditionValue.address)
            case .binary: Data(base64Encoded: text).map(ConditionValue.bytes)
            case .existence: Self.absence(text).map { .existence(isAbsent: $0) }
            }
        self = value ?? .unreadable
    }

    private static func boolean(_ value: PolicyText, text: String) -> ConditionValue? {
        text.isBoolean || !value.variableKeys.isEmpty ? .text(value) : nil
    }

    private static func arn(_ value: PolicyText) -> ConditionValue? {
        value.variableKeys.isEmpty ? value.arnFields.map(ConditionValue.arn) : .arnTemplate(value)
    }

    private static func absence(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// Whether `Null` requires that the key is absent; `nil` for other operators and for unreadable values.
    var requiresAbsence: Bool? {
        if case .existence(let isAbsent) = self { isAbsent } else { nil }
    }

    var variableKeys: [String] {
        switch self {
        case .text(let text): text.variableKeys
        case .arnTemplate(let text): text.variableKeys
        default: []
        }
    }

    /// Returns the key of the first variable with neither a value in the request nor a default, if any.
    func unresolvableKey(in context: RequestContext) -> String? {
        switch self {
        case .text(let text), .arnTemplate(let text): text.unresolvableKey(in: context)
        default: nil
        }
    }

    /// Returns the text or pattern, with variables replaced by the request's values.
    ///
    /// The result is `nil` in these cases:
    /// - The value is an ARN, or a text without variables.
    /// - A variable has neither a known value nor a default.
    func substituted(in context: RequestContext) -> String? {
        guard case .text(let text) = self, !text.variableKeys.isEmpty,
            case .text(let substituted) = text.substituted(in: context)
        else { return nil }
        return substituted.variableFreeText
    }

    func matches(_ found: FoundValue, relation: Comparison.Relation, in context: RequestContext)
        -> TernaryResult
    {
        switch (self, found) {
        case (.text(let text), .text(let found)):
            text.matches(found, in: context)
        case (.arn(let fields), .arn(let found)):
            zip(fields, found).allHold { $0.0.matches($0.1, in: context) }
        case (.arnTemplate(let text), .arn(let found)):
            switch text.substituted(in: context) {
            case .text(let substituted):
                substituted.arnFields.map { zip($0, found).allHold { $0.0.matches($0.1, in: context) } }
                    ?? .no
            case .unresolvable: .no
            case .unknown: .unknown
            }
        case (.number(let number), .number(let found)):
            TernaryResult(relation.holds(found, number))
        case (.instant(let instant), .instant(let found)):
            TernaryResult(relation.holds(found, instant))
        case (.address(let network), .address(let found)):
            TernaryResult(network.contains(found))
        case (.bytes(let bytes), .bytes(let found)):
            TernaryResult(bytes == found)
        default:
            .no
        }
    }
}

extension String {
    fileprivate var isBoolean: Bool { ["true", "false"].contains(lowercased()) }
}
