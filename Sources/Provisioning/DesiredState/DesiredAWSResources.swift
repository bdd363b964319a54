package import Federation
import TrustPolicy

/// The OIDC provider for a tenant in an AWS account.
package struct DesiredProvider: Hashable, Sendable {
    /// The `iss` claim of tokens, with the trailing slash.
    package let issuer: String
    /// The ARN with the trailing slash, such as `arn:aws:iam::ACCOUNT:oidc-provider/sts.windows.net/TENANT/`.
    package let arn: String
    /// The audiences that the provider must accept; the provider may accept further audiences.
    package let clientIDs: [String]
    /// The thumbprints that the provider must have, besides those that IAM retrieves; usually none.
    package let thumbprints: [String]
    /// Whether the displayed name includes the account.
    package var isQualified = false

    /// The issuer without `https://`, as used in the ARN and in condition keys.
    package var hostAndPath: String { OIDCProvider.hostAndPath(of: issuer) }
    /// The ARN that differs only in the trailing slash; operators often create a provider with this ARN by mistake.
    package var nearMissARN: String { arn.hasSuffix("/") ? String(arn.dropLast()) : arn + "/" }
}

/// An IAM role, with its policies and the identities that may assume it.
package struct DesiredRole: Hashable, Sendable {
    package let arn: RoleARN
    /// The identities that may assume the role with tokens, from all of the role's ``mappings``.
    package let callers: [TrustedCaller]
    /// The roles whose sessions may assume the role.
    package let hubs: [HubGrant]
    /// The mappings that assume the role.
    package let mappings: [RoleMapping]
    /// `MaxSessionDuration`, 1–12 h.
    package let maximumSession: Duration
    /// Whether the configuration sets the duration; if not, an existing role keeps a longer duration.
    package let choosesMaximumSession: Bool
    /// The ARNs of managed policies to attach; other attached policies are kept.
    package let managedPolicies: [String]
    /// The inline policies to create or replace; inline policies with other names are kept.
    package let inlinePolicies: [DesiredInlinePolicy]
    /// Whether the displayed name includes the account.
    package var isQualified = false
    /// Whether the displayed name of the role's provider includes the account.
    var qualifiesProviders = false

    /// The `Description` of a new role that identities assume.
    package static let description = "Assumed with tokens of Azure managed identities"
    /// The `Description` of a new role that only other roles assume.
    static let chainedDescription = "Assumed by other roles of cambist's mappings"

    package var name: String { arn.name }

    /// The role's object in a plan.
    var id: SetupObject.ID { .role(arn, isQualified: isQualified) }

    /// The role's path, such as `/` or `/teams/audit/`.
    package var path: String {
        let segments = arn.arn.resource.split(separator: "/").dropFirst().dropLast()
        return segments.isEmpty ? "/" : "/" + segments.joined(separator: "/") + "/"
    }

    /// Returns the grants of the role's trust policy, one for each provider and audience.
    ///
    /// - Parameter principalIDs: The object IDs in the directory; for other identities, the configured IDs are used.
    /// - Returns: The grants; `nil` if the object ID of an identity is unknown.
    package func grants(principalIDs: [ManagedIdentity.ID: String] = [:]) -> [TrustGrant]? {
        var grants: [TrustGrant] = []
        for caller in callers {
            guard let subject = principalIDs[caller.identity] ?? caller.principalID else { return nil }
            let index = grants.firstIndex {
                $0.providerARN == caller.providerARN && $0.audience == caller.audience
            }
            if let index {
                grants[index].add(subject)
            } else {
                grants.append(
                    TrustGrant(
                        providerARN: caller.providerARN,
                        audience: caller.audience,
                        subjects: [subject]
                    )
                )
            }
        }
        return grants
    }

    /// Returns the calls with which the mappings assume the role; omits identities with unknown object IDs.
    ///
    /// - Parameters:
    ///   - principalIDs: See ``grants(principalIDs:)``.
    ///   - clientIDs: The client IDs in the directory.
    /// - Returns: The calls, in the order of the mappings.
    package func calls(
        principalIDs: [ManagedIdentity.ID: String] = [:],
        clientIDs: [ManagedIdentity.ID: String] = [:]
    ) -> [AssumptionCall] {
        mappings.compactMap { mapping -> AssumptionCall? in
            if mapping.hub != nil { return AssumptionCall(mapping: mapping, grant: nil) }
            let caller = callers.first {
                $0.identity == mapping.identity && $0.audience == mapping.audience
            }
            guard let caller, let subject = principalIDs[caller.identity] ?? caller.principalID else {
                return nil
            }
            let grant = TrustGrant(
                providerARN: caller.providerARN,
                audience: caller.audience,
                subjects: [subject]
            )
            return AssumptionCall(
                mapping: mapping,
                grant: grant,
                clientID: clientIDs[caller.identity],
                resourceID: caller.resourceID
            )
        }
    }

    /// Returns the trust policy of a new role.
    ///
    /// - Parameter principalIDs: See ``grants(principalIDs:)``.
    /// - Returns: The policy; `nil` if the object ID of an identity is unknown.
    package func trustPolicy(principalIDs: [ManagedIdentity.ID: String] = [:]) -> JSONValue? {
        grants(principalIDs: principalIDs).map { TrustDocument(grants: $0, hubs: hubs).json }
    }
}

/// An identity that may assume a role with a token for an audience.
package struct TrustedCaller: Hashable, Sendable {
    package let identity: ManagedIdentity.ID
    /// The identity's name in Azure.
    package let identityName: String
    /// The token's `sub` claim, if configured.
    package let principalID: String?
    /// The Azure Resource Manager ID, if configured.
    package let resourceID: String?
    /// The token's `aud` claim.
    package let audience: String
    package let providerARN: String
}

/// The call with which a mapping assumes its role.
package struct AssumptionCall: Hashable, Sendable {
    package let mapping: RoleMapping
    /// The grant to the mapping's identity; `nil` for a mapping with a hub.
    package let grant: TrustGrant?
    /// The identity's client ID; `nil` if it is unknown.
    package var clientID: String?
    /// The identity's Azure Resource Manager ID; `nil` if it is unknown.
    package var resourceID: String?

    /// The claims that setup determines for the identity's version 1 token; `nil` for a mapping with a hub.
    ///
    /// Every other claim counts as absent.
    var claims: Claims? {
        guard let grant, let subject = grant.subjects.first else { return nil }
        var payload: [String: JSONValue] = [
            "iss": .string("https://\(grant.provider)"), "aud": .string(grant.audience),
            "sub": .string(subject), "oid": .string(subject), "idtyp": .string("app"), "ver": .string("1.0"),
            "roles": .array([.string(mapping.appRole ?? DesiredAppRole.defaultValue)]),
        ]
        payload["appid"] = clientID.map(JSONValue.string)
        payload["tid"] = EntraIssuer(url: grant.provider).map { .string($0.tenant) }
        payload["xms_mirid"] = resourceID.map(JSONValue.string)
        return Claims(header: [:], payload: payload)
    }
}

/// An inline policy of a role.
package struct DesiredInlinePolicy: Hashable, Sendable {
    package let name: String
    /// The policy document, a JSON object.
    package let document: JSONValue
}
