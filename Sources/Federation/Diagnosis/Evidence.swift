package import Foundation

/// All that is known of an exchange when it is to be explained; what is not known is left out.
package struct Evidence: Hashable, Sendable {
    /// What is asked of STS.
    package var request: RequestFacts
    /// Whose token it is, as configured.
    package var identity: ManagedIdentity?
    package var token: TokenEvidence
    package var role: RoleEvidence
    package var policy: PolicyEvidence
    /// The providers of the role's account; `nil` when they could not be read.
    package var providers: [OIDCProvider]?
    /// What Entra's directory says of the app role; `nil` when it was not asked.
    package var assignment: AssignmentFacts?
    /// The ids of the keys that the issuer publishes; `nil` when they were not fetched.
    package var publishedKeyIDs: [String]?
    /// Why the token's signature is not one of the issuer's keys; `nil` when it is, or was not looked at.
    package var signatureProblem: String?
    package var exchange: ExchangeEvidence
    /// When something in IAM was last changed from here.
    package var lastChange: Date?
    /// AWS's clock, or Azure's, against ours.
    package var clockOffset: ClockOffset?
    /// Whether the token is a saved one, looked at to see what the policy says; its end then stands in nobody's way.
    package var isHypothetical: Bool
    package var now: Date

    package init(
        request: RequestFacts = RequestFacts(),
        identity: ManagedIdentity? = nil,
        token: TokenEvidence = .none,
        role: RoleEvidence = .unknown,
        policy: PolicyEvidence = .unknown,
        providers: [OIDCProvider]? = nil,
        assignment: AssignmentFacts? = nil,
        publishedKeyIDs: [String]? = nil,
        signatureProblem: String? = nil,
        exchange: ExchangeEvidence = .untried,
        lastChange: Date? = nil,
        clockOffset: ClockOffset? = nil,
        isHypothetical: Bool = false,
        now: Date
    ) {
        self.request = request
        self.identity = identity
        self.token = token
        self.role = role
        self.policy = policy
        self.providers = providers
        self.assignment = assignment
        self.publishedKeyIDs = publishedKeyIDs
        self.signatureProblem = signatureProblem
        self.exchange = exchange
        self.lastChange = lastChange
        self.clockOffset = clockOffset
        self.isHypothetical = isHypothetical
        self.now = now
    }
}

/// What is asked of STS, as far as it is settled.
package struct RequestFacts: Hashable, Sendable {
    /// The audience that the token was asked for.
    package var audience: String?
    /// The app role expected among the token's `roles`.
    package var appRole: String?
    package var roleARN: RoleARN?
    package var region: String?
    package var sessionName: String?
    package var duration: Duration?
    package var sourceIP: String?
    /// Further condition keys that the request carries.
    package var context: [String: [String]]

    package init(
        audience: String? = nil,
        appRole: String? = nil,
        roleARN: RoleARN? = nil,
        region: String? = nil,
        sessionName: String? = nil,
        duration: Duration? = nil,
        sourceIP: String? = nil,
        context: [String: [String]] = [:]
    ) {
        self.audience = audience
        self.appRole = appRole
        self.roleARN = roleARN
        self.region = region
        self.sessionName = sessionName
        self.duration = duration
        self.sourceIP = sourceIP
        self.context = context
    }

    /// What a mapping asks.
    package init(mapping: RoleMapping) {
        self.init(
            audience: mapping.audience,
            appRole: mapping.appRole,
            roleARN: mapping.roleARN,
            region: mapping.region,
            sessionName: mapping.sessionName,
            duration: mapping.duration
        )
    }
}

/// What came of asking for a token.
package enum TokenEvidence: Hashable, Sendable {
    case none
    /// The source gave none.
    case failed(Failure, source: TokenSourceKind)
    /// What it gave is no signed JWT.
    case malformed(TokenFormatError)
    /// Its claims; `seenBefore` when the source gave the very same token the last time.
    case claims(Claims, seenBefore: Bool = false)

    /// The claims, where there are some.
    package var claims: Claims? {
        if case .claims(let claims, _) = self { claims } else { nil }
    }
}

/// What IAM says of the role.
package enum RoleEvidence: Hashable, Sendable {
    /// It was not asked, or did not answer.
    case unknown
    /// There is no such role.
    case missing
    /// The account has a role of that name under another path.
    case elsewhere(RoleARN)
    case found(RoleFacts)
}

/// What matters of a role beside its trust policy.
package struct RoleFacts: Hashable, Sendable {
    /// `MaxSessionDuration`.
    package var maximumSession: Duration?
    /// `AROA…`; a role made again under the same name has another.
    package var id: String?

    package init(maximumSession: Duration? = nil, id: String? = nil) {
        self.maximumSession = maximumSession
        self.id = id
    }
}

/// What is known of the role's trust policy.
package enum PolicyEvidence: Hashable, Sendable {
    case unknown
    case parsed(TrustPolicy)
    /// A document that is no trust policy.
    case refused(PolicyError)

    /// Reads a document, of any size, for a higher quota may have been granted.
    ///
    /// What `aws iam get-role` prints does as well: the document is then the role's `AssumeRolePolicyDocument`.
    package init(document text: String) {
        do throws(PolicyError) {
            self = .parsed(try TrustPolicy(parsing: Self.document(in: text), quota: nil))
        } catch {
            self = .refused(error)
        }
    }

    private static func document(in text: String) -> String {
        let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        switch (value?["Role"] ?? value)?["AssumeRolePolicyDocument"] {
        case .string(let encoded): return encoded.removingPercentEncoding ?? encoded
        case let document?: return document.compactText
        case nil: return text
        }
    }
}

/// What Entra's directory says of the audience's application and the identity.
package struct AssignmentFacts: Hashable, Sendable {
    /// Whether a service principal carries the audience.
    package var resourceExists: Bool
    /// `appRoleAssignmentRequired`.
    package var isRequired: Bool
    /// When the identity was assigned to the app role; `nil` when it is not.
    package var assigned: Date?

    package init(resourceExists: Bool = true, isRequired: Bool, assigned: Date?) {
        self.resourceExists = resourceExists
        self.isRequired = isRequired
        self.assigned = assigned
    }
}

/// What STS said.
package enum ExchangeEvidence: Hashable, Sendable {
    case untried
    /// The exchange itself was refused.
    case refused(Failure)
    /// The exchange went well, and a call with the credentials did not.
    case callFailed(Failure)
    case succeeded(ExchangeAnswer)
}

/// What STS says about the token that it took.
package struct ExchangeAnswer: Hashable, Sendable {
    package var subject: String?
    /// How long the session lasts.
    package var duration: Duration?

    package init(subject: String? = nil, duration: Duration? = nil) {
        self.subject = subject
        self.duration = duration
    }
}
