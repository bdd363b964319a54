import AWS
import Diagnosis
import ExchangeEngine
import Federation
import Transport
import TrustPolicy

/// Reads from IAM whether a hub's role may assume the role of a spoke.
struct HubPermissionReader {
    let aws: OperatorCredentials

    /// A hub's permission, and the credentials that read it.
    struct Reading {
        let permission: HubPermission
        /// The AWS profile for the hub's account, if any.
        var profile: String?
        /// The display name of the credentials; `nil` if not all policies were read.
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
        var names: [String] = []
        var policies: [PermissionPolicy] = []
        for name in try await iam.policyNames(of: hub.name) {
            guard let policy = PermissionPolicy(document: try await iam.policy(name, of: hub.name)) else {
                return .unknown("the inline policy \(name) is not readable")
            }
            names.append(name)
            policies.append(policy)
        }
        var unreadable: String?
        for attached in try await iam.attachedPolicies(of: hub.name) {
            names.append(attached.name)
            if let policy = await document(of: attached, iam).flatMap(PermissionPolicy.init(document:)) {
                policies.append(policy)
            } else {
                unreadable = "the policy \(attached.arn) is not readable"
            }
        }
        var isConditional = false
        for action in ["sts:AssumeRole"] + mapping.furtherActions {
            switch PermissionPolicy.decide(
                policies,
                action: action,
                resource: mapping.roleARN.description
            ) {
            case .allowed: continue
            case .conditional: isConditional = true
            case .denied: return .denied(action: action)
            case .notAllowed:
                return unreadable.map { .unknown($0) } ?? .missing(action: action, policies: names)
            }
        }
        return isConditional ? .conditional : .allowed
    }

    private func document(of policy: AttachedPolicy, _ iam: IAMClient) async -> String? {
        guard let version = try? await iam.managedPolicy(policy.arn).defaultVersion else { return nil }
        return try? await iam.document(ofPolicy: policy.arn, version: version)
    }
}
