package import Federation
package import FoundationEssentials
package import TrustPolicy

/// The outcome of the request for a token.
package enum TokenEvidence: Hashable, Sendable {
    case none
    /// The source did not return a token.
    case failed(Failure, source: TokenSourceKind)
    /// A saved text without readable claims.
    case malformed(TokenFormatError)
    /// The token's claims; `seenBefore` is `true` if the source had also returned this token in the previous response.
    case claims(Claims, seenBefore: Bool = false)

    /// The token's claims, if there is a token.
    package var claims: Claims? {
        if case .claims(let claims, _) = self { claims } else { nil }
    }
}

/// The audience's application and the identity's assignment in Entra's directory.
package struct AssignmentFacts: Hashable, Sendable {
    /// Whether a service principal exists for the audience.
    package var resourceExists: Bool
    /// `appRoleAssignmentRequired`.
    package var isRequired: Bool
    /// The time at which the identity was assigned to the app role; `nil` if the identity is not assigned.
    package var assigned: Date?
    /// The object ID of the audience's service principal.
    package var resourceID: String?
    /// The client ID of the audience's application, even if the application has no service principal.
    package var applicationID: String?
    /// The app role with the expected value, as the service principal defines it.
    package var appRole: AppRoleFacts?
    /// An identifier URI in the tenant that resembles the unknown audience.
    package var similarAudience: String?

    package init(resourceExists: Bool = true, isRequired: Bool, assigned: Date?) {
        self.resourceExists = resourceExists
        self.isRequired = isRequired
        self.assigned = assigned
    }
}

/// An app role of the audience's application.
package struct AppRoleFacts: Hashable, Sendable {
    package var id: String
    /// `allowedMemberTypes`: `User`, `Application`.
    package var memberTypes: [String]
    /// The application's `appRoles` as Graph JSON, after the correction that lets applications have this role.
    package var correctedRoles: JSONValue?
    /// The application's `appRoles` as Graph JSON, before the correction.
    package var readRoles: JSONValue?

    package init(
        id: String,
        memberTypes: [String],
        correctedRoles: JSONValue? = nil,
        readRoles: JSONValue? = nil
    ) {
        self.id = id
        self.memberTypes = memberTypes
        self.correctedRoles = correctedRoles
        self.readRoles = readRoles
    }
}

/// The role in IAM.
package enum RoleEvidence: Hashable, Sendable {
    /// IAM was not read, or the read failed.
    case unknown
    case missing
    /// The account has a role with the same name but a different path.
    case atOtherPath(RoleARN)
    case found(RoleFacts)
}

/// Facts about a role other than its trust policy.
package struct RoleFacts: Hashable, Sendable {
    /// `MaxSessionDuration`.
    package var maximumSession: Duration?
    /// `AROA…`; a role that is recreated with the same name gets a different ID.
    package var id: String?
    package var created: Date?
    /// The ARN of the role's permissions boundary.
    package var permissionsBoundary: String?
    /// The tags of the role, which trust policies test as `aws:ResourceTag/…`; `nil` if the tags are unknown.
    package var tags: [String: String]?

    package init(
        maximumSession: Duration? = nil,
        id: String? = nil,
        created: Date? = nil,
        permissionsBoundary: String? = nil,
        tags: [String: String]? = nil
    ) {
        self.maximumSession = maximumSession
        self.id = id
        self.created = created
        self.permissionsBoundary = permissionsBoundary
        self.tags = tags
    }
}

/// The role's trust policy.
package enum PolicyEvidence: Hashable, Sendable {
    case unknown
    case parsed(TrustPolicy)
    /// A document that cambist does not accept as the role's trust policy, or an unreadable file.
    case refused(PolicyError)

    /// Parses a document.
    ///
    /// The document has one of these formats:
    ///
    /// - a policy document, also in a JSON string, in Base64, or percent-encoded as IAM returns it
    /// - the output of `aws iam get-role`
    /// - other JSON with one `AssumeRolePolicyDocument` or Terraform's `assume_role_policy`
    ///
    /// If the JSON has the policies of several roles, the policy of `role` is used. A document is refused if it has
    /// only policies of other roles, or if it has placeholders. IAM's size quota does not apply, because AWS may have
    /// granted a higher quota.
    package init(document text: String, of role: RoleARN? = nil) {
        do throws(PolicyError) {
            let document = try Self.document(in: text, of: role)
            if PolicyPlaceholders.mayOccur(in: document), let value = JSONValue(text: document),
                let placeholders = PolicyPlaceholders(in: value)
            {
                throw PolicyError(
                    code: PolicyError.placeholderCode,
                    message: "The document has placeholders that were not filled in",
                    path: placeholders.path,
                    detail: placeholders.names.joined(separator: ", ")
                )
            }
            self = .parsed(try TrustPolicy(parsing: document, quota: nil))
        } catch {
            self = .refused(error)
        }
    }

    /// The JSON of the policy in a text that ``init(document:of:)`` accepts; `nil` if there is none.
    package static func json(in text: String, of role: RoleARN? = nil) -> JSONValue? {
        (try? document(in: text, of: role)).flatMap { JSONValue(text: $0) }
    }

    private static func document(in text: String, of role: RoleARN?) throws(PolicyError) -> String {
        var trimmed = text.trimmed
        if trimmed.hasPrefix("\u{FEFF}") { trimmed.removeFirst() }
        if trimmed.prefix(3).uppercased() == "%7B" { return trimmed.percentDecoded ?? trimmed }
        guard let value = JSONValue(text: trimmed) else {
            if let error = PolicyError(savedError: trimmed) { throw error }
            let decoded = Data(base64Encoded: trimmed, options: .ignoreUnknownCharacters)
            if let decoded, let value = JSONValue(text: String(decoding: decoded, as: UTF8.self)),
                value["Statement"] != nil
            {
                return value.compactText
            }
            return trimmed.isEmpty ? trimmed : text
        }
        if let inner = value.string { return try document(in: inner, of: role) }
        guard value["Statement"] == nil else { return trimmed }
        var found: Set<FoundPolicy> = []
        collect(in: value, &found)
        if let role,
            let policy = found.first(where: { $0.role.arn == role.description })
                ?? found.first(where: { $0.role.arn == nil && $0.role.name == role.name })
        {
            return policy.text
        }
        guard found.count < 2 else {
            throw PolicyError(
                code: PolicyError.ambiguousPolicyCode,
                message: "The document has the trust policies of several roles",
                detail: "\(found.count) policies"
            )
        }
        if let role, let other = found.first?.role.description {
            throw PolicyError(
                code: PolicyError.otherRoleCode,
                message: "The document has the trust policy of \(other), not of \(role)"
            )
        }
        if found.isEmpty, let error = PolicyError(savedError: trimmed) { throw error }
        return found.first?.text ?? trimmed
    }

    /// The only role whose trust policy a text contains; `nil` if the text names no role or several roles.
    package static func role(in text: String) -> NamedRole? {
        guard let value = JSONValue(text: text.trimmed) else {
            return nil
        }
        var found: Set<FoundPolicy> = []
        collect(in: value, &found)
        guard found.count == 1, let role = found.first?.role, role.description != nil else { return nil }
        return role
    }

    /// The name or ARN of a role in a JSON document.
    package struct NamedRole: Hashable, Sendable {
        package let arn: String?
        /// The role's name without the path; `nil` for a template's expression.
        package let name: String?

        fileprivate init(_ members: [String: JSONValue]) {
            arn = (members["Arn"] ?? members["arn"])?.string
            // `name` is Terraform's.
            let name = (members["RoleName"] ?? members["name"])?.string
            self.name = name.flatMap { RoleARN("arn:aws:iam::000000000000:role/\($0)") == nil ? nil : $0 }
        }

        fileprivate var description: String? { arn ?? name.map { "the role \($0)" } }
    }

    private struct FoundPolicy: Hashable {
        let role: NamedRole
        let text: String
    }

    private static func collect(in value: JSONValue, _ found: inout Set<FoundPolicy>) {
        switch value {
        case .array(let elements):
            for element in elements { collect(in: element, &found) }
        case .object(let members):
            let role = NamedRole(members)
            for (name, member) in members {
                guard name == "AssumeRolePolicyDocument" || name == "assume_role_policy" else {
                    collect(in: member, &found)
                    continue
                }
                switch member {
                case .string(let encoded):
                    let text = encoded.hasPrefix("%") ? encoded.percentDecoded ?? encoded : encoded
                    found.insert(FoundPolicy(role: role, text: text))
                default: found.insert(FoundPolicy(role: role, text: member.compactText))
                }
            }
        case .null, .bool, .integer, .number, .string: break
        }
    }
}

extension PolicyError {
    static let placeholderCode = "placeholder-unfilled"
    static let ambiguousPolicyCode = "policy-ambiguous"
    static let otherRoleCode = "policy-of-other-role"
    /// The code of the error for an unreadable file.
    package static let unreadableCode = "unreadable-trust-policy"
}

/// The outcome of the exchange.
package enum ExchangeEvidence: Hashable, Sendable {
    case untried
    /// The exchange failed: STS refused the call, did not respond, or was not called.
    case refused(Failure)
    /// A call with the new credentials failed; `roleID` is the ID of the session's role.
    case callFailed(Failure, roleID: String? = nil)
    case succeeded(ExchangeAnswer)
}

/// The response of STS to a successful exchange.
package struct ExchangeAnswer: Hashable, Sendable {
    package var subject: String?
    package var duration: Duration?
    /// The share of the size limit that session policies and tags use, in percent.
    package var packedPolicySize: Int?

    package init(subject: String? = nil, duration: Duration? = nil, packedPolicySize: Int? = nil) {
        self.subject = subject
        self.duration = duration
        self.packedPolicySize = packedPolicySize
    }
}

/// Facts about the host from this process's environment variables.
package struct HostFacts: Hashable, Sendable {
    /// The kind of this host, as Azure's environment variables show.
    package enum Place: Hashable, Sendable {
        /// An app in App Service or Azure Functions.
        case appService
        case containerApp
        /// A Kubernetes pod.
        case pod
        /// A machine or an unrecognized host.
        case other
    }

    package var place: Place
    /// Whether `IDENTITY_ENDPOINT` or `MSI_ENDPOINT` names a token endpoint.
    package var hasIdentityEndpoint: Bool
    /// Whether `AZURE_FEDERATED_TOKEN_FILE` names a pod's token.
    package var hasFederatedToken: Bool
    /// Whether `WEBSITE_DISABLE_MSI` disables the app's token endpoint.
    package var disablesIdentity: Bool
    /// The identity that `AZURE_CLIENT_ID` selects.
    package var clientID: String?
    /// The name of the app in App Service, Azure Functions, or Container Apps.
    package var appName: String?
    /// The name of the pod, if this host is a pod.
    package var podName: String?

    /// Reads the variables.
    ///
    /// Source: Microsoft, "Environment variables and app settings in Azure App Service" and "Environment variables on
    /// Azure Container Apps"; Kubernetes, "Accessing the API from a Pod".
    package init(variables: [String: String]) {
        let value = { (name: String) in variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        place =
            if value("CONTAINER_APP_NAME") != nil {
                .containerApp
            } else if value("WEBSITE_SITE_NAME") != nil {
                .appService
            } else if value("KUBERNETES_SERVICE_HOST") != nil {
                .pod
            } else {
                .other
            }
        hasIdentityEndpoint = value("IDENTITY_ENDPOINT") != nil || value("MSI_ENDPOINT") != nil
        hasFederatedToken = value("AZURE_FEDERATED_TOKEN_FILE") != nil
        disablesIdentity = ["true", "1"].contains(value("WEBSITE_DISABLE_MSI")?.lowercased())
        clientID = value("AZURE_CLIENT_ID")
        appName = value("CONTAINER_APP_NAME") ?? value("WEBSITE_SITE_NAME")
        podName = place == .pod ? value("HOSTNAME") : nil
    }
}

/// The credentials with which cambist reads IAM.
package struct ReaderFacts: Hashable, Sendable {
    /// The source of the credentials: `AWS_ACCESS_KEY_ID`, `profile admin`.
    package var source: String
    /// The settings that the source overrides: `profile admin (AWS_PROFILE)`.
    package var shadowed: [String]
    /// The error that prevented a complete read of IAM; `nil` if there was none.
    package var problem: Failure?
    /// The account in which the role was read; `nil` if no role was read.
    package var account: String?
    /// The profile in AWS's configuration files that supplied the credentials, if any.
    package var profile: String?

    package init(
        source: String,
        shadowed: [String] = [],
        problem: Failure? = nil,
        account: String? = nil,
        profile: String? = nil
    ) {
        self.source = source
        self.shadowed = shadowed
        self.problem = problem
        self.account = account
        self.profile = profile
    }
}

/// The cloud, the endpoints, and the configuration file that cambist uses, for use in commands.
package struct ToolFacts: Hashable, Sendable {
    package var cloud: MicrosoftCloud
    /// The Graph endpoint; `nil` for the cloud's default endpoint.
    package var graph: String?
    /// The IAM endpoint; `nil` if `aws` itself finds the endpoint in the environment or the profile.
    package var iam: String?
    /// The STS endpoint; `nil` if `aws` itself finds the endpoint in the environment or the profile.
    package var sts: String?
    /// The configuration file; `nil` for a configuration that is not in a file.
    package var configuration: ConfigurationReference?

    package init(
        cloud: MicrosoftCloud = .public,
        graph: String? = nil,
        iam: String? = nil,
        sts: String? = nil,
        configuration: ConfigurationReference? = nil
    ) {
        self.cloud = cloud
        self.graph = graph
        self.iam = iam
        self.sts = sts
        self.configuration = configuration
    }

    /// Creates the facts of a configuration.
    package init(
        _ configuration: Configuration,
        iam: String? = nil,
        sts: String? = nil,
        file: ConfigurationReference?
    ) {
        let graph = configuration.endpoints.graph
        self.init(
            cloud: configuration.cloud,
            graph: graph == configuration.cloud.graph ? nil : graph?.absoluteString,
            iam: iam,
            sts: sts,
            configuration: file
        )
    }
}

/// The issuer's published keys, as seen from this host.
package enum IssuerEvidence: Hashable, Sendable {
    /// The issuer was not queried.
    case unknown
    /// The discovery document or the keys are unusable, for this reason.
    case unreadable(String)
    /// This host could not reach the issuer, for this reason; AWS may be able to reach the issuer.
    case unreachable(String)
    /// The IDs of the issuer's keys, the number of keys of each type (`kty`), and the time taken to fetch the keys.
    case published(keyIDs: [String], counts: [String: Int] = [:], took: Duration)
}

/// A change of a mapping's setup that cambist made on this host.
package struct SetupChange: Hashable, Sendable {
    package let at: Date
    /// Whether the cloud confirmed the change; `false` if cambist sent the request but recorded no response.
    package let isConfirmed: Bool

    package init(at: Date, isConfirmed: Bool = true) {
        self.at = at
        self.isConfirmed = isConfirmed
    }

    /// The change as a clause of an explanation's evidence.
    var text: String {
        isConfirmed
            ? "cambist changed the setup at \(at.text)"
            : "cambist may have changed the setup at \(at.text): it sent a request and recorded no response"
    }
}

extension SetupChange: Comparable {
    package static func < (one: SetupChange, other: SetupChange) -> Bool {
        (one.at, one.isConfirmed ? 1 : 0) < (other.at, other.isConfirmed ? 1 : 0)
    }
}
