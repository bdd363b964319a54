package import AWS
import Diagnosis
import Federation
import FoundationEssentials
import Transport
import TrustPolicy

/// An IAM client for one account, with the origin of its credentials.
package struct IAMSession: Sendable {
    package let client: IAMClient
    package let account: String
    /// The display name of the credentials, for example `AWS_ACCESS_KEY_ID` or `profile admin`.
    package let credentials: String
    /// The profile in AWS's configuration files that supplied the credentials, if any.
    package let profile: String?
    /// The environment variable that selects another profile.
    package let profileVariable: String

    package init(
        client: IAMClient,
        account: String,
        credentials: String,
        profile: String? = nil,
        profileVariable: String = "AWS_PROFILE"
    ) {
        self.client = client
        self.account = account
        self.credentials = credentials
        self.profile = profile
        self.profileVariable = profileVariable
    }

    /// Reads a role and the OIDC providers of its account.
    ///
    /// Provider details are read only for the token's issuer and for providers that the policy trusts. Any other
    /// provider has only a URL.
    ///
    /// - Throws: ``CloudError`` if the role cannot be read; a missing role is not an error.
    func read(_ role: RoleARN, issuer: String?, at now: Date) async throws(CloudError) -> RoleInspection {
        var inspection = RoleInspection(source: .iam(credentials: credentials), at: now)
        inspection.profile = profile
        do throws(CloudError) {
            let record = try await client.role(role.name)
            // GetRole ignores the path; a role with this name at another path is not the role of this ARN.
            if record.arn == role {
                inspection.role = .found(
                    RoleFacts(
                        maximumSession: record.maxSession,
                        id: record.id,
                        created: record.created,
                        permissionsBoundary: record.permissionsBoundary,
                        tags: record.tags
                    )
                )
                inspection.policy = PolicyEvidence(document: record.trustDocument)
                inspection.policyDocument = PolicyEvidence.json(in: record.trustDocument)
            } else {
                inspection.role = .atOtherPath(record.arn)
            }
        } catch {
            guard error.isMissingEntity else { throw error }
            inspection.role = .missing
        }
        do throws(CloudError) {
            inspection.providers = try await providers(of: role, issuer: issuer, policy: inspection.policy)
        } catch {
            inspection.problem = error.failure
        }
        return inspection
    }

    private func providers(
        of role: RoleARN,
        issuer: String?,
        policy: PolicyEvidence
    ) async throws(CloudError) -> [OIDCProvider] {
        let relevantProviders = relevantProviders(of: role, issuer: issuer, policy: policy)
        let listed: [String]
        do throws(CloudError) {
            listed = try await client.providers()
        } catch {
            // Credentials without permission to list providers may still have permission to read each provider.
            guard error.isDenied else { throw error }
            return try await details(of: relevantProviders)
        }
        let detailed = try await details(of: listed.filter(relevantProviders.contains))
        let others = listed.filter { !relevantProviders.contains($0) }.compactMap(OIDCProvider.init(arn:))
        return detailed + others
    }

    private func details(of arns: [String]) async throws(CloudError) -> [OIDCProvider] {
        var providers: [OIDCProvider] = []
        for arn in arns {
            do throws(CloudError) {
                providers.append(try await client.provider(arn).provider)
            } catch {
                guard error.isMissingEntity else { throw error }
            }
        }
        return providers
    }

    private func relevantProviders(of role: RoleARN, issuer: String?, policy: PolicyEvidence) -> [String] {
        var arns: [String] = []
        if let issuer {
            arns.append(
                OIDCProvider.arn(
                    forIssuer: issuer,
                    account: role.account,
                    partition: role.partition.rawValue
                )
            )
        }
        if case .parsed(let policy) = policy { arns += policy.trustedProviders }
        var seen: Set<String> = []
        return arns.filter { ARN($0)?.account == role.account && seen.insert($0).inserted }
    }
}
