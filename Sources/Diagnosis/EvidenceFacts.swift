package import Federation
package import Foundation
package import TrustPolicy

/// The outcome of the request for a token.
package enum TokenEvidence: Hashable, Sendable {
    case none
    /// The source returned none.
    case failed(Failure, source: TokenSourceKind)
    /// The source returned a text that is no signed JWT.
    case malformed(TokenFormatError)
    /// Its claims; `seenBefore` if the source returned the same token the last time.
    case claims(Claims, seenBefore: Bool = false)

    /// The claims, if the source returned a token.
    package var claims: Claims? {
        if case .claims(let claims, _) = self { claims } else { nil }
    }
}

/// The audience's application and the identity's assignment in Entra's directory.
package struct AssignmentFacts: Hashable, Sendable {
    /// Whether a service principal has the audience.
    package var resourceExists: Bool
    /// `appRoleAssignmentRequired`.
    package var isRequired: Bool
    /// When the identity was assigned to the app role; `nil` if it is not.
    package var assigned: Date?
    /// The object id of the audience's service principal.
    package var resourceID: String?
    /// The client id of the audience's application, with or without a service principal.
    package var applicationID: String?
    /// The app role with the expected value, as the service principal defines it.
    package var appRole: AppRoleFacts?
    /// An identifier URI of the tenant that differs little from the audience.
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
    /// The application's `appRoles` in Graph's JSON, in which this role can be assigned to applications too.
    package var correctedRoles: String?

    package init(id: String, memberTypes: [String], correctedRoles: String? = nil) {
        self.id = id
        self.memberTypes = memberTypes
        self.correctedRoles = correctedRoles
    }
}

/// The role in IAM.
package enum RoleEvidence: Hashable, Sendable {
    /// IAM was not read, or did not answer.
    case unknown
    /// The role does not exist.
    case missing
    /// The account has a role of that name under another path.
    case atOtherPath(RoleARN)
    case found(RoleFacts)
}

/// The facts of a role besides its trust policy.
package struct RoleFacts: Hashable, Sendable {
    /// `MaxSessionDuration`.
    package var maximumSession: Duration?
    /// `AROA…`; a role recreated under the same name has another.
    package var id: String?
    /// When it was created.
    package var created: Date?
    /// The ARN of its permissions boundary.
    package var permissionsBoundary: String?

    package init(
        maximumSession: Duration? = nil,
        id: String? = nil,
        created: Date? = nil,
        permissionsBoundary: String? = nil
    ) {
        self.maximumSession = maximumSession
        self.id = id
        self.created = created
        self.permissionsBoundary = permissionsBoundary
    }
}

/// The role's trust policy.
package enum PolicyEvidence: Hashable, Sendable {
    case unknown
    case parsed(TrustPolicy)
    /// A document that is not a valid trust policy.
    case refused(PolicyError)

    /// Reads a document without IAM's size quota, because a higher one may have been granted.
    ///
    /// Accepts the output of `aws iam get-role` and other JSON with one `AssumeRolePolicyDocument` (or Terraform's
    /// `assume_role_policy`) too, a document as a JSON string, and a percent-encoded one, as IAM returns it.
    package init(document text: String) {
        do throws(PolicyError) {
            let document = try Self.document(in: text)
            if let value = JSONValue(text: document), let placeholders = PolicyPlaceholders(in: value) {
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

    private static func document(in text: String) throws(PolicyError) -> String {
        var trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if trimmed.hasPrefix("\u{FEFF}") { trimmed.removeFirst() }
        if trimmed.uppercased().hasPrefix("%7B") { return trimmed.removingPercentEncoding ?? trimmed }
        guard let value = JSONValue(text: trimmed) else { return trimmed.isEmpty ? trimmed : text }
        if let inner = value.string { return try document(in: inner) }
        guard value["Statement"] == nil else { return trimmed }
        var found: Set<String> = []
        collect(in: value, &found)
        guard found.count < 2 else {
            throw PolicyError(
                code: PolicyError.severalCode,
                message: "The document has the trust policies of several roles",
                detail: "\(found.count) of them"
            )
        }
        return found.first ?? trimmed
    }

    /// Collects the trust policies of the roles in a JSON document.
    private static func collect(in value: JSONValue, _ found: inout Set<String>) {
        switch value {
        case .array(let elements):
            for element in elements { collect(in: element, &found) }
        case .object(let members):
            for (name, member) in members {
                guard name == "AssumeRolePolicyDocument" || name == "assume_role_policy" else {
                    collect(in: member, &found)
                    continue
                }
                switch member {
                case .string(let encoded):
                    found.insert(
                        encoded.hasPrefix("%") ? encoded.removingPercentEncoding ?? encoded : encoded
                    )
                default: found.insert(member.compactText)
                }
            }
        case .null, .bool, .integer, .number, .string: break
        }
    }
}

extension PolicyError {
    /// The code of a document with placeholders.
    static let placeholderCode = "placeholder-unfilled"
    /// The code of a document with several policies.
    static let severalCode = "policy-ambiguous"
}

/// The outcome of the exchange.
package enum ExchangeEvidence: Hashable, Sendable {
    case untried
    /// STS refused the token.
    case refused(Failure)
    /// The exchange succeeded, but a call with the credentials failed; `roleID` is that of the session's role.
    case callFailed(Failure, roleID: String? = nil)
    case succeeded(ExchangeAnswer)
}

/// STS's answer to a successful exchange.
package struct ExchangeAnswer: Hashable, Sendable {
    package var subject: String?
    /// The session's duration.
    package var duration: Duration?
    /// The used share of the space for session policies and tags, in percent.
    package var packedPolicySize: Int?

    package init(subject: String? = nil, duration: Duration? = nil, packedPolicySize: Int? = nil) {
        self.subject = subject
        self.duration = duration
        self.packedPolicySize = packedPolicySize
    }
}

/// The host's facts in this process's environment variables.
package struct HostFacts: Hashable, Sendable {
    /// The kind of host, according to Azure's variables.
    package enum Place: Hashable, Sendable {
        /// An app of App Service, or a function.
        case appService
        case containerApp
        /// A pod of Kubernetes.
        case pod
        /// A machine, or a host that no variable identifies.
        case other
    }

    package var place: Place
    /// Whether `IDENTITY_ENDPOINT` or `MSI_ENDPOINT` names a token endpoint.
    package var hasIdentityEndpoint: Bool
    /// Whether `AZURE_FEDERATED_TOKEN_FILE` names a pod's token.
    package var hasFederatedToken: Bool
    /// Whether `WEBSITE_DISABLE_MSI` turns off the app's token endpoint.
    package var disablesIdentity: Bool
    /// The identity that `AZURE_CLIENT_ID` selects.
    package var clientID: String?
    /// The name of the app, if the host is one.
    package var appName: String?
    /// The name of the pod, if the host is one.
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

/// The credentials that read IAM.
package struct ReaderFacts: Hashable, Sendable {
    /// Their origin: `AWS_ACCESS_KEY_ID`, `profile admin`.
    package var source: String
    /// The settings that they override: `profile admin (AWS_PROFILE)`.
    package var shadowed: [String]
    /// Why they could not read everything; `nil` if they could.
    package var problem: Failure?
    /// The account in which they read the role; `nil` where they read none.
    package var account: String?
    /// The profile of AWS's files that they are from, if any.
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

/// The cloud and the endpoints that `aws` and `az` must use so that a fix reaches what was read.
package struct ToolFacts: Hashable, Sendable {
    package var cloud: MicrosoftCloud
    /// The endpoint of Graph, if it is not the cloud's own.
    package var graph: String?
    /// The endpoint of IAM, if `aws` does not know it from its variables or profile.
    package var iam: String?

    package init(cloud: MicrosoftCloud = .public, graph: String? = nil, iam: String? = nil) {
        self.cloud = cloud
        self.graph = graph
        self.iam = iam
    }
}

/// The issuer's published keys, as seen from this host.
package enum IssuerEvidence: Hashable, Sendable {
    /// The issuer was not asked.
    case unknown
    /// Its discovery document or its keys are not usable, for this reason.
    case unreadable(String)
    /// This host did not reach it, for this reason; that shows nothing about AWS.
    case unreachable(String)
    /// The ids of its keys, and the time that fetching them took.
    case published(keyIDs: [String], took: Duration)
}
