package import Federation

/// The OIDC provider that an AWS account knows the tenant by.
package struct DesiredProvider: Hashable, Sendable {
    /// The tokens' `iss`, with its final slash.
    package let issuer: String
    /// `arn:aws:iam::ACCOUNT:oidc-provider/sts.windows.net/TENANT/`, the slash kept.
    package let arn: String
    /// The audiences it must take; it may take others.
    package let clientIDs: [String]

    /// What its ARN and its condition keys begin with: the issuer without `https://`.
    package var hostAndPath: String { OIDCProvider.hostAndPath(of: issuer) }
    /// The same provider without the slash at the end, or with one: what is often registered by mistake.
    package var nearMissARN: String { arn.hasSuffix("/") ? String(arn.dropLast()) : arn + "/" }
}

/// The IAM role, with who may assume it and what it may do.
package struct DesiredRole: Hashable, Sendable {
    package let arn: RoleARN
    /// Who may assume it, for all mappings together.
    package let callers: [TrustedCaller]
    /// `MaxSessionDuration`, 1 h to 12 h.
    package let maximumSession: Duration
    /// Whether the configuration names that duration; else a longer one of an existing role is as good.
    package let choosesMaximumSession: Bool
    /// ARNs of managed policies to attach; others that are attached stay.
    package let managedPolicies: [String]
    /// Inline policies by name; others stay.
    package let inlinePolicies: [DesiredInlinePolicy]

    /// `Description` of a role that is made.
    package static let description = "Assumed with tokens of Azure managed identities"

    package var name: String { arn.name }

    /// The role's path: `/`, or `/teams/audit/`.
    package var path: String {
        let segments = arn.arn.resource.split(separator: "/").dropFirst().dropLast()
        return segments.isEmpty ? "/" : "/" + segments.joined(separator: "/") + "/"
    }

    /// What its trust policy must let in, one grant for each provider and audience.
    ///
    /// - Parameter principalIDs: The object ids that the directory told, where the configuration leaves them out.
    /// - Returns: `nil` while some identity's object id is not known.
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

    /// The trust policy of a role that is new.
    ///
    /// - Parameter principalIDs: As for ``grants(principalIDs:)``.
    /// - Returns: `nil` while some identity's object id is not known.
    package func trustPolicy(principalIDs: [ManagedIdentity.ID: String] = [:]) -> JSONValue? {
        grants(principalIDs: principalIDs).map { TrustDocument(grants: $0).json }
    }
}

/// An identity that may assume a role with a token for an audience.
package struct TrustedCaller: Hashable, Sendable {
    package let identity: ManagedIdentity.ID
    /// What the identity is called in the clouds.
    package let identityName: String
    /// The token's `sub`, where the configuration knows it.
    package let principalID: String?
    /// The token's `aud`.
    package let audience: String
    package let providerARN: String
}

/// A policy that is part of a role.
package struct DesiredInlinePolicy: Hashable, Sendable {
    package let name: String
    /// The document, one JSON object.
    package let document: JSONValue
}
