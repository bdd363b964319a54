import Federation
import FoundationEssentials
import TrustPolicy

/// A mapping of the scenario, with its role and provider.
struct PlannedMapping: Sendable {
    let scenario: ScenarioMapping
    let identity: PlannedIdentity
    /// The requested audience.
    let audience: String
    /// The expected value in the token's `roles` claim.
    let appRole: String
    /// The OIDC provider in the role's account; `nil` for a mapping with a hub or a scenario without the provider.
    let provider: AWSSetup.Provider?
    /// The role's trust policy, as JSON.
    let trustPolicy: String
    /// The token's `iss` claim.
    let issuer: String
    /// The mapping whose credentials assume the role, if any.
    let hub: ScenarioMapping?

    init(
        _ mapping: ScenarioMapping,
        of identity: PlannedIdentity,
        for application: PlannedApplication,
        hub: ScenarioMapping?,
        tenantID: String
    ) {
        self.hub = hub
        scenario = mapping
        self.identity = identity
        let defaults = MappingDefaults(mapping, of: identity, for: application, hub: hub, tenantID: tenantID)
        audience = mapping.audience.map(defaults.fill) ?? application.audience
        appRole = application.scenario.roleValue
        issuer = defaults.issuer
        trustPolicy =
            hub == nil
            ? defaults.trustPolicy(mapping.trust) : defaults.trustPolicy(mapping.trust, mapping.chain)
        provider =
            mapping.provider.isPresent && hub == nil
            ? AWSSetup.Provider(
                url: mapping.provider.url.map(defaults.fill) ?? defaults.issuer,
                clientIDs: mapping.provider.clientIDs?.map(defaults.fill) ?? [defaults.audience],
                connection: mapping.provider.connection.setup
            ) : nil
    }

    var name: String { scenario.name }

    var roleARN: String { scenario.roleARN }

    /// The inline policy that allows the hub's role to assume this role.
    ///
    /// The value is `nil` without a hub, or if the scenario omits the permission.
    var permission: String? {
        guard hub != nil, scenario.chain.isPermitted else { return nil }
        let statement: [String: JSONValue] = [
            "Effect": .string("Allow"),
            "Action": .array(
                ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"].map(JSONValue.string)
            ),
            "Resource": .string(roleARN),
        ]
        return JSONValue.object(["Version": .string("2012-10-17"), "Statement": .array([.object(statement)])])
            .compactText
    }
}

extension ScenarioMapping {
    fileprivate var roleARN: String {
        "arn:aws:iam::\(account):role/\(name)"
    }
}

/// The default values for a mapping's omitted keys, and the values of placeholders.
private struct MappingDefaults {
    let issuer: String
    /// The audience that STS checks: `azp` in a v2 token, `aud` in a v1 token.
    let audience: String
    private let account: String
    private let subject: String
    private let replacements: [(name: String, value: String)]

    init(
        _ mapping: ScenarioMapping,
        of identity: PlannedIdentity,
        for application: PlannedApplication,
        hub: ScenarioMapping?,
        tenantID: String
    ) {
        let isVersion2 = application.scenario.tokenVersion == 2
        issuer = isVersion2 ? Issuer.version2(tenantID) : Issuer.version1(tenantID)
        let claimed = application.scenario.usesGUIDAudience ? application.clientID : application.audience
        audience = isVersion2 ? identity.clientID : claimed
        account = mapping.account
        subject = identity.principalID
        replacements = [
            ("tenant_id", tenantID),
            ("client_id", identity.clientID),
            ("principal_id", identity.principalID),
            ("PRINCIPAL_ID", identity.principalID.uppercased()),
            ("audience", audience),
            ("application_id", application.clientID),
            ("issuer", issuer),
            ("provider", String(issuer.dropFirst("https://".count))),
            ("account", mapping.account),
            ("hub_account", hub?.account ?? ""),
            ("hub_role", hub?.roleARN ?? ""),
        ].map { (name: "{\($0)}", value: $1) }
    }

    /// Replaces all placeholders in a text.
    func fill(_ text: String) -> String {
        replacements.reduce(text) { $0.replacing($1.name, with: $1.value) }
    }

    func trustPolicy(_ trust: ScenarioTrust) -> String {
        if let policy = trust.policy { return fill(policy) }
        let prefix = fill(trust.prefix ?? "{provider}")
        let condition: [String: JSONValue] = [
            "\(prefix):aud": .string(trust.audience.map(fill) ?? audience),
            "\(prefix):sub": .string(trust.subject.map(fill) ?? subject),
        ]
        let statement: [String: JSONValue] = [
            "Effect": .string("Allow"),
            "Principal": .object([
                "Federated": .string(
                    fill(trust.federated ?? "arn:aws:iam::{account}:oidc-provider/{provider}")
                )
            ]),
            "Action": .string(trust.action),
            "Condition": .object(["StringEquals": .object(condition)]),
        ]
        return document(statement)
    }

    /// Returns the trust policy of a role that a hub's role assumes.
    func trustPolicy(_ trust: ScenarioTrust, _ chain: ScenarioChain) -> String {
        if let policy = trust.policy { return fill(policy) }
        var actions = ["sts:AssumeRole"]
        if !chain.sessionTags.isEmpty { actions.append("sts:TagSession") }
        if chain.sourceIdentity != nil { actions.append("sts:SetSourceIdentity") }
        var statement: [String: JSONValue] = [
            "Effect": .string("Allow"),
            "Principal": .object(["AWS": .string(fill(trust.principal ?? "{hub_role}"))]),
            "Action": .array(actions.map(JSONValue.string)),
        ]
        if let id = trust.externalID ?? chain.externalID {
            statement["Condition"] = .object(["StringEquals": .object(["sts:ExternalId": .string(id)])])
        }
        return document(statement)
    }

    private func document(_ statement: [String: JSONValue]) -> String {
        JSONValue.object(["Version": .string("2012-10-17"), "Statement": .array([.object(statement)])])
            .compactText
    }
}

extension ScenarioProvider.Connection {
    fileprivate var setup: AWSSetup.Provider.Connection {
        switch self {
        case .trusted: .trusted
        case .thumbprintMismatch: .thumbprintMismatch
        case .unreachable: .unreachable
        case .claimRejected: .claimRejected
        }
    }
}
