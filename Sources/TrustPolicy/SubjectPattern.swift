import Federation

/// A value of a condition on `sub`, classified by how narrowly its literal parts restrict the subjects.
struct SubjectPattern {
    /// The extent of the matching subjects, from few to all.
    enum Scope: Int, Comparable {
        /// The value names one subject, or a unit that has one owner at the issuer, such as an organization or a
        /// repository.
        case pinned
        /// The value can also match subjects of other owners, or many identities of the tenant.
        case broad
        /// Every subject matches.
        case everything

        static func < (left: Scope, right: Scope) -> Bool { left.rawValue < right.rawValue }
    }

    /// The number of literal letters and digits that are sufficient to identify a random ID.
    ///
    /// Eight hexadecimal digits are the first group of a GUID.
    private static let randomIDDigits = 8
    /// The minimum number of literal letters and digits with which a pattern counts as pinned if its parts are not
    /// random IDs.
    private static let nameLetters = 4

    private let kind: IssuerKind
    /// The literal texts around the parts that match any text; `nil` if a variable's value is unknown.
    private let literals: [String]?

    /// Creates the pattern of a value of a condition on a provider's `sub`.
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
        // Variables for the session name, which the caller chooses, and for the compared key itself match any subject.
        literals = text.literals(aroundVariables: [condition.foldedKey, "sts:rolesessionname"])
    }

    /// The extent of the subjects that match the value.
    var scope: Scope {
        guard let literals, literals.count > 1 else { return .pinned }
        if literals.allSatisfy({ $0.lettersAndDigits == 0 }) { return .everything }
        return isPinned(by: literals) ? .pinned : .broad
    }

    private func isPinned(by literals: [String]) -> Bool {
        let start = literals[0]
        switch kind {
        case .entraVersionOne, .entraVersionTwo, .entraExternalID, .azureADB2C:
            // The subjects of Azure DevOps: `/eid1/c/pub/t/<tenant>/a/<application>/sc/<organization>/<connection>`.
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
            // A connection precedes the user's ID: `auth0|<ID>`; applications are `<ID>@clients`.
            let ids = [String(start.split(separator: "|", omittingEmptySubsequences: false).last ?? "")]
            return lettersAndDigits(of: ids + literals.dropFirst()) >= Self.nameLetters
        case .oracleCloud, .other:
            if start.hasPrefix("system:") { return OwnerForm.kubernetes.isPinned(by: literals) }
            return lettersAndDigits(of: literals) >= Self.nameLetters
        }
    }

    /// The number of literal letters and digits; a domain at the end is not counted, because many subjects share it.
    private func lettersAndDigits(of literals: [String]) -> Int {
        let named = literals.last?.hasPrefix("@") == true ? literals.dropLast() : literals[...]
        return named.map(\.lettersAndDigits).reduce(0, +)
    }
}

/// The parts of a service's subjects that name their owner.
///
/// Sources: GitHub, "OpenID Connect reference" (also the customized subjects); GitLab, "OpenID Connect (OIDC)
/// Authentication Using ID Tokens"; Buildkite, "OIDC"; CircleCI, "Using OpenID Connect tokens in jobs"; Microsoft,
/// "Workload identity federation" of Azure DevOps; Kubernetes, "Service account tokens".
private struct OwnerForm {
    /// The texts before an owner.
    let prefixes: [String]
    /// The characters that can follow an owner or precede a prefix within a subject.
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

    /// Whether one of the literal texts contains a complete owner.
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

    /// The texts after each occurrence of the prefix at the beginning of a part of the subject.
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
    /// The claims that name a token's owner; a condition on such a claim makes an owner in the subject unnecessary.
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

    /// The subjects that a broad pattern allows, and the form of a narrower pattern, as a clause about the pattern.
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
