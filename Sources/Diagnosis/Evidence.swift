package import Federation
package import FoundationEssentials
import TrustPolicy

/// The known facts about the exchange to explain.
package struct Evidence: Hashable, Sendable {
    package var request: RequestFacts
    /// The configured identity.
    package var identity: ManagedIdentity?
    package var token: TokenEvidence
    /// The source that returned the token; `nil` if there is no token, or if the source is unknown.
    package var tokenSource: TokenSourceKind?
    /// The claims of the federated token that authenticates the identity to Entra; `nil` without one.
    package var assertion: Claims?
    package var role: RoleEvidence
    package var policy: PolicyEvidence
    /// The warning of the step *trust* that the policy denies the call; ignored if the policy is known.
    package var predictedDenial: Failure?
    /// The file from which the policy was read; `nil` if the policy was not read from a file.
    package var policyFile: String?
    /// The name of the role in the policy file; `nil` if the file names no role.
    package var policyRole: String?
    /// The policy as JSON, unchanged from IAM or the file.
    package var policyDocument: JSONValue?
    /// The credentials with which the policy was read from IAM; `nil` if the policy was not read from IAM.
    package var policyReader: String?
    /// The providers of the role's account; `nil` if cambist did not read the providers.
    package var providers: [OIDCProvider]?
    /// Facts from Entra's directory about the app role; `nil` if cambist did not read the directory.
    package var assignment: AssignmentFacts?
    /// The error that prevented a complete read of the directory; `nil` if there was none.
    package var directoryProblem: Failure?
    package var issuer: IssuerEvidence
    /// The reason that no key of the issuer verifies the signature; `nil` if a key does, or if cambist tried no key.
    package var signatureProblem: String?
    package var exchange: ExchangeEvidence
    /// The time of the exchange by the clock of the exchange's host; `nil` if the time is unknown.
    package var exchanged: Date?
    /// The host with the mapping's configuration, if that host is not this host.
    package var node: String?
    /// The subjects of the trust policy that Entra's directory lacks; empty if cambist did not query the directory.
    package var missingPrincipals: Set<String>
    /// The subjects of the trust policy that are object IDs of applications instead of service principals.
    package var applicationIDs: Set<String> = []
    /// The last change of the setup from this host, according to the mapping's watches and the log of setups.
    package var lastChange: SetupChange?
    /// The kinds of objects that setup changed recently; the clouds may not show these changes yet.
    package var changedKinds: Set<SetupObject.Kind> = []
    /// AWS's clock minus the local clock, measured at STS or, if that is not possible, at IAM.
    package var clockOffset: ClockOffset?
    /// Azure's clock minus the clock of the exchange's host, measured at the token source.
    package var azureClock: ClockOffset?
    /// Facts about the host from this process's environment variables; `nil` if the variables were not read.
    package var host: HostFacts?
    /// The credentials with which cambist reads IAM; `nil` if none are known.
    package var reader: ReaderFacts?
    /// The cloud and the endpoints for the commands in fixes.
    package var tools: ToolFacts
    /// The divisor of the clouds' propagation delays; the lab sets it.
    package var speed: Double
    /// The explained hop of a role chain; `nil` for the exchange of a token.
    package var chain: ChainEvidence?
    /// The mapping whose exchange failed because its hub failed; the explanation is about the hub.
    package var spoke: RoleMapping.ID?
    /// Whether the token's expiration is ignored, because the token is saved and the operator supplied no time.
    package var isHypothetical: Bool
    package var now: Date
    /// Whether the operator supplied ``now`` (for example, `--at`).
    package var hasSuppliedTime = false

    package init(
        request: RequestFacts = RequestFacts(),
        identity: ManagedIdentity? = nil,
        token: TokenEvidence = .none,
        assertion: Claims? = nil,
        role: RoleEvidence = .unknown,
        policy: PolicyEvidence = .unknown,
        policyFile: String? = nil,
        providers: [OIDCProvider]? = nil,
        assignment: AssignmentFacts? = nil,
        directoryProblem: Failure? = nil,
        issuer: IssuerEvidence = .unknown,
        signatureProblem: String? = nil,
        exchange: ExchangeEvidence = .untried,
        missingPrincipals: Set<String> = [],
        lastChange: SetupChange? = nil,
        clockOffset: ClockOffset? = nil,
        azureClock: ClockOffset? = nil,
        host: HostFacts? = nil,
        reader: ReaderFacts? = nil,
        tools: ToolFacts = ToolFacts(),
        speed: Double = 1,
        isHypothetical: Bool = false,
        now: Date
    ) {
        self.request = request
        self.identity = identity
        self.token = token
        self.assertion = assertion
        self.role = role
        self.policy = policy
        self.policyFile = policyFile
        self.providers = providers
        self.assignment = assignment
        self.directoryProblem = directoryProblem
        self.issuer = issuer
        self.signatureProblem = signatureProblem
        self.exchange = exchange
        self.missingPrincipals = missingPrincipals
        self.lastChange = lastChange
        self.clockOffset = clockOffset
        self.azureClock = azureClock
        self.host = host
        self.reader = reader
        self.tools = tools
        self.speed = speed
        self.isHypothetical = isHypothetical
        self.now = now
    }
}

/// The known parameters of the request to STS.
package struct RequestFacts: Hashable, Sendable {
    /// The mapping; `nil` if the evidence is not about a mapping.
    package var mapping: RoleMapping.ID?
    /// The requested audience of the token.
    package var audience: String?
    /// The app role expected among the token's `roles`.
    package var appRole: String?
    package var roleARN: RoleARN?
    package var region: String?
    package var sessionName: String?
    package var duration: Duration?
    package var sourceIP: String?
    /// The source address; `nil` for a private address, because `aws:SourceIp` never has a private address.
    var publicSourceIP: String? {
        sourceIP.flatMap { IPNetwork($0)?.isPrivate == true ? nil : $0 }
    }
    /// The private address that was supplied as the source address or as the value of `aws:SourceIp`, if any.
    var privateSourceIP: String? {
        let values = context.filter { $0.key.lowercased() == "aws:sourceip" }.flatMap(\.value)
        return ([sourceIP].compactMap(\.self) + values).first { IPNetwork($0)?.isPrivate == true }
    }
    /// The STS endpoint and its origin: `https://sts.example/ (AWS_ENDPOINT_URL_STS)`.
    package var endpoint: String?
    /// Additional condition keys of the request.
    package var context: [String: [String]]
    /// The session policies and tags that the mapping sends to STS.
    package var sessionPolicy = SessionPolicyFacts()

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
        sessionPolicy = SessionPolicyFacts(
            file: mapping.policyFile,
            hasARNs: !mapping.policyARNs.isEmpty,
            hasTags: mapping.chained?.tags.isEmpty == false
        )
    }
}

extension RequestFacts {
    /// The setting that determines the endpoint: `AWS_ENDPOINT_URL_STS`; `nil` for a standard endpoint.
    var endpointSetting: String? {
        endpoint?.firstMatch(of: /\(([^()]+)\)/).map { String($0.1) }
    }
}

/// The session policies and tags that a request contains.
package struct SessionPolicyFacts: Hashable, Sendable {
    /// The path of the file with the inline policy.
    package var file: String?
    /// Whether the request has managed policies.
    package var hasARNs: Bool
    package var hasTags: Bool

    package init(file: String? = nil, hasARNs: Bool = false, hasTags: Bool = false) {
        self.file = file
        self.hasARNs = hasARNs
        self.hasTags = hasTags
    }

    /// Ways to reduce the session policies and tags, as an imperative; `nil` if the request has none.
    var reduction: String? {
        let ways = [
            file.map { "shorten \($0) (policy_file)" }, hasARNs ? "list fewer policy_arns" : nil,
            hasTags ? "remove session_tags" : nil,
        ]
        let found = ways.compactMap(\.self)
        return found.isEmpty ? nil : found.joined(separator: ", or ")
    }
}

extension Evidence {
    /// Creates the evidence of a recorded exchange.
    ///
    /// - Parameters:
    ///   - record: The exchange.
    ///   - mapping: The exchange's mapping.
    ///   - identity: The mapping's identity, as configured.
    ///   - policy: The role's trust policy, if known.
    ///   - now: The time of the explanation.
    package init(
        of record: ExchangeRecord,
        mapping: RoleMapping,
        identity: ManagedIdentity?,
        policy: PolicyEvidence = .unknown,
        now: Date
    ) {
        let hop = mapping.failedHop(in: record)
        let chain = ChainEvidence(hop)
        self.init(
            request: RequestFacts(mapping: hop),
            identity: identity,
            token: chain == nil ? TokenEvidence(of: record, source: identity?.source) : .none,
            policy: hop.id == mapping.id ? policy : .unknown,
            exchange: ExchangeEvidence(of: record),
            clockOffset: record.clockOffset,
            azureClock: record.token?.clockOffset,
            now: now
        )
        self.chain = chain
        tokenSource = record.token?.source
        exchanged = record.at
        if hop.id != mapping.id { spoke = mapping.id }
        predictedDenial = record.predictedDenial(through: mapping.chain.dropLast().map(\.id))
    }
}

extension Evidence {
    /// Creates the evidence of an exchange whose mapping is configured only on another host.
    ///
    /// - Parameters:
    ///   - record: The exchange, with a token.
    ///   - node: The name of the other host.
    ///   - now: The time of the explanation.
    package init(of record: ExchangeRecord, on node: String, now: Date) {
        self.init(
            request: RequestFacts(mapping: record.mapping, roleARN: record.roleARN),
            token: TokenEvidence(of: record, source: nil),
            exchange: ExchangeEvidence(of: record),
            clockOffset: record.clockOffset,
            azureClock: record.token?.clockOffset,
            now: now
        )
        tokenSource = record.token?.source
        exchanged = record.at
        self.node = node
        let isChained = record.steps.contains { $0.step == .assume && $0.outcome == .failed }
        predictedDenial = isChained ? nil : record.predictedDenial(through: [])
    }
}

extension TokenEvidence {
    fileprivate init(of record: ExchangeRecord, source: TokenSourceKind?) {
        if let token = record.token {
            self = .claims(token.claims, seenBefore: token.seenBefore)
        } else if let failed = record.steps.first(where: { $0.outcome == .failed }),
            failed.step == .token || failed.step == .claims, let failure = failed.failure
        {
            self = .failed(failure, source: failure.source ?? source ?? .auto)
        } else {
            self = .none
        }
    }
}

extension ExchangeRecord {
    /// The warning of the step *trust* that this mapping's trust policy denies the call.
    ///
    /// Ignores a warning about one of `hubs`, because the hub's exchange may have succeeded despite the warning. Such a
    /// warning begins with the hub's name.
    fileprivate func predictedDenial(through hubs: [RoleMapping.ID]) -> Failure? {
        guard let warning = steps.first(where: { $0.step == .trust && $0.outcome == .warn })?.failure,
            TrustVerdict.Decision.allCases.contains(where: { $0.isDenial && $0.code == warning.code }),
            !hubs.contains(where: { warning.message.hasPrefix("\($0): ") })
        else { return nil }
        return warning
    }

    /// The offset of AWS's clock, if the offset clearly exceeds the measurement's uncertainty.
    fileprivate var awsOffset: Duration? {
        clockOffset.flatMap { $0.isNotable ? $0.offset : nil }
    }
}

extension ExchangeEvidence {
    fileprivate init(of record: ExchangeRecord) {
        let failed = record.steps.first { $0.outcome == .failed }
        switch (failed?.step, failed?.failure) {
        case (.exchange, let failure?), (.assume, let failure?): self = .refused(failure)
        case (.caller, let failure?), (.probe, let failure?):
            self = .callFailed(failure, roleID: record.answer?.roleID)
        case (nil, _) where record.credentialExpiry != nil:
            self = .succeeded(
                ExchangeAnswer(
                    subject: record.answer?.subject,
                    duration: record.credentialExpiry?.since(record.at + (record.awsOffset?.seconds ?? 0)),
                    packedPolicySize: record.answer?.packedPolicySize
                )
            )
        default: self = .untried
        }
    }
}
