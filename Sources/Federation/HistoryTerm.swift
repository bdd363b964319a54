/// A condition on one property of past exchanges, such as `account:7777`, `-word`, or `^start`.
package struct HistoryTerm: Hashable, Sendable {
    package enum Property: Hashable, Sendable {
        /// The names, the role's ARN, the failure, and the token's fingerprint.
        case anything
        case identity
        case account
        case role
        case code
        /// The mapping's name; the set contains the names of mappings whose configurations contain the text.
        case mapping(Set<RoleMapping.ID>)
    }

    package let property: Property
    /// Whether matching exchanges are hidden.
    package let isExcluding: Bool
    /// Whether fingerprints are searched: only for a text of four or more hexadecimal digits.
    package let searchesFingerprints: Bool
    /// In lowercase.
    private let text: String
    private let isAtStart: Bool
    private let isAtEnd: Bool

    package init(
        _ property: Property,
        _ text: String,
        isAtStart: Bool = false,
        isAtEnd: Bool = false,
        isExcluding: Bool = false
    ) {
        self.property = property
        self.text = text.lowercased()
        self.isAtStart = isAtStart
        self.isAtEnd = isAtEnd
        self.isExcluding = isExcluding
        searchesFingerprints = property == .anything && text.count >= 4 && text.allSatisfy(\.isHexDigit)
    }

    /// Whether the text matches the searched part of a label (for example, the account in a role's ARN).
    ///
    /// A label is a name, a role's ARN, a failure (code and message), or a fingerprint. For ``Property/mapping(_:)``,
    /// the label is the name of a mapping, which must be in the set.
    package func matches(_ label: String) -> Bool {
        if case .mapping(let names) = property { return names.contains(label) }
        let role = label.hasPrefix("arn:") ? RoleARN(label) : nil
        let values: [String?] =
            switch property {
            case .anything: [label, role?.account, role?.name]
            case .identity: [label]
            case .account: [role?.account]
            case .role: [role?.name]
            case .code: [String(label.prefix { $0 != " " })]
            case .mapping: []
            }
        return values.contains { $0.map { isMatch($0.lowercased()) } ?? false }
    }

    /// Whether an exchange satisfies the condition.
    package func passes(_ record: ExchangeRecord) -> Bool {
        let failure = record.failure.map { "\($0.code) \($0.message)" }
        let labels: [String?] =
            switch property {
            case .anything:
                [
                    record.mapping, record.identity, record.roleARN.description, failure,
                    searchesFingerprints ? record.token?.fingerprint : nil,
                ]
            case .identity: [record.identity]
            case .account, .role: [record.roleARN.description]
            case .code: [failure]
            case .mapping: [record.mapping]
            }
        return labels.contains { $0.map(matches) ?? false } != isExcluding
    }

    private func isMatch(_ value: String) -> Bool {
        switch (isAtStart, isAtEnd) {
        case (true, true): value == text
        case (true, false): value.hasPrefix(text)
        case (false, true): value.hasSuffix(text)
        case (false, false): value.contains(text)
        }
    }
}
