import Federation
import FoundationEssentials
import TrustPolicy

/// An AssumeRole call.
///
/// The checks follow AWS's order: the format, the authorization, the role's maximum session duration, and the limit of
/// role chaining.
///
/// Source: published experiments with STS, July 2026.
struct ChainedExchange: Sendable {
    let request: WireRequest
    /// The region of the STS endpoint; `nil` if the endpoint serves all regions.
    let region: String?
    let usesTLS: Bool
    let caller: Caller
    let parameters: ChainedParameters
    let tags: SessionTags

    /// Validates the format of the request.
    init(
        _ call: QueryCall,
        by caller: Caller,
        request: WireRequest,
        region: String?,
        usesTLS: Bool
    ) throws(AWSFault) {
        self.request = request
        self.region = region
        self.usesTLS = usesTLS
        self.caller = caller
        parameters = try ChainedParameters(call)
        tags = try SessionTags(
            parameters.tags,
            transitive: parameters.transitiveTags,
            sourceIdentity: parameters.sourceIdentity
        )
    }

    /// Returns the role to assume after checking the authorization and the duration.
    func role(in accounts: [String: IAMAccount]) throws(AWSFault) -> IAMRole {
        let account = accounts[parameters.roleARN.account]
        if let account {
            if account.isThrottled { throw .throttling }
            guard account.isEnabled(region: region ?? account.callerRegion) else {
                throw WebIdentityExchange.disabled(account.id)
            }
        }
        let found = account?.role(parameters.roleARN.name, for: .sts, at: request.at)
        guard let account, let role = found, role.arn == parameters.roleARN.description,
            !role.isDeniedByOrganization, let trust = role.trust, let own = accounts[caller.account]
        else { throw notAuthorized("sts:AssumeRole") }
        if let session = caller.session { try tags.checkConflicts(with: session) }
        let permissions = Permissions(of: caller, in: own, at: request.at)
        let context = context(role: role, callerRole: caller.role(in: own, at: request.at), account: account)
        for action in actions {
            let trustRequest = TrustRequest(
                action: action,
                principal: caller.principal(in: own, at: request.at),
                context: context
            )
            let verdict = trust.evaluate(trustRequest)
            guard verdict.decision != .explicitDeny else { throw notAuthorized(action) }
            let isSameAccount = caller.account == account.id
            let isGranted = isSameAccount && verdict.grantsDirectly
            guard verdict.decision == .allow,
                permissions.allows(action, on: role.arn, isGranted: isGranted)
            else { throw notAuthorized(action) }
        }
        if let earlier = caller.session?.sourceIdentity, let identity = tags.sourceIdentity,
            identity != earlier
        {
            throw notAuthorized("sts:SetSourceIdentity")
        }
        guard parameters.duration <= role.maxSessionDuration else {
            throw .validation(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            )
        }
        guard caller.session == nil || parameters.duration <= 3600 else {
            throw .validation(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
            )
        }
        return role
    }

    /// The actions that must be authorized.
    private var actions: [String] {
        let inherited = caller.session?.sourceIdentity
        return ["sts:AssumeRole"] + (tags.tags.isEmpty ? [] : ["sts:TagSession"])
            + (tags.sourceIdentity ?? inherited == nil ? [] : ["sts:SetSourceIdentity"])
    }

    /// Returns the values of the request's condition keys.
    private func context(role: IAMRole, callerRole: IAMRole?, account: IAMAccount) -> RequestContext {
        var context = RequestContext()
        context["aws:PrincipalArn"] = .values([callerRole?.arn ?? caller.arn])
        context["aws:PrincipalAccount"] = .values([caller.account])
        context["aws:PrincipalType"] = .values([caller.session == nil ? "User" : "AssumedRole"])
        context["aws:PrincipalIsAWSService"] = .values(["false"])
        context["aws:userid"] = .values([caller.userID])
        if caller.session != nil { context["aws:MultiFactorAuthPresent"] = .values(["false"]) }
        for tag in callerRole?.tags ?? [] { context["aws:PrincipalTag/\(tag.key)"] = .values([tag.value]) }
        for (key, value) in caller.session?.tags ?? [:] {
            context["aws:PrincipalTag/\(key)"] = .values([value])
        }
        if let id = parameters.externalID { context["sts:ExternalId"] = .values([id]) }
        context["sts:RoleSessionName"] = .values([parameters.sessionName])
        context["aws:SourceIp"] = .values(["127.0.0.1"])
        context["aws:CurrentTime"] = .values([request.at.formatted(.iso8601)])
        context["aws:EpochTime"] = .values([String(Int(saturating: request.at.timeIntervalSince1970))])
        context["aws:SecureTransport"] = .values([String(usesTLS)])
        if let agent = request.header("user-agent") { context["aws:UserAgent"] = .values([agent]) }
        context["aws:RequestedRegion"] = .values([region ?? account.callerRegion])
        context["aws:ResourceAccount"] = .values([account.id])
        for tag in role.tags {
            context["aws:ResourceTag/\(tag.key)"] = .values([tag.value])
            context["iam:ResourceTag/\(tag.key)"] = .values([tag.value])
        }
        tags.describe(in: &context)
        if let identity = caller.session?.sourceIdentity {
            context["aws:SourceIdentity"] = .values([identity])
            context["sts:SourceIdentity"] = .values([tags.sourceIdentity ?? identity])
        }
        return context
    }

    /// Returns a new session of the role, with the given access key.
    func session(of role: IAMRole, accessKeyID: String, secretAccessKey: String) -> Session {
        let calling = caller.session
        let inherited = (calling?.tags ?? [:]).filter { calling?.transitiveTags.contains($0.key) == true }
        return Session(
            accessKeyID: accessKeyID,
            secretAccessKey: secretAccessKey,
            account: parameters.roleARN.account,
            roleID: role.id,
            roleName: role.name,
            name: parameters.sessionName,
            expiry: Date(
                timeIntervalSince1970: request.at.timeIntervalSince1970.rounded(.down)
                    + Double(parameters.duration)
            ),
            policy: parameters.policy,
            policyARNs: parameters.policyARNs,
            tags: tags.tags.merging(inherited) { $1 },
            transitiveTags: tags.transitiveKeys + inherited.keys.sorted(),
            sourceIdentity: tags.sourceIdentity ?? calling?.sourceIdentity
        )
    }

    private func notAuthorized(_ action: String) -> AWSFault {
        AWSFault(
            403,
            "AccessDenied",
            "User: \(caller.arn) is not authorized to perform: \(action) on resource: \(parameters.roleARN)"
        )
    }
}

extension TrustVerdict {
    /// Whether a matching Allow statement names the caller, not only the caller's account.
    fileprivate var grantsDirectly: Bool {
        statements.contains { $0.effect == .allow && $0.outcome == .yes && $0.principalMatch == .direct }
    }
}

extension Session {
    /// Returns the response elements that describe the session and contain its credentials.
    func reply(token: Secret, packedSize: Int?) -> [XMLElement] {
        var result = [
            XMLElement(
                "AssumedRoleUser",
                [XMLElement("AssumedRoleId", userID), XMLElement("Arn", arn)]
            ),
            XMLElement(
                "Credentials",
                [
                    XMLElement("AccessKeyId", accessKeyID),
                    XMLElement("SecretAccessKey", secretAccessKey),
                    XMLElement("SessionToken", token.reveal()),
                    XMLElement("Expiration", expiry.formatted(.iso8601)),
                ]
            ),
        ]
        if let packedSize { result.append(XMLElement("PackedPolicySize", String(packedSize))) }
        if let sourceIdentity { result.append(XMLElement("SourceIdentity", sourceIdentity)) }
        return result
    }
}
