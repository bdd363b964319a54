package import AWS
import Azure
package import ExchangeEngine
package import Federation
import FoundationEssentials
import Glibc
package import Transport

/// The operator's own AWS credentials, and the clients that use them.
package struct OperatorCredentials: Sendable {
    /// The time limit of a credential process, which may prompt the operator.
    private static let limit = Duration.seconds(60)
    private static let outputSize = 64 * 1024

    private let configuration: LiveConfiguration
    private let variables: [String: String]
    private var transport: HTTPTransport
    private let time: any TimeSource

    /// - Parameters:
    ///   - configuration: The current configuration.
    ///   - variables: The environment of the process or of a lab.
    ///   - transport: Sends the requests.
    ///   - time: The clock.
    package init(
        _ configuration: LiveConfiguration,
        variables: [String: String],
        transport: HTTPTransport,
        time: any TimeSource
    ) {
        self.configuration = configuration
        self.variables = variables
        self.transport = transport
        self.time = time
    }

    /// Returns the same credentials with another transport.
    func sending(with transport: HTTPTransport) -> OperatorCredentials {
        var credentials = self
        credentials.transport = transport
        return credentials
    }

    /// Reads the settings of AWS's tools from the variables and from the files of AWS's tools.
    package static func settings(_ variables: [String: String], _ configuration: Configuration) -> AWSSettings
    {
        let profiles = AWSProfiles(variables: variables)
        return AWSSettings(variables: variables, profiles: profiles, profile: configuration.setup.awsProfile)
    }

    /// Returns the AWS profiles for the accounts of a mapping's role and its hub's role, by account.
    ///
    /// The files of AWS's tools contain the account of some profiles. If a mapping needs a single account, and no
    /// profile has this account, the profile is `setup.aws_profile`. An account without a known profile is omitted.
    package static func profiles(
        for mapping: RoleMapping,
        _ variables: [String: String],
        _ configuration: Configuration
    ) -> [String: String] {
        let settings = settings(variables, configuration)
        let accounts = Set([mapping.roleARN.account] + (mapping.hub.map { [$0.roleARN.account] } ?? []))
        let usual = accounts.count == 1 ? configuration.setup.awsProfile : nil
        return accounts.reduce(into: [:]) { names, account in
            names[account] = settings.credentials(ofAccount: account)?.profile ?? usual
        }
    }

    package var settings: AWSSettings { configuration.aws }
    private var endpoints: Endpoints { configuration.current.endpoints }

    /// The origin of the address of STS (`endpoints.sts`, a variable, or a profile); `nil` for AWS's public address.
    var stsOrigin: String? {
        guard let address = endpoints.sts else { return nil }
        let isOfSettings = (try? settings.address(of: .sts)) == address
        return isOfSettings ? settings.addressOrigin(of: .sts) : "endpoints.sts"
    }

    /// The configured address of IAM; `nil` if `aws` finds the same address in the variables and profiles.
    var iamAddressUnknownToTools: String? { unknownToTools(endpoints.iam, .iam) }
    /// The configured address of STS; `nil` if `aws` finds the same address in the variables and profiles.
    var stsAddressUnknownToTools: String? { unknownToTools(endpoints.sts, .sts) }

    private func unknownToTools(_ address: URL?, _ service: AWSSettings.Service) -> String? {
        guard let address, (try? settings.address(of: service)) != address else { return nil }
        return address.absoluteString
    }

    /// Finds the origin of the operator's credentials.
    ///
    /// - Throws: ``CredentialError`` if the operator has no credentials.
    func found() throws(CredentialError) -> ResolvedCredentials {
        try settings.credentials()
    }

    /// Returns an IAM session for a role's account.
    ///
    /// The session uses the default credentials if they belong to that account, or else a profile for that account.
    /// Without a usable profile, the default credentials determine the result: a session for another account, or a
    /// failure.
    ///
    /// - Parameters:
    ///   - role: The role.
    ///   - usesOwn: Whether credentials from `cambist credential-process` are used. This process requests a token for
    ///     a mapping's audience, which the host may cache for a day.
    /// - Returns: The session, or the reason that there is none.
    func iam(of role: RoleARN, usesOwn: Bool = true) async -> Result<IAMSession, Failure> {
        let chosen = Result { () throws(CredentialError) in try settings.credentials() }
        let usual: Result<IAMSession, Failure>
        if case .success(let own) = chosen, !usesOwn, ProfileImport.isOwn(own.origin) {
            usual = .failure(Failure(ownCredentials: own.source))
        } else {
            usual = await access(chosen, role)
        }
        if case .success(let access) = usual, access.account == role.account { return usual }
        guard let found = settings.credentials(ofAccount: role.account) else { return usual }
        if !usesOwn, ProfileImport.isOwn(found.origin) {
            return .failure(Failure(ownCredentials: found.source))
        }
        let other = await access(.success(found), role)
        if case .success(let access) = other, access.account == role.account { return other }
        return usual
    }

    /// Returns an IAM session with these credentials, for the account of the credentials.
    ///
    /// - Throws: ``Failure`` when the credentials cannot be obtained, or are refused.
    func session(_ found: ResolvedCredentials) async throws(Failure) -> IAMSession {
        do {
            let credentials = try await credentials(found)
            let partition = found.region.flatMap(AWSPartition.init(region:)) ?? .aws
            let client = try stsClient(region: found.region ?? partition.implicitRegion)
            guard let account = try await client.account(of: credentials) else {
                throw Failure(
                    kind: .refused,
                    code: "no-caller-identity",
                    message: "The endpoint of STS has no GetCallerIdentity, so the account is unknown.",
                    fix:
                        "Discovery cannot read the roles at this endpoint; add their mappings with `cambist config "
                        + "edit`."
                )
            }
            return IAMSession(
                client: try iam(partition, as: credentials),
                account: account,
                credentials: found.source,
                profile: found.profile
            )
        } catch let error as CloudError {
            throw error.failure
        } catch let error as Failure {
            throw error
        } catch {
            throw Failure((error as? CredentialError) ?? .none)
        }
    }

    private func access(
        _ found: Result<ResolvedCredentials, CredentialError>,
        _ role: RoleARN
    ) async -> Result<IAMSession, Failure> {
        do {
            let found = try found.get()
            let credentials = try await credentials(found)
            let region = found.region.flatMap { AWSPartition(region: $0) == role.partition ? $0 : nil }
            let client = try stsClient(region: region ?? role.partition.implicitRegion)
            // A server without GetCallerIdentity has only one account, so the role is in that account.
            let account = try await client.account(of: credentials) ?? role.account
            return .success(
                IAMSession(
                    client: try iam(role.partition, as: credentials),
                    account: account,
                    credentials: found.source,
                    profile: found.profile,
                    profileVariable: settings.profileVariable
                )
            )
        } catch let error as CloudError {
            return .failure(error.failure)
        } catch {
            return .failure(Failure((error as? CredentialError) ?? .none))
        }
    }

    /// Reads the credentials from their origin, or requests them.
    ///
    /// - Throws: ``CredentialError`` if the origin yields no credentials.
    func credentials(
        _ found: ResolvedCredentials
    ) async throws(CredentialError) -> SigningCredentials {
        let resolver = CredentialResolver(
            transport: transport,
            endpoint: try sts(region: found.region ?? AWSPartition.aws.implicitRegion),
            time: time,
            run: run
        )
        return try await resolver.credentials(found)
    }

    /// Creates a client for a partition's IAM with these credentials.
    ///
    /// - Throws: ``CredentialError/noEndpoint(_:)`` when the configured address is unusable.
    func iam(
        _ partition: AWSPartition,
        as credentials: SigningCredentials
    ) throws(CredentialError) -> IAMClient {
        do throws(AWSEndpointError) {
            let endpoint = try AWSEndpoint.iam(
                partition: partition,
                variant: settings.variant,
                override: endpoints.iam
            )
            return IAMClient(transport: transport, endpoint: endpoint, credentials: credentials, time: time)
        } catch {
            throw .noEndpoint(error)
        }
    }

    /// Creates a client for a region's STS.
    ///
    /// - Throws: ``CredentialError/noEndpoint(_:)`` when the region is unknown or the configured address is unusable.
    func stsClient(region: String) throws(CredentialError) -> STSClient {
        STSClient(transport: transport, endpoint: try sts(region: region), time: time)
    }

    private func sts(region: String) throws(CredentialError) -> AWSEndpoint {
        do throws(AWSEndpointError) {
            return try AWSEndpoint.sts(
                region: region,
                variant: settings.variant,
                override: endpoints.sts
            )
        } catch {
            throw .noEndpoint(error)
        }
    }

    private func run(_ command: [String]) async -> Result<Data, CredentialResolver.ProcessProblem> {
        guard let name = command.first else { return .failure(.init("it is empty")) }
        let program = Program(
            name: name,
            variables: variables,
            limit: Self.limit,
            outputSize: Self.outputSize
        )
        do throws(Program.Problem) {
            let output = try await program.run(Array(command.dropFirst()), time: time)
            guard output.status == 0 else {
                let lastLine = output.standardError.split(whereSeparator: \.isNewline).last.map(String.init)
                return .failure(
                    .init("it exited with status \(output.status): \(lastLine ?? "nothing on stderr")")
                )
            }
            return .success(output.standardOutput)
        } catch {
            switch error {
            case .notFound: return .failure(.init("the program \(name) does not exist"))
            case .notStarted(let reason): return .failure(.init("\(name) did not start: \(reason)"))
            case .timedOut: return .failure(.init("it did not end in \(DurationText.format(Self.limit))"))
            case .tooMuchOutput: return .failure(.init("its output is too large"))
            case .canceled: return .failure(.init("it was canceled"))
            }
        }
    }
}

extension Failure {
    /// The code of the failure for credentials from cambist that were not requested.
    static let ownCredentialsCode = "own-credentials"

    /// The reason that credentials of this source, which come from cambist, were not requested.
    fileprivate init(ownCredentials source: String) {
        self.init(
            kind: .refused,
            code: Self.ownCredentialsCode,
            message:
                "The \(source) was not checked: its credential_process is cambist, which would request a token.",
            fix: ""
        )
    }

    /// The reason that the operator has no AWS credentials.
    init(_ error: CredentialError) {
        let kind: Kind = if case .refused = error { .refused } else { .unreachable }
        self.init(kind: kind, code: "aws-credentials", message: error.problem, fix: error.fix)
    }
}
