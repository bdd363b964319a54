import AWS
import Azure
package import Diagnosis
package import ExchangeEngine
package import Federation
import FoundationEssentials
import Propagation
import Transport

/// The explanation of an exchange, and the role inspection on which the explanation is based.
package struct ExplainedExchange: Sendable {
    package let explanation: Explanation
    package let inspection: RoleInspection

    package init(_ explanation: Explanation, _ inspection: RoleInspection) {
        self.explanation = explanation
        self.inspection = inspection
    }
}

/// Collects the evidence for explaining a mapping's exchange.
///
/// Commands and the console share the readers of IAM and the directory. Each result in the readers' caches has the time
/// of the read.
package struct ExplainService: Sendable {
    let engine: Engine
    let roles: RoleInspector
    let directory: DirectoryReader
    let sources: TokenSources
    let keys: IssuerKeys
    let clients: CloudClients
    let configuration: Configuration
    /// The configuration's file; `nil` for a configuration that is not in a file.
    let file: ConfigurationReference?
    /// The environment of the process.
    let variables: [String: String]
    let watches: any WatchStore
    let changeLog: SetupChangeLog
    let time: any TimeSource

    /// The maximum number of trust policy subjects to look up in the directory.
    private static let lookupLimit = 10
    /// The time limit for repeating a failed request of an explained exchange.
    ///
    /// The operator waits for the explanation, so the retries end early. For the instance metadata service, Microsoft
    /// recommends retries after 0, 2, 6, 14, and 30 s; the limit allows the first three. Source: Microsoft, "How to use
    /// managed identities on an Azure VM to acquire an access token", retry guidance.
    private static let retryLimit = Duration.seconds(10)

    /// Runs an exchange with few retries, and reads IAM, the mapping's policy file, and the directory.
    ///
    /// After a failed exchange, the issuer's keys are also read. If a hub of the mapping fails, the evidence is about
    /// the first failing hub.
    package func evidence(of mapping: RoleMapping) async -> (evidence: Evidence, inspection: RoleInspection) {
        for hub in mapping.chain.dropLast() {
            let exchange = await exchange(hub, ExchangeOptions(verifies: false))
            guard exchange.credentials == nil else { continue }
            var found = await self.evidence(of: hub, exchange, isFresh: true)
            found.evidence.spoke = mapping.id
            return found
        }
        return await self.evidence(of: mapping, await exchange(mapping), isFresh: true)
    }

    private func exchange(
        _ mapping: RoleMapping,
        _ options: ExchangeOptions = ExchangeOptions()
    ) async -> Exchange {
        await RetryPolicy.$diagnosisLimit.withValue(Self.retryLimit) {
            await engine.exchange(mapping, options: options)
        }
    }

    /// Explains an exchange that has just ended, without another exchange.
    ///
    /// Results for the role and the directory are reused for up to five minutes.
    package func answer(to exchange: Exchange, of mapping: RoleMapping) async -> ExplainedExchange {
        let (evidence, inspection) = await evidence(of: mapping, exchange, isFresh: false)
        return ExplainedExchange(Explanation(evidence), inspection)
    }

    private func evidence(
        of mapping: RoleMapping,
        _ exchange: Exchange,
        isFresh: Bool
    ) async -> (evidence: Evidence, inspection: RoleInspection) {
        let hasFailed = exchange.record.outcome == .failed
        let inspection = await inspection(
            of: mapping.failedHop(in: exchange.record),
            token: exchange.token,
            checksSignature: hasFailed,
            isFresh: isFresh
        )
        let identity = configuration.identity(mapping.identity)
        var evidence = Evidence(of: exchange.record, mapping: mapping, identity: identity, now: time.now)
        evidence.add(inspection)
        evidence.host = HostFacts(variables: variables)
        evidence.clockOffset = evidence.clockOffset ?? iamClock(for: mapping.roleARN)
        evidence.azureClock = evidence.azureClock ?? entraClock(of: identity)
        return (evidence, inspection)
    }

    /// Reads the evidence for an explanation of the mapping's last exchange, without another exchange.
    ///
    /// - Parameters:
    ///   - mapping: The mapping.
    ///   - issuer: The token's issuer, used if this process has no cached token.
    ///   - isFresh: Whether cached results of IAM and the directory are ignored.
    /// - Returns: The role's inspection, with the facts of the directory and the issuer.
    package func inspection(
        of mapping: RoleMapping,
        issuer: String?,
        isFresh: Bool
    ) async -> RoleInspection {
        let request = TokenRequest(identity: configuration.identity(of: mapping), audience: mapping.audience)
        let token = await clients.tokens.cachedToken(for: request)
        return await inspection(
            of: mapping,
            token: token,
            issuer: issuer,
            checksSignature: true,
            isFresh: isFresh
        )
    }

    private func inspection(
        of mapping: RoleMapping,
        token: AccessToken?,
        issuer: String? = nil,
        checksSignature: Bool,
        isFresh: Bool
    ) async -> RoleInspection {
        let claims = token.flatMap { try? Claims(decoding: $0.rawValue) }
        async let directory = directoryFacts(of: mapping, principal: claims?.objectID, isFresh: isFresh)
        var inspection = await roles.inspection(
            of: mapping,
            issuer: claims?.issuer ?? issuer,
            isFresh: isFresh
        )
        inspection.mapping = mapping.id
        var facts = await directory
        if let hub = await HubPermissionReader(aws: clients.aws).reading(of: mapping) {
            facts.permission = hub.permission
            facts.hubProfile = hub.profile
            facts.hubSource = hub.credentials.map { credentials in
                CloudSource(
                    .aws,
                    account: mapping.hub?.roleARN.account,
                    credentials: credentials,
                    at: time.now
                )
            }
        }
        facts.reader = reader(of: mapping, inspection)
        facts.tools = tools
        facts.speed = configuration.watchSpeed
        facts.endpoint = endpoint(of: mapping)
        let changes = changeLog.changes(of: mapping.id, at: time.now)
        facts.lastChange = [await watchedChange(of: mapping), changes.latest].compactMap(\.self).max()
        facts.changedKinds = changes.kinds
        await addMissingPrincipals(to: &facts, inspection, of: mapping, isFresh: isFresh)
        if claims == nil, let identity = configuration.identity(mapping.identity) {
            facts.assertion = sources.assertion(of: identity)
        }
        if checksSignature, let claims, let token {
            facts.issuer = await keys.evidence(for: claims)
            // If the keys could not be read, the time of the attempt is shown.
            let published = if case .published = facts.issuer { true } else { false }
            facts.issuerAt = published ? await keys.readDate(for: claims) : time.now
            if case .invalid(let reason) = await keys.signature(of: token.rawValue) {
                facts.signatureProblem = reason
            }
        }
        inspection.facts = facts
        return inspection
    }

    private func directoryFacts(
        of mapping: RoleMapping,
        principal: String?,
        isFresh: Bool
    ) async -> CloudFacts {
        var facts = CloudFacts()
        guard let lookup = AppRoleAssignmentLookup(clients) else { return facts }
        facts.directory = configuration.setup.graphIdentity
        let reading = await directory.reading(of: mapping, principal: principal, isFresh: isFresh, lookup)
        facts.directoryAt = reading.at
        switch reading.facts {
        case .success(let assignment): facts.assignment = assignment
        case .failure(let error): facts.directoryProblem = error.failure
        }
        return facts
    }

    /// Reads which subjects of the trust policy do not exist in the directory.
    private func addMissingPrincipals(
        to facts: inout CloudFacts,
        _ inspection: RoleInspection,
        of mapping: RoleMapping,
        isFresh: Bool
    ) async {
        guard facts.directoryProblem == nil, let lookup = AppRoleAssignmentLookup(clients) else { return }
        var evidence = Evidence(request: RequestFacts(mapping: mapping), now: time.now)
        evidence.add(inspection)
        let subjects = Explanation.otherSubjects(in: evidence).sorted().prefix(Self.lookupLimit)
        do throws(CloudError) {
            facts.missingPrincipals = try await directory.missing(Array(subjects), isFresh: isFresh, lookup)
            // Errors are ignored, because the identity may lack the permission to read applications.
            for id in facts.missingPrincipals where (try? await lookup.isApplication(id)) == true {
                facts.applicationIDs.insert(id)
            }
        } catch {
            facts.directoryProblem = error.failure
        }
    }

    private func reader(of mapping: RoleMapping, _ inspection: RoleInspection) -> ReaderFacts? {
        if case .iam(let credentials) = inspection.source {
            return ReaderFacts(
                source: credentials,
                shadowed: clients.aws.settings.shadowed,
                problem: inspection.problem,
                account: mapping.roleARN.account,
                profile: inspection.profile
            )
        }
        return (try? clients.aws.found()).map {
            ReaderFacts(
                source: $0.source,
                shadowed: clients.aws.settings.shadowed,
                problem: inspection.problem
            )
        }
    }

    /// The endpoints and the configuration file for the commands in an explanation.
    private var tools: ToolFacts {
        ToolFacts(
            configuration,
            iam: clients.aws.iamAddressUnknownToTools,
            sts: clients.aws.stsAddressUnknownToTools,
            file: file
        )
    }

    /// Returns AWS's clock offset in the last response of IAM, for an exchange without a response of STS.
    private func iamClock(for role: RoleARN) -> ClockOffset? {
        let iam = try? AWSEndpoint.iam(
            partition: role.partition,
            variant: clients.aws.settings.variant,
            override: configuration.endpoints.iam
        )
        return iam.flatMap { clients.transport.clockOffset(of: $0.url) }
    }

    /// Returns Azure's clock offset in the last response of Entra, for an exchange without a token.
    private func entraClock(of identity: ManagedIdentity?) -> ClockOffset? {
        guard let identity, let tenant = identity.tenantID ?? variables["AZURE_TENANT_ID"] else { return nil }
        let authority =
            identity.settings.authority ?? configuration.endpoints.authority ?? configuration.cloud.authority
        return clients.transport.clockOffset(of: authority.appending(path: tenant))
    }

    /// Returns the address of STS, with its origin and its proxy.
    private func endpoint(of mapping: RoleMapping) -> String? {
        let sts = try? AWSEndpoint.sts(
            region: mapping.region,
            variant: clients.aws.settings.variant,
            override: configuration.endpoints.sts
        )
        guard let url = sts?.url else { return nil }
        let network = configuration.network
        let routes = ProxyRoutes(proxy: network.proxy, exceptions: network.proxyExceptions)
        let proxy = routes.usesProxy(for: url) ? ", through the proxy \(network.proxy?.host() ?? "")" : ""
        return url.absoluteString + (clients.aws.stsOrigin.map { " (\($0))" } ?? "") + proxy
    }

    /// Returns the last change of the mapping's setup that the mapping's watches recorded.
    private func watchedChange(of mapping: RoleMapping) async -> SetupChange? {
        let running = await watches.watches().map(\.watch)
        let past = await watches.pastWatches(limit: 100)
        return (running + past).filter { $0.mapping == mapping.id }.compactMap(\.changed).max()
            .map { SetupChange(at: $0) }
    }
}
