package import Federation

/// The OIDC provider of the tenant in an AWS account.
package struct DesiredProvider: Hashable, Sendable {
    /// The tokens' `iss`, with its trailing slash.
    package let issuer: String
    /// `arn:aws:iam::ACCOUNT:oidc-provider/sts.windows.net/TENANT/`, with the trailing slash.
    package let arn: String
    /// The audiences it must accept; it may accept others.
    package let clientIDs: [String]

    /// The issuer without `https://`, as in the ARN and the condition keys.
    package var hostAndPath: String { OIDCProvider.hostAndPath(of: issuer) }
    /// The ARN of the provider often registered by mistake: the same one without the trailing slash.
    package var nearMissARN: String { arn.hasSuffix("/") ? String(arn.dropLast()) : arn + "/" }
}

/// The IAM role with its callers and policies.
package struct DesiredRole: Hashable, Sendable {
    package let arn: RoleARN
    /// The identities that may assume it, for all mappings together.
    package let callers: [TrustedCaller]
    /// `MaxSessionDuration`, 1 h to 12 h.
    package let maximumSession: Duration
    /// Whether the duration is configured; otherwise a longer one of an existing role is kept.
    package let choosesMaximumSession: Bool
    /// ARNs of managed policies to attach; other attached ones stay.
    package let managedPolicies: [String]
    /// Inline policies by name; others stay.
    package let inlinePolicies: [DesiredInlinePolicy]

    /// `Description` of a new role.
    package static let description = "Assumed with tokens of Azure managed identities"

    package var name: String { arn.name }

    /// The role's path: `/`, or `/teams/audit/`.
    package var path: String {
        let segments = arn.arn.resource.split(separator: "/").dropFirst().dropLast()
        return segments.isEmpty ? "/" : "/" + segments.joined(separator: "/") + "/"
    }

    /// The grants of its trust policy, one for each provider and audience.
    ///
    /// - Parameter principalIDs: The object ids from the directory; the configured ones are the default.
    /// - Returns: `nil` while an identity's object id is unknown.
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

    /// The trust policy of a new role.
    ///
    /// - Parameter principalIDs: As for ``grants(principalIDs:)``.
    /// - Returns: `nil` while an identity's object id is unknown.
    package func trustPolicy(principalIDs: [ManagedIdentity.ID: String] = [:]) -> JSONValue? {
        grants(principalIDs: principalIDs).map { TrustDocument(grants: $0).json }
    }
}

/// An identity that may assume a role with a token for an audience.
package struct TrustedCaller: Hashable, Sendable {
    package let identity: ManagedIdentity.ID
    /// The identity's name in the clouds.
    package let identityName: String
    /// The token's `sub`, if configured.
    package let principalID: String?
    /// The token's `aud`.
    package let audience: String
    package let providerARN: String
}

/// An inline policy of a role.
package struct DesiredInlinePolicy: Hashable, Sendable {
    package let name: String
    /// The document, one JSON object.
    package let document: JSONValue
}
