import Federation
import FoundationEssentials
import TrustPolicy

/// An AssumeRoleWithWebIdentity call, validated in AWS's order.
///
/// The order of three checks (signature, times, audience) is an assumption, because AWS does not document this order.
///
/// Source: published experiments.
struct WebIdentityExchange: Sendable {
    let request: WireRequest
    /// The region of the STS endpoint; `nil` if the endpoint serves all regions.
    let region: String?
    let usesTLS: Bool
    let parameters: WebIdentityParameters
    let token: WebIdentityToken
    let tags: SessionTags

    /// Validates the format of the request and parses the token.
    init(_ call: QueryCall, request: WireRequest, region: String?, usesTLS: Bool) throws(AWSFault) {
        self.request = request
        self.region = region
        self.usesTLS = usesTLS
        parameters = try WebIdentityParameters(call)
        token = try WebIdentityToken(parameters.token)
        tags = try SessionTags(token.claims)
    }

    /// Returns the OIDC provider in the role's account, after the checks that AWS makes before verifying the signature.
    func provider(in account: IAMAccount) throws(AWSFault) -> IAMProvider {
        if account.isThrottled { throw .throttling }
        guard account.isEnabled(region: region ?? account.callerRegion) else {
            throw Self.disabled(account.id)
        }
        guard let provider = account.providers.value(providerARN, for: .sts, at: request.at) else {
            throw .noProvider(for: token.issuer)
        }
        try Self.check(provider.connection)
        return provider
    }

    /// Returns the role to assume, after the checks that AWS makes after verifying the signature.
    func role(in account: IAMAccount, provider: IAMProvider) throws(AWSFault) -> IAMRole {
        try token.checkTimes(at: request.at)
        try token.checkAudience(provider.clientIDs)
        try token.checkRoles(parameters.roleARN.description)
        let role = account.role(parameters.roleARN.name, for: .sts, at: request.at)
        guard let role, role.arn == parameters.roleARN.description, !role.isDeniedByOrganization,
            isTrusted(by: role, provider: provider, region: region ?? account.callerRegion)
        else { throw Self.notAuthorized }
        guard parameters.duration <= role.maxSessionDuration else {
            throw .validation(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            )
        }
        return role
    }

    private var providerARN: String {
        IAMProvider.arn(account: parameters.roleARN.account, issuer: token.issuer)
    }

    private func isTrusted(by role: IAMRole, provider: IAMProvider, region: String) -> Bool {
        guard let trust = role.trust else { return false }
        let context = context(role: role, provider: provider, region: region)
        return (["sts:AssumeRoleWithWebIdentity"] + tags.actions).allSatisfy { action in
            let trustRequest = TrustRequest(
                action: action,
                federatedPrincipal: provider.arn,
                context: context
            )
            return trust.evaluate(trustRequest).decision == .allow
        }
    }

    /// Returns the values of the request's condition keys.
    private func context(role: IAMRole, provider: IAMProvider, region: String) -> RequestContext {
        var context = RequestContext()
        let claims = token.claims
        context["\(provider.url):aud"] = .values(token.audiences)
        context["\(provider.url):sub"] = .values([token.subject])
        if claims.authorizedParty != nil { context["\(provider.url):oaud"] = .values(claims.audiences) }
        for name in ["amr", "email"] {
            if let values = claims.payload[name]?.strings, !values.isEmpty {
                context["\(provider.url):\(name)"] = .values(values)
            }
        }
        context["sts:RoleSessionName"] = .values([parameters.sessionName])
        context["sts:RoleAuthorizedByIdp"] = .values([String(!claims.authorizedRoles.isEmpty)])
        context["aws:FederatedProvider"] = .values([provider.arn])
        context["aws:SourceIp"] = .values(["127.0.0.1"])
        context["aws:CurrentTime"] = .values([request.at.formatted(.iso8601)])
        context["aws:EpochTime"] = .values([String(Int(saturating: request.at.timeIntervalSince1970))])
        context["aws:SecureTransport"] = .values([String(usesTLS)])
        if let agent = request.header("user-agent") { context["aws:UserAgent"] = .values([agent]) }
        context["aws:RequestedRegion"] = .values([region])
        for tag in role.tags {
            context["aws:ResourceTag/\(tag.key)"] = .values([tag.value])
            context["iam:ResourceTag/\(tag.key)"] = .values([tag.value])
        }
        tags.describe(in: &context)
        return context
    }

    /// Returns the response to a successful exchange.
    func reply(_ session: Session, token sessionToken: Secret, packedSize: Int?) -> [XMLElement] {
        [
            XMLElement("SubjectFromWebIdentityToken", token.subject),
            XMLElement("Audience", token.audiences.joined()),
            XMLElement("Provider", providerARN),
        ] + session.reply(token: sessionToken, packedSize: packedSize)
    }

    private static let notAuthorized = AWSFault(
        403,
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    )

    static func disabled(_ account: String) -> AWSFault {
        AWSFault(
            403,
            "RegionDisabledException",
            "STS is not activated in this region for account:\(account). Your account administrator can "
                + "activate STS in this region using the IAM Console."
        )
    }

    private static func check(_ connection: AWSSetup.Provider.Connection) throws(AWSFault) {
        switch connection {
        case .trusted: return
        case .thumbprintMismatch:
            throw .invalidToken(
                "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
            )
        case .unreachable:
            throw AWSFault(
                400,
                "IDPCommunicationError",
                "Identity provider could not be reached. Please try again."
            )
        case .claimRejected:
            throw AWSFault(403, "IDPRejectedClaim", "The identity provider rejected the claim.")
        }
    }
}
