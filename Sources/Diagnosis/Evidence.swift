package import Federation

package import struct Foundation.Date

/// All that is known of an exchange when it is to be explained; what is not known is left out.
package struct Evidence: Hashable, Sendable {
    /// What is asked of STS.
    package var request: RequestFacts
    /// Whose token it is, as configured.
    package var identity: ManagedIdentity?
    package var token: TokenEvidence
    /// The claims of the federated token that proves the identity to Entra; `nil` without one.
    package var assertion: Claims?
    package var role: RoleEvidence
    package var policy: PolicyEvidence
    /// The providers of the role's account; `nil` when they could not be read.
    package var providers: [OIDCProvider]?
    /// What Entra's directory says of the app role; `nil` when it was not asked.
    package var assignment: AssignmentFacts?
    /// Why the directory did not tell; `nil` when it did, or was not asked.
    package var directoryProblem: Failure?
    /// What the token's issuer publishes.
    package var issuer: IssuerEvidence
    /// Why the token's signature is not one of the issuer's keys; `nil` when it is, or was not looked at.
    package var signatureProblem: String?
    package var exchange: ExchangeEvidence
    /// When cambist last changed the set-up, as the mapping's watches know.
    package var lastChange: Date?
    /// AWS's clock, or Azure's, against ours.
    package var clockOffset: ClockOffset?
    /// What this process's variables say of the host; `nil` when nobody looked.
    package var host: HostFacts?
    /// Whose credentials read IAM; `nil` when nobody looked.
    package var reader: ReaderFacts?
    /// Whether the token is a saved one, looked at to see what the policy says; its end then stands in nobody's way.
    package var isHypothetical: Bool
    package var now: Date

    package init(
        request: RequestFacts = RequestFacts(),
        identity: ManagedIdentity? = nil,
        token: TokenEvidence = .none,
        assertion: Claims? = nil,
        role: RoleEvidence = .unknown,
        policy: PolicyEvidence = .unknown,
        providers: [OIDCProvider]? = nil,
        assignment: AssignmentFacts? = nil,
        directoryProblem: Failure? = nil,
        issuer: IssuerEvidence = .unknown,
        signatureProblem: String? = nil,
        exchange: ExchangeEvidence = .untried,
        lastChange: Date? = nil,
        clockOffset: ClockOffset? = nil,
        host: HostFacts? = nil,
        reader: ReaderFacts? = nil,
        isHypothetical: Bool = false,
        now: Date
    ) {
        self.request = request
        self.identity = identity
        self.token = token
        self.assertion = assertion
        self.role = role
        self.policy = policy
        self.providers = providers
        self.assignment = assignment
        self.directoryProblem = directoryProblem
        self.issuer = issuer
        self.signatureProblem = signatureProblem
        self.exchange = exchange
        self.lastChange = lastChange
        self.clockOffset = clockOffset
        self.host = host
        self.reader = reader
        self.isHypothetical = isHypothetical
        self.now = now
    }
}

/// What is asked of STS, as far as it is settled.
package struct RequestFacts: Hashable, Sendable {
    /// The mapping that asks; `nil` when nothing is exchanged.
    package var mapping: RoleMapping.ID?
    /// The audience that the token was asked for.
    package var audience: String?
    /// The app role expected among the token's `roles`.
    package var appRole: String?
    package var roleARN: RoleARN?
    package var region: String?
    package var sessionName: String?
    package var duration: Duration?
    package var sourceIP: String?
    /// Where STS is asked and what says so: `https://sts.example/ (AWS_ENDPOINT_URL_STS)`.
    package var endpoint: String?
    /// Further condition keys that the request carries.
    package var context: [String: [String]]

    package init(
        mapping: RoleMapping.ID? = nil,
        audience: String? = nil,
        appRole: String? = nil,
        roleARN: RoleARN? = nil,
        region: String? = nil,
        sessionName: String? = nil,
        duration: Duration? = nil,
        sourceIP: String? = nil,
        endpoint: String? = nil,
        context: [String: [String]] = [:]
    ) {
        self.mapping = mapping
        self.audience = audience
        self.appRole = appRole
        self.roleARN = roleARN
        self.region = region
        self.sessionName = sessionName
        self.duration = duration
        self.sourceIP = sourceIP
        self.endpoint = endpoint
        self.context = context
    }

    /// What a mapping asks.
    package init(mapping: RoleMapping) {
        self.init(
            mapping: mapping.id,
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
