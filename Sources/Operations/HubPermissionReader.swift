import AWS
import Diagnosis
import ExchangeEngine
import Federation
import Transport
import TrustPolicy

/// Reads from IAM whether the role of a mapping's hub may assume the mapping's role.
struct HubPermissionReader {
    let aws: OperatorCredentials

    /// The permission of a hub's role, and the credentials for reading it.
    struct Reading {
        let permission: HubPermission
        /// The AWS profile for the hub's account, if any.
        var profile: String?
        /// The display name of the credentials for reading the permission; `nil` if the permission is unknown.
        var credentials: String?
    }

    /// Returns the hub's permission; `nil` for a mapping without a hub.
    func reading(of mapping: RoleMapping) async -> Reading? {
        guard let hub = mapping.hub else { return nil }
        switch await aws.iam(of: hub.roleARN) {
        case .failure(let failure): return Reading(permission: .unknown(failure.message))
        case .success(let session) where session.account != hub.roleARN.account:
            return Reading(permission: .unknown("no credentials of account \(hub.roleARN.account)"))
        case .success(let session):
            do throws(CloudError) {
                let found = try await permission(of: mapping, hub.roleARN, session.client)
                let isKnown = if case .unknown = found { false } else { true }
                return Reading(
                    permission: found,
                    profile: session.profile,
                    credentials: isKnown ? session.credentials : nil
                )
            } catch {
                return Reading(permission: .unknown(error.failure.message), profile: session.profile)
            }
        }
    }

    private func permission(
        of mapping: RoleMapping,
        _ hub: RoleARN,
        _ iam: IAMClient
    ) async throws(CloudError) -> HubPermission {
        let boundary = try await iam.role(hub.name).permissionsBoundary
        var policies: [HubPermission.Policy] = []
        for name in try await iam.policyNames(of: hub.name) {
            policies.append(
                HubPermission.Policy(name: name, document: try await iam.policy(name, of: hub.name))
            )
        }
        for attached in try await iam.attachedPolicies(of: hub.name) {
            do throws(CloudError) {
                let version = try await iam.managedPolicy(attached.arn).defaultVersion
                let document = try await iam.document(ofPolicy: attached.arn, version: version)
                policies.append(HubPermission.Policy(name: attached.name, document: document))
            } catch {
                policies.append(HubPermission.Policy(name: attached.name, unreadable: error.failure.message))
            }
        }
        return HubPermission(
            of: policies,
            boundary: boundary,
            actions: ["sts:AssumeRole"] + mapping.furtherActions,
            role: mapping.roleARN
        )
    }
}
