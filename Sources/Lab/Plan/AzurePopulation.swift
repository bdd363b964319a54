import Federation
import Foundation

extension LabPlan {
    /// The simulated Azure as the scenario has it at `date`.
    ///
    /// - Throws: What the cryptographic library throws when no keys can be made.
    func azure(at date: Date) throws -> AzureState {
        var directory = Directory(tenantID: tenantID)
        for identity in identities {
            directory.write(servicePrincipal(of: identity), at: nil)
        }
        for application in applications {
            register(application, in: &directory)
        }
        let keys = try SigningKeys(
            turn: pace.scaled(scenario.delays.keys),
            tokenLife: pace.scaled(TokenService.managedIdentityLife + TokenService.backdating),
            at: date
        )
        let tokens = TokenService(
            pace: pace,
            seed: seed,
            keys: keys,
            lag: pace.scaled(scenario.delays.tokenService)
        )
        let host = IdentityHost(identities: identities.map(\.attached), pace: pace)
        return AzureState(
            pace: pace,
            seed: seed,
            directory: directory,
            tokens: tokens,
            host: host,
            arcIdentity: nil,
            cluster: try ClusterIssuer(seed: seed, pace: pace, at: date),
            arcKeys: nil
        )
    }

    /// What has always been in a directory was made on that day.
    private static let longAgo = Date(timeIntervalSince1970: 1_700_000_000)

    private func servicePrincipal(of identity: PlannedIdentity) -> ServicePrincipal {
        ServicePrincipal(
            objectID: identity.principalID,
            appID: identity.clientID,
            displayName: identity.name,
            kind: .managedIdentity,
            alternativeNames: [
                "isExplicit=\(identity.isSystemAssigned ? "False" : "True")", identity.resourceID,
            ],
            created: Self.longAgo
        )
    }

    private func register(_ planned: PlannedApplication, in directory: inout Directory) {
        let application = DirectoryApplication(
            objectID: planned.objectID,
            appID: planned.clientID,
            displayName: planned.name,
            identifierURIs: planned.scenario.identifierURIs,
            tokenVersion: planned.scenario.tokenVersion,
            roles: [
                AppRole(
                    id: planned.roleID,
                    value: planned.scenario.roleValue,
                    displayName: planned.scenario.roleValue,
                    description: "May ask for tokens that AWS roles trust",
                    memberTypes: [.application]
                )
            ],
            created: Self.longAgo
        )
        directory.write(application, at: nil)
        let principal = ServicePrincipal(
            objectID: planned.servicePrincipalID,
            appID: planned.clientID,
            displayName: planned.name,
            kind: .application,
            requiresAssignment: planned.scenario.requiresAssignment,
            created: Self.longAgo
        )
        directory.write(principal, at: nil)
        for identity in identities where planned.scenario.assigned.contains(identity.name) {
            let assignment = AppRoleAssignment(
                id: seed.assignmentID("\(identity.name) \(planned.name)"),
                principalID: identity.principalID,
                resourceID: planned.servicePrincipalID,
                roleID: planned.roleID,
                created: Self.longAgo
            )
            directory.write(assignment, at: nil)
        }
    }
}

extension PlannedIdentity {
    fileprivate var attached: AttachedIdentity {
        AttachedIdentity(
            principalID: principalID,
            clientID: clientID,
            resourceID: resourceID,
            isSystemAssigned: isSystemAssigned
        )
    }
}

extension Seed {
    /// The id of an assignment: opaque, as the directory's are.
    func assignmentID(_ name: String) -> String {
        Data(bytes("assignment \(name)")).base64URL
    }
}
