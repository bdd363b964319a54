import AWS
import Azure
import ConfigurationFile
import CredentialDelivery
import Diagnosis
import ExchangeEngine
import Federation
import FoundationEssentials
import Glibc
import Transport

/// Checks this machine: configuration, network, files, keyring, terminal, clouds, and token sources.
package struct DoctorChecks: Sendable {
    package typealias Check = DoctorReport.Check

    private static let bounds = RequestBounds(total: .seconds(5), bodySize: 256 * 1024)
    /// The maximum number of regions whose STS is checked.
    private static let regionLimit = 5
    /// The maximum number of accounts whose credentials are checked.
    private static let accountLimit = 5

    private let context: ApplicationContext
    private let text: ConfigurationText
    private let problem: Check?
    private let isTerminal: Bool

    /// - Parameters:
    ///   - context: The services to check.
    ///   - text: The configuration's text.
    ///   - problem: The reason that the configuration cannot be used, if any.
    ///   - isTerminal: Whether stdout is a terminal.
    package init(_ context: ApplicationContext, text: ConfigurationText, problem: Check?, isTerminal: Bool) {
        self.context = context
        self.text = text
        self.problem = problem
        self.isTerminal = isTerminal
    }

    private var configuration: Configuration { context.configuration.current }

    /// Runs all checks.
    package func report() async -> DoctorReport {
        async let clouds = clouds()
        async let accounts = accounts()
        async let fleet = Self.fleet(context)
        async let survey = context.sources.survey()
        let local =
            [Machine.check, settings] + network + [namedFiles, state, keyring, terminal].compactMap(\.self)
        return DoctorReport(
            checks: local + (await clouds) + (await accounts) + [await fleet].compactMap(\.self),
            survey: await survey,
            identities: configuration.identities
        )
    }

    private var settings: Check {
        if let problem { return problem }
        let mappings = Count(configuration.mappings.count, "mapping")
        let identities = Count(configuration.identities.count, "identity", "identities")
        let cloud = text.settings().first { $0.keys == ["cloud"] }
        let national =
            cloud.flatMap { $0.origin == .builtIn ? nil : ", cloud \($0.text) (\($0.origin))" } ?? ""
        return Check("configuration", .ok, "\(text.path), \(mappings), \(identities)\(national)")
    }

    private var state: Check? {
        guard let directory = text.stateDirectory else { return nil }
        guard FileManager.default.fileExists(atPath: directory) else {
            return Check("state", .missing, "\(directory), created when needed")
        }
        let isWritable = FileManager.default.isWritableFile(atPath: directory)
        return Check("state", isWritable ? .ok : .trouble, directory + (isWritable ? "" : ", not writable"))
    }

    private var keyring: Check {
        do throws(KeyringError) {
            _ = try Keyring().read("doctor")
            return Check("keyring", .ok, "kernel keyring; caches credentials between runs")
        } catch {
            return Check("keyring", .trouble, error.description)
        }
    }

    private var terminal: Check {
        let type = context.variables["TERM"] ?? ""
        let isCapable = !["", "dumb", "unknown"].contains(type)
        return Check(
            "terminal",
            isTerminal && isCapable ? .ok : .missing,
            "TERM is \(type.isEmpty ? "not set" : type); stdout is \(isTerminal ? "a" : "not a") terminal"
        )
    }
}

// The network.
extension DoctorChecks {
    /// The checks of the proxy and the certificate authorities, with the origin of each setting.
    private var network: [Check] {
        let network = configuration.network
        return [
            Check("proxy", .ok, network.proxy.map(proxy) ?? "none"),
            network.hasReadableAuthorities
                ? Check(
                    "authorities",
                    .ok,
                    network.caFile.map { "\($0)\(origin("ca_file")) and the system's" } ?? "the system's"
                )
                : Check(
                    "authorities",
                    .trouble,
                    "\(network.caFile ?? "")\(origin("ca_file")) is not a readable PEM file of CA certificates"
                ),
        ]
    }

    private func proxy(_ proxy: URL) -> String {
        let address = (proxy.host() ?? "?") + (proxy.port.map { ":\($0)" } ?? "")
        let exceptions = configuration.network.proxyExceptions
        let direct = (exceptions + ["loopback and link-local always"]).joined(separator: ", ")
        return
            "through \(address)\(origin("proxy")); direct: \(direct)\(exceptions.isEmpty ? "" : origin("no_proxy"))"
    }

    /// The origin of a value of `network:`, in parentheses.
    private func origin(_ key: String) -> String {
        let setting = text.settings().first { $0.keys == ["network", key] }
        return setting.map { " (\($0.origin))" } ?? ""
    }

    /// Sends a request to each endpoint of both clouds concurrently, and compares the clocks.
    private func clouds() async -> [Check] {
        let endpoints = endpoints
        let answers = await withTaskGroup(of: (Int, EndpointAnswer?).self) { group in
            for (index, endpoint) in endpoints.enumerated() {
                group.addTask { (index, await answer(of: endpoint)) }
            }
            return await group.reduce(into: [Int: EndpointAnswer?]()) { $0[$1.0] = $1.1 }
        }.sorted { $0.key < $1.key }.compactMap(\.value)
        let clocks = ClockComparison(
            aws: answers.compactMap { $0.server == .aws ? $0.offset : nil }.first,
            azure: answers.compactMap { $0.server == .azure ? $0.offset : nil }.first
        )
        return answers.map { $0.check(clocks) } + [Check(clocks)].compactMap(\.self)
    }

    private typealias Endpoint = (name: String, server: ClockComparison.Server, url: URL?)

    private var endpoints: [Endpoint] {
        let endpoints = configuration.endpoints
        let cloud = configuration.cloud
        let authority = endpoints.authority ?? cloud.authority
        let azure: [Endpoint] = [
            (
                name: "entra", server: .azure,
                url: authority.appending(path: "common/.well-known/openid-configuration")
            )
        ]
        let management: [Endpoint] = [
            (name: "graph", server: .azure, url: endpoints.graph ?? cloud.graph),
            (name: "arm", server: .azure, url: endpoints.arm ?? cloud.arm),
        ]
        return azure + stsEndpoints + management + iamEndpoints
    }

    private var stsEndpoints: [Endpoint] {
        let override = configuration.endpoints.sts
        let regions = Set(configuration.mappings.map(\.region)).sorted().prefix(Self.regionLimit)
        let all = (regions.isEmpty ? ["us-east-1"] : Array(regions)).map { region -> Endpoint in
            let sts = try? AWSEndpoint.sts(
                region: region,
                variant: context.operatorCredentials.settings.variant,
                override: override
            )
            return (name: override == nil ? "sts \(region)" : "sts", server: .aws, url: sts?.url)
        }
        return override == nil ? all : Array(all.prefix(1))
    }

    /// The IAM endpoints for the partitions of the configured roles, or only `endpoints.iam`.
    ///
    /// Without mappings, the partition is `aws`.
    private var iamEndpoints: [Endpoint] {
        let override = configuration.endpoints.iam
        let used = Set(configuration.mappings.map(\.roleARN.partition))
        let partitions = AWSPartition.allCases.filter { used.contains($0) || used.isEmpty && $0 == .aws }
        let all = partitions.map { partition -> Endpoint in
            let endpoint = try? AWSEndpoint.iam(
                partition: partition,
                variant: context.operatorCredentials.settings.variant,
                override: override
            )
            let name = partition == .aws ? "iam" : "iam \(partition.rawValue)"
            return (name: name, server: .aws, url: endpoint?.url)
        }
        return override == nil ? all : Array(all.prefix(1))
    }

    /// Checks the credentials that explanations and setups would use for the accounts of the roles.
    private func accounts() async -> [Check] {
        var roles: [RoleARN] = []
        for role in configuration.mappings.map(\.roleARN)
        where !roles.contains(where: { $0.account == role.account }) {
            roles.append(role)
        }
        let credentials = context.operatorCredentials
        let unchecked = roles.count - Self.accountLimit
        let rest = unchecked > 0 ? [Check("accounts", .missing, "\(unchecked) more are not checked")] : []
        return await withTaskGroup(of: (Int, Check).self) { group in
            for (index, role) in roles.prefix(Self.accountLimit).enumerated() {
                group.addTask {
                    (index, Self.check(role.account, await credentials.iam(of: role, usesOwn: false)))
                }
            }
            return await group.reduce(into: [Int: Check]()) { $0[$1.0] = $1.1 }
        }.sorted { $0.key < $1.key }.map(\.value) + rest
    }

    /// Credentials for IAM are optional, so their absence is not an error.
    private static func check(_ account: String, _ access: Result<IAMSession, Failure>) -> Check {
        let name = "account \(account)"
        switch access {
        case .success(let session) where session.account == account:
            return Check(name, .ok, "IAM is read using \(session.credentials)")
        case .success(let session):
            let found =
                "the credentials that were found (\(session.credentials)) are for account \(session.account)"
            return Check(name, .missing, "\(found); explain and setup cannot read IAM of this account")
        case .failure(let failure) where failure.code == Failure.ownCredentialsCode:
            return Check(name, .missing, failure.message)
        case .failure(let failure):
            return Check(
                name,
                .missing,
                "\(failure.message) Exchanges need no AWS credentials; "
                    + "explain and setup cannot read IAM of this account"
            )
        }
    }

    /// Sends a request to an endpoint; any response proves that the endpoint is reachable.
    ///
    /// Returns `nil` if the endpoint has no URL.
    private func answer(of endpoint: Endpoint) async -> EndpointAnswer? {
        guard let url = endpoint.url else { return nil }
        let route = routes.usesProxy(for: url) ? " (through the proxy)" : ""
        do throws(TransportError) {
            let response = try await context.transport.send(
                HTTPRequest(.get, url, operation: "reachability"),
                bounds: Self.bounds
            )
            let address = (url.host() ?? "") + (url.port.map { ":\($0)" } ?? "")
            return EndpointAnswer(
                name: endpoint.name,
                server: endpoint.server,
                isReachable: true,
                detail: "\(address) responds\(route)",
                offset: response.clockOffset
            )
        } catch {
            return EndpointAnswer(
                name: endpoint.name,
                server: endpoint.server,
                isReachable: false,
                detail: error.description + route,
                offset: nil
            )
        }
    }

    private var routes: ProxyRoutes {
        ProxyRoutes(proxy: configuration.network.proxy, exceptions: configuration.network.proxyExceptions)
    }
}

// The files to which the configuration refers.
extension DoctorChecks {
    private var namedFiles: Check? {
        let settings = configuration.identities.map(\.settings)
        let secrets = settings.flatMap { [$0.secretFile, $0.certificateFile] }.compactMap(\.self)
        let others =
            settings.compactMap(\.tokenFile)
            + configuration.mappings.flatMap { [$0.policyFile, $0.trustPolicyFile] }.compactMap(\.self)
        let files = Set(secrets + others)
        guard !files.isEmpty else { return nil }
        let unreadable = files.filter { !FileManager.default.isReadableFile(atPath: $0) }.sorted()
        let open = Set(secrets).filter(Self.isOpenToOthers).sorted()
        let problems =
            (unreadable.isEmpty ? [] : ["not readable: \(unreadable.joined(separator: ", "))"])
            + (open.isEmpty
                ? [] : ["secrets that others may read (chmod 600): \(open.joined(separator: ", "))"])
        return problems.isEmpty
            ? Check("files", .ok, "\(files.count) named by the configuration, all readable")
            : Check("files", .trouble, problems.joined(separator: "; "))
    }

    private static func isOpenToOthers(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }
}

/// The response of an endpoint, and the endpoint's clock.
private struct EndpointAnswer: Sendable {
    let name: String
    let server: ClockComparison.Server
    let isReachable: Bool
    let detail: String
    /// The endpoint's clock minus this host's; `nil` if the response had no date.
    let offset: ClockOffset?

    /// Returns the check of the endpoint.
    ///
    /// A clock difference counts as the endpoint's problem, unless this host's clock is wrong.
    func check(_ clocks: ClockComparison) -> DoctorReport.Check {
        let isOff = offset?.isNotable == true && clocks.verdict != .host
        let clock = offset.map { "; its clock differs from this host's by \($0)" } ?? ""
        return DoctorReport.Check(name, isReachable && !isOff ? .ok : .trouble, detail + clock)
    }
}

extension DoctorReport.Check {
    /// Creates the check of the clouds' clocks against this host's clock; `nil` if no clock was measured.
    init?(_ clocks: ClockComparison) {
        guard clocks.aws != nil || clocks.azure != nil else { return nil }
        let text = clocks.summary.map { "\($0) \(clocks.lineOfFix)" } ?? "the measured clocks agree"
        self.init("clocks", clocks.summary == nil ? .ok : .trouble, "\(text) (\(clocks.evidence))")
    }
}
