import AWS
import Azure
package import Discovery
import ExchangeEngine
import Federation
import FoundationEssentials
import Transport
import TrustPolicy

/// Proposes mappings for the roles and identities that the operator may read.
///
/// Discovery requests no token for a mapping's audience, because Azure would cache a token without roles for a day.
package struct DiscoveryService: Sendable {
    /// The maximum number of profiles whose accounts are read.
    private static let profileLimit = 200
    /// The maximum number of service principals to look up; the same limit applies to applications.
    private static let lookupLimit = 500
    /// The maximum number of subscriptions whose identities are listed.
    private static let subscriptionLimit = 50
    private static let concurrency = 4

    private let configuration: Configuration
    private let clients: CloudClients
    private let sources: TokenSources
    private let variables: [String: String]

    init(
        configuration: Configuration,
        clients: CloudClients,
        sources: TokenSources,
        variables: [String: String]
    ) {
        self.configuration = configuration
        self.clients = clients
        self.sources = sources
        self.variables = variables
    }

    /// Reads both clouds and this host's files.
    ///
    /// - Parameter progress: Receives a description of each read when the read starts.
    /// - Returns: The proposals; ``DiscoveryReport/unreadable`` lists the sources that could not be read.
    package func report(progress: @escaping @Sendable (String) -> Void) async -> DiscoveryReport {
        async let host = readHost()
        var findings = await accounts(progress)
        let profiles = AWSProfiles(variables: variables)
        findings.profiles = ProfileImport(profiles: profiles, home: variables["HOME"]).found
        findings.unreadable += profiles.problems.map { DiscoveryNote($0.path, "\($0)") }
        let (found, notes) = await host
        findings.host = found
        findings.unreadable += notes
        await readAzure(&findings, progress)
        return DiscoveryReport(findings, configuration)
    }

    // AWS.

    private struct AccountFindings: Sendable {
        var roles: [FoundRole] = []
        var providers: [String: FoundProvider] = [:]
        var failures: [(session: IAMSession, call: String, failure: Failure)] = []
        var listedRoles = false
    }

    private func accounts(_ progress: @escaping @Sendable (String) -> Void) async -> DiscoveryFindings {
        var findings = DiscoveryFindings()
        let (sessions, failures) = await sessions(progress)
        for (name, failure) in failures {
            findings.unreadable.append(
                DiscoveryNote(name, failure.line)
            )
        }
        findings.accountFailures = failures.map(\.failure.kind)
        let byAccount = Dictionary(grouping: sessions, by: \.account).sorted { $0.key < $1.key }
        let read = await Self.concurrently(byAccount) { account, sessions in
            var last = AccountFindings()
            for session in sessions {
                progress("reading roles of account \(account) (\(session.credentials))")
                last = await Self.read(session)
                if last.listedRoles { break }
            }
            return last
        }
        for ((account, _), found) in zip(byAccount, read) {
            findings.roles += found.roles
            findings.providers.merge(found.providers) { first, _ in first }
            if found.listedRoles { findings.accounts.append(account) }
            findings.accountFailures += found.failures.map(\.failure.kind)
            findings.unreadable += found.failures.map { session, call, failure in
                DiscoveryNote(
                    "account \(account), \(call) (\(session.credentials))",
                    failure.codeAndMessage
                )
            }
        }
        return findings
    }

    /// Returns the IAM sessions (default credentials first, profiles last), and the failures.
    private func sessions(
        _ progress: @escaping @Sendable (String) -> Void
    ) async -> ([IAMSession], [(name: String, failure: Failure)]) {
        let aws = clients.aws
        var origins: [(name: String, found: Result<ResolvedCredentials, CredentialError>)] = []
        let usual = Result { () throws(CredentialError) in try aws.found() }
        if (try? usual.get()).map({ !ProfileImport.isOwn($0.origin) }) ?? true {
            origins.append((name: "default AWS credentials", found: usual))
        }
        // Profiles with credentials from cambist are skipped, because such credentials require a token for a mapping's
        // audience.
        var names = aws.settings.profileNames.filter { name in
            (try? aws.settings.credentials(ofProfile: name)).map { !ProfileImport.isOwn($0.origin) } ?? true
        }
        var failures: [(name: String, failure: Failure)] = []
        if names.count > Self.profileLimit {
            let failure = Failure(
                kind: .refused,
                code: "too-many",
                message: "Only the first \(Self.profileLimit) of \(names.count) are read.",
                fix: "To read a further account, set setup.aws_profile to its profile."
            )
            failures.append((name: "AWS profiles", failure: failure))
            names = Array(names.prefix(Self.profileLimit))
        }
        for name in names where (try? usual.get())?.profile != name {
            let found = Result { () throws(CredentialError) in try aws.settings.credentials(ofProfile: name) }
            origins.append((name: "profile \(name)", found: found))
        }
        let results = await Self.concurrently(origins) { name, found -> Result<IAMSession, Failure> in
            progress("reading the account of \(name)")
            do {
                return .success(try await aws.session(try found.get()))
            } catch let failure as Failure {
                return .failure(failure)
            } catch {
                return .failure(Failure((error as? CredentialError) ?? .none))
            }
        }
        var sessions: [IAMSession] = []
        for (origin, result) in zip(origins, results) {
            switch result {
            case .success(let session): sessions.append(session)
            case .failure(let failure): failures.append((name: origin.name, failure: failure))
            }
        }
        return (sessions, failures)
    }

    private static func read(_ session: IAMSession) async -> AccountFindings {
        var found = AccountFindings()
        do throws(CloudError) {
            let records = try await session.client.roles()
            found.listedRoles = true
            found.roles = records.compactMap { record in
                RoleTrust.providers(in: record.trustDocument).isEmpty
                    ? nil
                    : FoundRole(
                        arn: record.arn,
                        trustDocument: record.trustDocument,
                        reader: session.credentials
                    )
            }
        } catch {
            found.failures.append((session, "ListRoles", error.failure))
            return found
        }
        let trusted = Set(found.roles.flatMap { RoleTrust.providers(in: $0.trustDocument) })
        let existing: Set<String>
        do throws(CloudError) {
            existing = Set(try await session.client.providers())
        } catch {
            found.failures.append((session, "ListOpenIDConnectProviders", error.failure))
            return found
        }
        for arn in trusted.sorted() where ARN(arn)?.account == session.account {
            guard existing.contains(arn) else {
                found.providers[arn] = .missing
                continue
            }
            do throws(CloudError) {
                found.providers[arn] = .accepts(
                    try await session.client.provider(arn).provider.clientIDs ?? []
                )
            } catch {
                found.failures.append((session, "GetOpenIDConnectProvider \(arn)", error.failure))
            }
        }
        return found
    }

    // Azure.

    private func readHost() async -> (FoundHost?, [DiscoveryNote]) {
        do throws(TokenSourceError) {
            guard let instance = try await InstanceMetadataClient(sources).instance() else {
                return (
                    nil,
                    [
                        DiscoveryNote(
                            "instance metadata",
                            "The Instance Metadata Service does not respond. This host is not an Azure virtual machine, "
                                + "or a firewall or proxy blocks the requests."
                        )
                    ]
                )
            }
            let host = FoundHost(
                name: instance.name,
                subscription: instance.subscriptionID,
                resourceGroup: instance.resourceGroup
            )
            return (host, [])
        } catch {
            return (nil, [DiscoveryNote("instance metadata", "\(error)")])
        }
    }

    private func readAzure(
        _ findings: inout DiscoveryFindings,
        _ progress: @escaping @Sendable (String) -> Void
    ) async {
        let (graph, resources): (GraphClient, ResourceManagerClient)
        switch clients.azure() {
        case .success(let azure): (graph, resources) = (azure.graph, azure.resources)
        case .failure(let failure):
            findings.unreadable.append(
                DiscoveryNote("Microsoft Graph", failure.message.followed(byFix: failure.fix))
            )
            return
        }
        let tenant: String?
        do throws(CloudError) {
            progress("reading Microsoft Graph")
            tenant = try await graph.tenantID()
        } catch {
            let failure = clients.noToken(error.failure)
            findings.unreadable.append(
                DiscoveryNote(
                    "Microsoft Graph, Azure Resource Manager",
                    failure.line
                )
            )
            return
        }
        if let tenant { await readDirectory(graph, tenant, &findings) }
        progress("reading the managed identities of Azure Resource Manager")
        await readIdentities(resources, &findings)
    }

    private func readDirectory(
        _ graph: GraphClient,
        _ tenant: String,
        _ findings: inout DiscoveryFindings
    ) async {
        let providers = findings.providers
        let pairs = findings.roles.flatMap { RoleTrust(of: $0, providers: providers).pairs }
        let others = Set(pairs.map { $0.issuer.tenant.lowercased() }.filter { $0 != tenant })
        if !others.isEmpty {
            findings.unreadable.append(
                DiscoveryNote(
                    "Microsoft Graph",
                    "The token belongs to tenant \(tenant); nothing was looked up in \(others.sorted().joined(separator: ", "))."
                )
            )
        }
        let own = pairs.filter { $0.issuer.tenant.lowercased() == tenant }
        var subjects = Array(Set(own.map { $0.subject.lowercased() }.filter(\.isGUID))).sorted()
        var audiences = Array(Set(own.map(\.audience))).sorted()
        for (name, count) in [("object IDs", subjects.count), ("audiences", audiences.count)]
        where count > Self.lookupLimit {
            findings.unreadable.append(
                DiscoveryNote(
                    "Microsoft Graph",
                    "Only \(Self.lookupLimit) of \(count) \(name) were looked up."
                )
            )
        }
        subjects = Array(subjects.prefix(Self.lookupLimit))
        audiences = Array(audiences.prefix(Self.lookupLimit))
        var directory = FoundDirectory(tenantID: tenant)
        var failures: Set<String> = []
        let principals = await Self.concurrently(subjects) { subject in
            await Self.principal(subject, graph)
        }
        for (subject, result) in zip(subjects, principals) {
            switch result {
            case .success(let found):
                directory.principals[subject] = .some(found.principal)
                directory.assignments[subject] = found.roles
            case .failure(let failure): failures.insert(failure.codeAndMessage)
            }
        }
        let applications = await Self.concurrently(audiences) { audience in
            await Self.application(audience, graph)
        }
        for (audience, result) in zip(audiences, applications) {
            switch result {
            case .success(let found): directory.applications[audience] = .some(found)
            case .failure(let failure): failures.insert(failure.codeAndMessage)
            }
        }
        findings.directory = directory
        findings.unreadable += failures.sorted().prefix(5).map { DiscoveryNote("Microsoft Graph", $0) }
    }

    private static func principal(
        _ id: String,
        _ graph: GraphClient
    ) async -> Result<(principal: FoundPrincipal?, roles: Set<String>), Failure> {
        do throws(CloudError) {
            guard let record = try await graph.servicePrincipal(id: id) else { return .success((nil, [])) }
            let assignments = try await graph.assignments(ofPrincipal: id)
            return .success(
                (
                    FoundPrincipal(
                        objectID: record.id,
                        clientID: record.appID,
                        name: record.displayName,
                        isManagedIdentity: record.kind == "ManagedIdentity",
                        alternativeNames: record.alternativeNames
                    ),
                    Set(assignments.map(\.appRoleID))
                )
            )
        } catch {
            return .failure(error.failure)
        }
    }

    private static func application(
        _ audience: String,
        _ graph: GraphClient
    ) async -> Result<FoundApplication?, Failure> {
        do throws(CloudError) {
            if let found = try await graph.servicePrincipal(audience: audience) {
                return .success(FoundApplication(found.appID, found.displayName, found.appRoles))
            }
            let found =
                audience.isGUID
                ? try await graph.application(appID: audience)
                : try await graph.application(identifierURI: audience)
            return .success(found.map { FoundApplication($0.appID, $0.displayName, $0.appRoles) })
        } catch {
            return .failure(error.failure)
        }
    }

    private func readIdentities(_ resources: ResourceManagerClient, _ findings: inout DiscoveryFindings) async
    {
        var subscriptions: [String]
        do throws(CloudError) {
            subscriptions = try await resources.subscriptions()
        } catch {
            let failure = error.failure
            findings.unreadable.append(
                DiscoveryNote("Azure Resource Manager", failure.codeAndMessage)
            )
            subscriptions = []
        }
        if let own = findings.host?.subscription, !subscriptions.contains(own) { subscriptions.append(own) }
        if subscriptions.count > Self.subscriptionLimit {
            findings.unreadable.append(
                DiscoveryNote(
                    "Azure Resource Manager",
                    "Only \(Self.subscriptionLimit) of \(subscriptions.count) subscriptions were read."
                )
            )
        }
        let read = Array(subscriptions.prefix(Self.subscriptionLimit))
        let results = await Self.concurrently(read) { subscription in
            do throws(CloudError) {
                return Result<[IdentityRecord], Failure>.success(
                    try await resources.identities(inSubscription: subscription)
                )
            } catch {
                return .failure(error.failure)
            }
        }
        for (subscription, result) in zip(read, results) {
            switch result {
            case .success(let records):
                findings.identities += records.map {
                    FoundIdentity(resourceID: $0.id, principalID: $0.principalID, clientID: $0.clientID)
                }
            case .failure(let failure):
                findings.unreadable.append(
                    DiscoveryNote(
                        "identities of subscription \(subscription)",
                        failure.codeAndMessage
                    )
                )
            }
        }
    }

    /// Returns the results in the order of the values; computes at most four results at a time.
    private static func concurrently<Value: Sendable, Output: Sendable>(
        _ values: [Value],
        _ body: @escaping @Sendable (Value) async -> Output
    ) async -> [Output] {
        await withTaskGroup(of: (Int, Output).self) { group in
            var outputs: [(Int, Output)] = []
            var next = 0
            while outputs.count < values.count {
                while next < values.count, next - outputs.count < concurrency {
                    let (index, value) = (next, values[next])
                    group.addTask { (index, await body(value)) }
                    next += 1
                }
                if let output = await group.next() { outputs.append(output) }
            }
            return outputs.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

extension FoundApplication {
    fileprivate init(_ clientID: String, _ name: String, _ roles: [AppRoleRecord]) {
        let pairs = roles.filter(\.allowsApplications).compactMap { role in role.value.map { (role.id, $0) } }
        self.init(clientID: clientID, name: name, roles: Dictionary(pairs) { first, _ in first })
    }
}
