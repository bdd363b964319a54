import Federation
import FoundationEssentials

extension LabPlan {
    /// The creation date of objects that existed before the lab started.
    private static let beforeStart = Date(timeIntervalSince1970: 1_700_000_000)

    /// Returns the initial state of the simulated Azure at `date`.
    ///
    /// - Throws: An error from the cryptographic library if a key cannot be generated.
    func azure(at date: Date, credentials: ClientCredentials, arcKeys: URL) throws -> AzureState {
        let keys = try EntraSigningKeys(
            period: speed.scaled(scenario.delays.keys),
            tokenLife: speed.scaled(TokenService.managedIdentityLife + TokenService.backdating),
            at: date
        )
        let arc = identities.first { $0.scenario.source == .azureArc && $0.scenario.isAttached }
        var state = AzureState(
            speed: speed,
            seed: seed,
            directory: directory(at: date, credentials: credentials),
            tokens: TokenService(
                speed: speed,
                seed: seed,
                keys: keys,
                lag: speed.scaled(scenario.delays.tokenService)
            ),
            host: IdentityHost(identities: attachedIdentities, speed: speed),
            arcIdentity: arc?.attached,
            cluster: credentials.cluster,
            replication: speed.scaled(scenario.delays.directory),
            minting: scenario.delays.minting,
            resources: resources,
            arcKeys: ArcKeyFiles(directory: arcKeys, seed: seed)
        )
        for token in scenario.cachedTokens {
            try cache(token, in: &state, at: date)
        }
        return state
    }

    private var attachedIdentities: [AttachedIdentity] {
        identities.filter { $0.scenario.source == .instanceMetadata && $0.scenario.isAttached }.map(
            \.attached
        )
    }

    private func directory(at date: Date, credentials: ClientCredentials) -> TenantDirectory {
        var directory = TenantDirectory(tenantID: tenantID)
        register(graph, as: MicrosoftApplication.graph, in: &directory)
        for application in [MicrosoftApplication.resourceManager, .tokenExchange] {
            register(ForeignApplication(application), as: application, in: &directory)
        }
        for identity in identities {
            if identity.isManaged {
                var principal = identity.servicePrincipal(created: Self.beforeStart)
                if !identity.isSystemAssigned {
                    principal.federatedCredentials = credentials.podCredentials
                }
                directory.write(principal, at: nil)
            } else {
                register(identity, credentials: credentials, at: date, in: &directory)
            }
        }
        for application in applications {
            register(application, at: date, in: &directory)
        }
        for identity in identities where identity.scenario.isAdministrator {
            for permission in [GraphPermission.writeApplications, .writeAssignments] {
                assign(
                    identity,
                    to: permission.role.id,
                    of: seed.guid(MicrosoftApplication.graph.name),
                    in: &directory,
                    at: nil
                )
            }
        }
        return directory
    }

    private var graph: ForeignApplication {
        var graph = ForeignApplication(MicrosoftApplication.graph)
        graph.roles = GraphPermission.allCases.map(\.role)
        return graph
    }

    /// Adds the service principal of a Microsoft application.
    private func register(
        _ foreign: ForeignApplication,
        as application: MicrosoftApplication,
        in directory: inout TenantDirectory
    ) {
        let principal = ServicePrincipal(
            objectID: seed.guid(application.name),
            appID: application.appID,
            displayName: application.name,
            kind: .application,
            foreign: foreign,
            created: Self.beforeStart
        )
        directory.write(principal, at: nil)
    }

    private func register(_ planned: PlannedApplication, at date: Date, in directory: inout TenantDirectory) {
        guard planned.scenario.isRegistered else { return }
        directory.write(planned.registration(created: Self.beforeStart), at: nil)
        guard planned.scenario.presence != .missing else { return }
        let principal = ServicePrincipal(
            objectID: planned.servicePrincipalID,
            appID: planned.clientID,
            displayName: planned.name,
            kind: .application,
            isEnabled: planned.scenario.presence == .present,
            requiresAssignment: planned.scenario.requiresAssignment,
            created: Self.beforeStart
        )
        directory.write(principal, at: nil)
        for identity in identities {
            if planned.scenario.assigned.contains(identity.name) {
                assign(identity, to: planned.roleID, of: principal.objectID, in: &directory, at: nil)
            }
            if planned.scenario.justAssigned.contains(identity.name) {
                assign(identity, to: planned.roleID, of: principal.objectID, in: &directory, at: date)
            }
            if planned.scenario.defaultAccess.contains(identity.name) {
                assign(identity, to: AppRole.defaultAccess, of: principal.objectID, in: &directory, at: nil)
            }
        }
    }

    private func register(
        _ identity: PlannedIdentity,
        credentials: ClientCredentials,
        at date: Date,
        in directory: inout TenantDirectory
    ) {
        guard identity.scenario.isRegistered else { return }
        let application = credentials.registration(
            of: identity,
            trusting: managedIdentityCredential.map { [$0] } ?? [],
            created: Self.beforeStart,
            at: date
        )
        directory.write(application, at: nil)
        guard identity.scenario.presence != .missing else { return }
        let principal = ServicePrincipal(
            objectID: identity.principalID,
            appID: identity.clientID,
            displayName: identity.name,
            kind: .application,
            isEnabled: identity.scenario.presence == .present,
            created: Self.beforeStart
        )
        directory.write(principal, at: nil)
    }

    /// A federated identity credential that trusts the identity of the first mapping.
    private var managedIdentityCredential: FederatedCredential? {
        mappings.first.map {
            FederatedCredential(
                name: "managed-identity",
                issuer: Issuer.version2(tenantID),
                subject: $0.identity.principalID,
                audiences: [ForeignApplication.exchangeURI]
            )
        }
    }

    /// Assigns an identity to an app role.
    ///
    /// Without a date, the assignment is immediately visible on all replicas.
    private func assign(
        _ identity: PlannedIdentity,
        to roleID: String,
        of resourceID: String,
        in directory: inout TenantDirectory,
        at date: Date?
    ) {
        let assignment = AppRoleAssignment(
            id: seed.assignmentID("\(identity.principalID) \(resourceID) \(roleID)"),
            principalID: identity.principalID,
            resourceID: resourceID,
            roleID: roleID,
            created: date ?? Self.beforeStart
        )
        directory.write(assignment, at: date)
    }

    private var resources: ResourceStore {
        let contributors = identities.filter(\.scenario.isAdministrator).map(\.principalID)
        var store = ResourceStore(
            subscription: subscription,
            groups: [Self.resourceGroup],
            contributors: Set(contributors)
        )
        for identity in identities
        where identity.scenario.source == .instanceMetadata && !identity.isSystemAssigned {
            store.put(
                StoredIdentity(
                    path: identity.resourceID,
                    location: "westeurope",
                    tags: [:],
                    principalID: identity.principalID,
                    clientID: identity.clientID
                )
            )
        }
        return store
    }

    /// Adds a token of the given age to the platform's cache.
    private func cache(_ token: ScenarioCachedToken, in state: inout AzureState, at date: Date) throws {
        let view = state.directory.newest
        guard let identity = identities.first(where: { $0.name == token.identity }),
            let application = applications.first(where: { $0.name == token.application }),
            let principal = view.servicePrincipal(identity.principalID),
            let target = view.servicePrincipal(named: application.audience)
        else { return }
        let contents = TokenContents(
            .application(principal, roles: token.roles, proof: .certificate),
            resource: application.audience,
            target: target,
            in: view
        )
        let issued = date - speed.scaled(token.age).seconds
        state.host.keep(try state.tokens.make(contents, at: issued), of: identity.attached)
    }
}

extension PlannedIdentity {
    fileprivate var attached: AttachedIdentity {
        AttachedIdentity(
            principalID: principalID,
            clientID: clientID,
            resourceID: resourceID,
            isSystemAssigned: isSystemAssigned,
            fault: scenario.fault
        )
    }

    fileprivate func servicePrincipal(created: Date) -> ServicePrincipal {
        ServicePrincipal(
            objectID: principalID,
            appID: clientID,
            displayName: name,
            kind: .managedIdentity,
            alternativeNames: ["isExplicit=\(isSystemAssigned ? "False" : "True")", resourceID],
            created: created
        )
    }
}

extension PlannedApplication {
    fileprivate func registration(created: Date) -> DirectoryApplication {
        let role = AppRole(
            id: roleID,
            value: scenario.roleValue,
            displayName: scenario.roleValue,
            description: "May request tokens that AWS roles trust",
            memberTypes: scenario.memberTypes
        )
        return DirectoryApplication(
            objectID: objectID,
            appID: clientID,
            displayName: name,
            identifierURIs: identifierURIs,
            tokenVersion: scenario.tokenVersion,
            roles: [role],
            accessTokenClaims: scenario.usesGUIDAudience
                ? [OptionalClaim(name: "aud", additionalProperties: ["use_guid"])] : [],
            created: created
        )
    }
}

extension Seed {
    /// Returns an opaque assignment ID.
    func assignmentID(_ name: String) -> String {
        Data(bytes("assignment \(name)")).base64URL
    }
}
