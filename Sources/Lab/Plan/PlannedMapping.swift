import Federation

/// A mapping of the scenario, with the role and the provider that belong to it.
struct PlannedMapping: Sendable {
    let scenario: ScenarioMapping
    let identity: PlannedIdentity
    /// What the token is asked for.
    let audience: String
    /// Which of the token's claims STS takes for its audience: `azp` in a v2 token, else `aud`.
    let effectiveAudience: String
    /// The token's `iss`, to the byte.
    let issuer: String
    /// The value expected among the token's roles.
    let appRole: String

    init(
        _ mapping: ScenarioMapping,
        of identity: PlannedIdentity,
        for application: PlannedApplication,
        tenantID: String
    ) {
        scenario = mapping
        self.identity = identity
        audience = application.audience
        appRole = application.scenario.roleValue
        if application.issuesVersion2 {
            issuer = Issuer.version2(tenantID)
            effectiveAudience = identity.clientID
        } else {
            issuer = Issuer.version1(tenantID)
            effectiveAudience = application.audience
        }
    }

    var name: String { scenario.name }

    var roleARN: String {
        "arn:aws:iam::\(scenario.account):role/\(name)"
    }

    /// The provider's URL without its scheme: the prefix of its condition keys.
    private var provider: String {
        String(issuer.dropFirst("https://".count))
    }

    /// The role's trust policy.
    var trustPolicy: JSONValue {
        let condition: [String: JSONValue] = [
            "\(provider):aud": .string(effectiveAudience),
            "\(provider):sub": .string(scenario.trust.subject ?? identity.principalID),
        ]
        let statement: [String: JSONValue] = [
            "Effect": .string("Allow"),
            "Principal": .object([
                "Federated": .string("arn:aws:iam::\(scenario.account):oidc-provider/\(provider)")
            ]),
            "Action": .string("sts:AssumeRoleWithWebIdentity"),
            "Condition": .object(["StringEquals": .object(condition)]),
        ]
        return .object(["Version": .string("2012-10-17"), "Statement": .array([.object(statement)])])
    }
}
