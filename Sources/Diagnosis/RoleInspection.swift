package import Federation
import TrustPolicy

package import struct FoundationEssentials.Date

/// A mapping's role, the trust policy, and the account's providers, with the source of these facts.
package struct RoleInspection: Hashable, Sendable {
    package var role: RoleEvidence
    package var policy: PolicyEvidence
    /// The account's providers; `nil` if they were not read.
    package var providers: [OIDCProvider]?
    package var source: Source
    /// The AWS profile with the credentials that cambist used for IAM, if any.
    package var profile: String?
    /// The error that prevented a complete read of IAM; `nil` if there was none.
    package var problem: Failure?
    /// The other facts for an explanation; `nil` if only the role was read.
    package var facts: CloudFacts?
    package var at: Date
    /// The modification time of the policy's file, if the policy is from a file.
    package var fileChange: Date?
    /// The JSON of the policy, as written in IAM or in the file.
    package var policyDocument: JSONValue?
    /// The mapping of the role, if the role was read for an explanation.
    package var mapping: RoleMapping.ID?

    package enum Source: Hashable, Sendable {
        /// IAM; `credentials` is the name of the credentials that cambist used.
        case iam(credentials: String)
        case file(String)
        /// Neither IAM nor a file was read.
        case notRead
    }

    package init(
        role: RoleEvidence = .unknown,
        policy: PolicyEvidence = .unknown,
        providers: [OIDCProvider]? = nil,
        source: Source = .notRead,
        problem: Failure? = nil,
        at: Date
    ) {
        self.role = role
        self.policy = policy
        self.providers = providers
        self.source = source
        self.problem = problem
        self.at = at
    }
}

extension RoleInspection.Source {
    /// The name in machine-readable output.
    package var name: String {
        switch self {
        case .iam: "iam"
        case .file: "file"
        case .notRead: "none"
        }
    }
}

extension RoleInspection {
    /// The source of the trust policy, in one sentence.
    package var origin: String {
        switch source {
        case .iam(let credentials):
            return switch role {
            case .missing, .atOtherPath:
                "The role was not found in IAM, which was read using \(credentials)."
            case .unknown, .found: "The trust policy was read from IAM using \(credentials)."
            }
        case .file(let path):
            if isFileUnreadable { return "The trust policy is unknown: \(path) cannot be read." }
            return "The trust policy was read from \(path)."
        case .notRead:
            return "The trust policy is unknown: it was not read from IAM, and no trust_policy_file is set."
        }
    }

    private var isFileUnreadable: Bool {
        guard case .refused(let error) = policy else { return false }
        return error.code == PolicyError.unreadableCode
    }

    /// The part of IAM that could not be read because of ``problem``, as a clause.
    package var unreadPart: String {
        if case .iam = source {
            "The OIDC providers were not read from IAM"
        } else {
            "The role was not read from IAM"
        }
    }
}

extension RoleInspection {
    /// The time to display for the policy: the file's modification time or, without a file, the inspection's time.
    package var policyDate: Date { fileChange ?? at }

    /// The sources for the explanation, each with a time; the source of the trust policy is first.
    package var readings: [SourceReading] {
        let isFile = if case .file = source { true } else { false }
        let policy = SourceReading(
            origin,
            at: source == .notRead || isFileUnreadable ? nil : policyDate,
            isChange: fileChange != nil,
            remark: isFile && !isFileUnreadable && problem != nil
                ? "The policy in this file may be out of date." : nil
        )
        guard let facts else { return [policy] }
        var readings = [policy]
        if let hub = facts.hubSource {
            readings.append(
                SourceReading(
                    "The policies of the hub's role were read from IAM using \(hub.credentials).",
                    at: hub.at ?? at
                )
            )
        }
        if let directory = facts.directory {
            readings.append(
                SourceReading(
                    facts.directoryProblem == nil
                        ? CloudSource(.azure, credentials: "identity \(directory)").sentence
                        : "Some objects could not be read from Microsoft Graph with a token of the identity "
                            + "`\(directory)`.",
                    at: facts.directoryAt ?? at
                )
            )
        }
        switch facts.issuer {
        case .published:
            readings.append(SourceReading("The issuer's keys were read.", at: facts.issuerAt ?? at))
        case .unreachable, .unreadable:
            readings.append(SourceReading("The issuer's keys were not read.", at: facts.issuerAt ?? at))
        case .unknown: break
        }
        return readings
    }

    /// The credentials that cambist used for Azure and AWS; the credentials for the hub's policies are last.
    package var credentials: [CloudSource] {
        var sources: [CloudSource] = []
        if let directory = facts?.directory {
            sources.append(
                CloudSource(.azure, credentials: "identity \(directory)", at: facts?.directoryAt ?? at)
            )
        }
        if case .iam(let credentials) = source {
            sources.append(
                CloudSource(.aws, account: facts?.reader?.account, credentials: credentials, at: at)
            )
        }
        return sources + [facts?.hubSource].compactMap(\.self)
    }
}

/// A source for an explanation, and the time of the read.
package struct SourceReading: Hashable, Sendable {
    /// The object and its origin, in one sentence.
    package let sentence: String
    /// The time of the read, or the modification time of a file; `nil` if nothing was read.
    package let at: Date?
    /// Whether ``at`` is the modification time of a file.
    private let isChange: Bool
    /// A sentence about the object's reliability, if any.
    private let remark: String?

    package init(_ sentence: String, at: Date?, isChange: Bool = false, remark: String? = nil) {
        self.sentence = sentence
        self.at = at
        self.isChange = isChange
        self.remark = remark
    }

    /// Returns the reading with another sentence.
    package func described(by sentence: String) -> SourceReading {
        SourceReading(sentence, at: at, isChange: isChange, remark: remark)
    }

    /// Returns the sentence with the time (formatted by `text`), followed by the remark.
    package func dated(_ text: (Date) -> String) -> String {
        let dated = sentence.dated(at.map { (isChange ? "last changed " : "") + text($0) })
        return remark.map { "\(dated) \($0)" } ?? dated
    }
}

extension String {
    /// Returns the sentence with a time or an age before the period.
    package func dated(_ age: String?) -> String {
        guard let age else { return self }
        return hasSuffix(".") ? "\(dropLast()), \(age)." : "\(self), \(age)"
    }
}

extension Evidence {
    /// Adds the results of an inspection: the role, its policy, the providers, and other facts.
    ///
    /// An inspection of the spoke is ignored, because the evidence is about the hub's role.
    package mutating func add(_ inspection: RoleInspection) {
        if let spoke, inspection.mapping == spoke { return }
        if let permission = inspection.facts?.permission { chain?.permission = permission }
        if let profile = inspection.facts?.hubProfile { chain?.profile = profile }
        role = inspection.role
        policy = inspection.policy
        policyFile = if case .file(let path) = inspection.source { path } else { nil }
        policyDocument = inspection.policyDocument
        policyReader = if case .iam(let credentials) = inspection.source { credentials } else { nil }
        providers = inspection.providers
        guard let facts = inspection.facts else { return }
        request.endpoint = facts.endpoint
        assertion = facts.assertion
        assignment = facts.assignment
        directoryProblem = facts.directoryProblem
        missingPrincipals = facts.missingPrincipals
        applicationIDs = facts.applicationIDs
        issuer = facts.issuer
        signatureProblem = facts.signatureProblem
        lastChange = facts.lastChange
        changedKinds = facts.changedKinds
        reader = facts.reader
        tools = facts.tools
        speed = facts.speed
    }
}

/// The facts about a mapping's exchange, apart from the role: the directory, the issuer, and this process.
package struct CloudFacts: Hashable, Sendable {
    /// See ``RequestFacts/endpoint``.
    package var endpoint: String?
    /// See ``Evidence/assertion``.
    package var assertion: Claims?
    /// See ``Evidence/assignment``.
    package var assignment: AssignmentFacts?
    /// The identity with which the directory was read; `nil` if the directory was not read.
    package var directory: String?
    package var directoryAt: Date?
    /// See ``Evidence/directoryProblem``.
    package var directoryProblem: Failure?
    /// See ``Evidence/missingPrincipals``.
    package var missingPrincipals: Set<String> = []
    /// See ``Evidence/applicationIDs``.
    package var applicationIDs: Set<String> = []
    package var issuer = IssuerEvidence.unknown
    /// The time of the attempt to read the issuer's keys, which are cached for up to a day.
    package var issuerAt: Date?
    /// See ``Evidence/signatureProblem``.
    package var signatureProblem: String?
    /// See ``Evidence/lastChange``.
    package var lastChange: SetupChange?
    /// See ``Evidence/changedKinds``.
    package var changedKinds: Set<SetupObject.Kind> = []
    /// See ``Evidence/reader``.
    package var reader: ReaderFacts?
    /// See ``Evidence/tools``.
    package var tools = ToolFacts()
    /// See ``Evidence/speed``.
    package var speed = 1.0
    /// The hub's permission to assume the role; `nil` for a mapping without a hub.
    package var permission: HubPermission?
    /// See ``ChainEvidence/profile``.
    package var hubProfile: String?
    /// The credentials for the policies of the hub's role, and the time of the read; `nil` unless all were read.
    package var hubSource: CloudSource?

    package init() {}
}
