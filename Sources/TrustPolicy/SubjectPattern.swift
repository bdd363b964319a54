import Federation

/// A value of a condition on `sub`, with an estimate of the number of matching subjects.
struct SubjectPattern {
    /// The set of matching subjects; the smallest set comes first.
    enum Scope: Int, Comparable {
        /// The value matches one subject, or the subjects of one owner, such as an organization or a repository.
        case pinned
        /// The value can match subjects of several owners, or many identities of the tenant.
        case broad
        /// The value matches every subject.
        case everything

        static func < (left: Scope, right: Scope) -> Bool { left.rawValue < right.rawValue }
    }

    /// The number of letters and digits that suffices to identify a random ID.
    ///
    /// For example, the first group of a GUID has eight hexadecimal digits.
    private static let randomIDDigits = 8
    /// The number of letters and digits that suffices to identify a name.
    private static let nameLetters = 4

    private let kind: IssuerKind
    /// The literal texts between wildcards; `nil` if the value has a variable that does not act as a wildcard.
    private let literals: [String]?

    /// Parses one value of a condition on `sub`.
    init(_ value: String, of condition: Condition, kind: IssuerKind) {
        self.kind = kind
        let comparison = condition.operator.comparison
        let text = PolicyText(
            value,
            options: PolicyText.ParsingOptions(
                hasWildcards: comparison.hasWildcards,
                hasVariables: condition.version == .v2012,
                foldsCase: comparison.foldsCase
            )
        )
        // Two variables act as wildcards: the session name (which the caller chooses) and the compared key itself.
        literals = text.literals(aroundVariables: [condition.foldedKey, "sts:rolesessionname"])
    }

    /// The set of matching subjects.
    var scope: Scope {
        guard let literals, literals.count > 1 else { return .pinned }
        if literals.allSatisfy({ $0.lettersAndDigits == 0 }) { return .everything }
        return isPinned(by: literals) ? .pinned : .broad
    }

    private func isPinned(by literals: [String]) -> Bool {
        let start = literals[0]
        switch kind {
        case .entraVersionOne, .entraVersionTwo, .entraExternalID, .azureADB2C:
            // Azure DevOps: `/eid1/c/pub/t/<tenant>/a/<application>/sc/<organization>/<connection>`.
            guard start.hasPrefix("/eid1/") else {
                return lettersAndDigits(of: literals) >= Self.randomIDDigits
            }
            return OwnerForm.entraServiceConnection.isPinned(by: literals)
        case .google: return lettersAndDigits(of: literals) >= Self.randomIDDigits
        case .azureDevOps: return OwnerForm.azureDevOps.isPinned(by: literals)
        case .gitHub: return OwnerForm.gitHub.isPinned(by: literals)
        case .gitLab: return OwnerForm.gitLab.isPinned(by: literals)
        case .buildkite: return OwnerForm.buildkite.isPinned(by: literals)
        case .circleCI: return OwnerForm.circleCI.isPinned(by: literals)
        case .auth0:
            // Users are `<connection>|<ID>`; applications are `<ID>@clients`.
            let ids = [String(start.split(separator: "|", omittingEmptySubsequences: false).last ?? "")]
            return lettersAndDigits(of: ids + literals.dropFirst()) >= Self.nameLetters
        case .oracleCloud, .other:
            if start.hasPrefix("system:") { return OwnerForm.kubernetes.isPinned(by: literals) }
            return lettersAndDigits(of: literals) >= Self.nameLetters
        }
    }

    /// Counts the letters and digits; ignores a final `@domain`, which many subjects share.
    private func lettersAndDigits(of literals: [String]) -> Int {
        let named = literals.last?.hasPrefix("@") == true ? literals.dropLast() : literals[...]
        return named.map(\.lettersAndDigits).reduce(0, +)
    }
}

/// The format of the owner (for example, an organization) in a service's subjects.
///
/// Sources: GitHub, "OpenID Connect reference" (also the customized subjects); GitLab, "OpenID Connect (OIDC)
/// Authentication Using ID Tokens"; Buildkite, "OIDC"; CircleCI, "Using OpenID Connect tokens in jobs"; Microsoft,
/// "Workload identity federation" of Azure DevOps; Kubernetes, "Service account tokens".
private struct OwnerForm {
    /// The texts that precede an owner.
    let prefixes: [String]
    /// The characters that can follow an owner or come before a prefix.
    let separators: Set<Character>

    static let gitHub = OwnerForm(
        prefixes: [
            "repo:", "repository:", "repository_id:", "repository_owner:", "repository_owner_id:",
            "enterprise:",
            "enterprise_id:",
        ],
        separators: ["/", ":", "@"]
    )
    static let gitLab = OwnerForm(
        prefixes: ["project_path:", "project_id:", "namespace_path:", "namespace_id:"],
        separators: ["/", ":"]
    )
    static let buildkite = OwnerForm(
        prefixes: ["organization:", "organization_id:", "pipeline_id:", "cluster_id:"],
        separators: [":"]
    )
    static let circleCI = OwnerForm(prefixes: ["org/", "project/"], separators: ["/"])
    static let azureDevOps = OwnerForm(prefixes: ["sc://", "p://"], separators: ["/"])
    static let entraServiceConnection = OwnerForm(prefixes: ["sc/"], separators: ["/"])
    static let kubernetes = OwnerForm(prefixes: ["system:serviceaccount:"], separators: [":"])

    /// Returns whether one of the literal texts contains a complete owner.
    func isPinned(by literals: [String]) -> Bool {
        literals.indices.contains { index in
            let text = literals[index]
            let isFirst = index == literals.startIndex
            let isLast = index == literals.index(before: literals.endIndex)
            return prefixes.contains { prefix in
                owners(after: prefix, in: text, isFirst: isFirst).contains { rest in
                    let owner = rest.prefix { !separators.contains($0) }
                    return !owner.isEmpty && (isLast || owner.endIndex < rest.endIndex)
                }
            }
        }
    }

    /// Returns the texts that follow the prefix; the prefix must begin the subject or follow a separator.
    private func owners(after prefix: String, in text: String, isFirst: Bool) -> [Substring] {
        text.ranges(of: prefix).compactMap { range in
            let beginsPart =
                range.lowerBound == text.startIndex
                ? isFirst : separators.contains(text[text.index(before: range.lowerBound)])
            return beginsPart ? text[range.upperBound...] : nil
        }
    }
}

extension IssuerKind {
    /// The claims that contain the owner.
    ///
    /// If a condition tests one of these claims, the pattern for `sub` need not contain the owner.
    var ownerClaims: Set<String> {
        switch self {
        case .gitHub: ["repository", "repository_id", "repository_owner_id", "enterprise_id"]
        case .gitLab: ["project_id", "namespace_id"]
        case .buildkite: ["organization_id", "organization_slug", "pipeline_id", "cluster_id"]
        case .circleCI: ["oidc.circleci.com/project-id"]
        case .google: ["google/organization_number"]
        case .entraVersionOne, .entraVersionTwo, .entraExternalID, .azureADB2C, .azureDevOps, .oracleCloud,
            .auth0, .other:
            []
        }
    }

    /// A clause about the subjects that a broad pattern allows, with advice on a narrower pattern.
    var broadSubjectAdvice: String {
        switch self {
        case .entraVersionOne, .entraVersionTwo, .entraExternalID, .azureADB2C:
            "other identities of the tenant match: require the exact sub with StringEquals"
        case .azureDevOps:
            "service connections of every organization match: begin with sc://ORGANIZATION/PROJECT/"
        case .gitHub: "repositories of other owners match: begin with repo:OWNER/REPOSITORY:"
        case .gitLab: "projects of other groups match: begin with project_path:GROUP/PROJECT:"
        case .buildkite: "pipelines of other organizations match: begin with organization:NAME:pipeline:NAME:"
        case .circleCI: "every project matches: begin with org/ID/project/ID/"
        case .google, .oracleCloud, .auth0, .other:
            "other subjects of the issuer match: require the exact sub with StringEquals"
        }
    }
}

extension String {
    fileprivate var lettersAndDigits: Int { count { $0.isLetter || $0.isNumber } }
}
