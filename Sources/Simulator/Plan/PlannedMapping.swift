import Federation
import Foundation
import TrustPolicy

/// A mapping of the scenario, with its role and provider.
struct PlannedMapping: Sendable {
    let scenario: ScenarioMapping
    let identity: PlannedIdentity
    /// The requested audience.
    let audience: String
    /// The expected value in the token's `roles` claim.
    let appRole: String
    /// The OIDC provider, if the scenario has one.
    let provider: AWSSetup.Provider?
    /// The role's trust policy, as JSON.
    let trustPolicy: String
    /// The token's `iss` claim.
    let issuer: String

    init(
        _ mapping: ScenarioMapping,
        of identity: PlannedIdentity,
        for application: PlannedApplication,
        tenantID: String
    ) {
        scenario = mapping
        self.identity = identity
        let defaults = MappingDefaults(mapping, of: identity, for: application, tenantID: tenantID)
        audience = mapping.audience.map(defaults.fill) ?? application.audience
        appRole = application.scenario.roleValue
        issuer = defaults.issuer
        trustPolicy = defaults.trustPolicy(mapping.trust)
        provider =
            mapping.provider.isPresent
            ? AWSSetup.Provider(
                url: mapping.provider.url.map(defaults.fill) ?? defaults.issuer,
                clientIDs: mapping.provider.clientIDs?.map(defaults.fill) ?? [defaults.audience],
                connection: mapping.provider.connection.setup
            ) : nil
    }

    var name: String { scenario.name }

    var roleARN: String {
        "arn:aws:iam::\(scenario.account):role/\(name)"
    }
}

/// Defaults for the omitted keys of a mapping, and replacements for placeholders.
private struct MappingDefaults {
    let issuer: String
    /// The audience that STS compares: `azp` in a v2 token, otherwise `aud`.
    let audience: String
    private let account: String
    private let subject: String
    private let replacements: [(name: String, value: String)]

    init(
        _ mapping: ScenarioMapping,
        of identity: PlannedIdentity,
        for application: PlannedApplication,
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
        ].map { (name: "{\($0)}", value: $1) }
    }

    /// Replaces all placeholders in a text.
    func fill(_ text: String) -> String {
        replacements.reduce(text) { $0.replacingOccurrences(of: $1.name, with: $1.value) }
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
        return JSONValue.object(["Version": .string("2012-10-17"), "Statement": .array([.object(statement)])])
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
