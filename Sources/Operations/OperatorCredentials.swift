import AWS
import Azure
import ExchangeEngine
import Federation
import Foundation
import Transport

/// What the operator may do in AWS: their own credentials, and IAM asked with them.
struct OperatorCredentials: Sendable {
    /// How long a credential process may take; it may ask the operator for something.
    private static let limit = Duration.seconds(60)
    private static let outputSize = 64 * 1024

    /// What AWS's variables and files say.
    let settings: AWSSettings
    /// What says where STS is: `endpoints.sts`, `AWS_ENDPOINT_URL_STS`; `nil` for AWS's public address.
    let stsOrigin: String?
    private let variables: [String: String]
    private let endpoints: Endpoints
    private let transport: HTTPTransport
    private let time: any TimeSource

    /// Reads AWS's files; asks nobody yet.
    ///
    /// `variables` are the environment, or what a lab says in its place.
    init(
        variables: [String: String],
        configuration: Configuration,
        transport: HTTPTransport,
        time: any TimeSource
    ) {
        self.variables = variables
        self.transport = transport
        self.time = time
        let profiles = AWSProfiles(
            config: Self.file("AWS_CONFIG_FILE", "config", variables),
            credentials: Self.file("AWS_SHARED_CREDENTIALS_FILE", "credentials", variables)
        )
        settings = AWSSettings(
            variables: variables,
            profiles: profiles,
            profile: configuration.setup.awsProfile
        )
        stsOrigin = configuration.endpoints.sts == nil ? settings.addressOrigin(of: .sts) : "endpoints.sts"
        endpoints = (try? settings.completed(configuration.endpoints)) ?? configuration.endpoints
    }

    /// Where the operator's credentials come from.
    ///
    /// - Throws: ``CredentialError`` when there are none.
    func found() throws(CredentialError) -> ResolvedCredentials {
        try settings.credentials()
    }

    /// The operator's credentials, got anew.
    ///
    /// - Throws: ``CredentialError`` when there are none, or what gives them does not.
    func credentials() async throws(CredentialError) -> SigningCredentials {
        try await credentials(try found())
    }

    /// IAM asked with credentials for a role's account: the usual ones, else those of a profile of that account.
    ///
    /// When neither are of that account the usual ones are given; a failure says why there are none.
    func iam(of role: RoleARN) async -> Result<IAMSession, Failure> {
        let usual = await access(Result { () throws(CredentialError) in try settings.credentials() }, role)
        if case .success(let access) = usual, access.account == role.account { return usual }
        guard let found = settings.credentials(ofAccount: role.account) else { return usual }
        let other = await access(.success(found), role)
        if case .success(let access) = other, access.account == role.account { return other }
        return usual
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
            let caller = try await client.callerIdentity(credentials)
            return .success(
                IAMSession(
                    client: try iam(role.partition, as: credentials),
                    account: caller.value.account,
                    credentials: found.source
                )
            )
        } catch let error as AWSError {
            return .failure(error.failure)
        } catch {
            return .failure(Failure((error as? CredentialError) ?? .none))
        }
    }

    private func credentials(
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

    /// The IAM of a partition, asked with these credentials.
    ///
    /// - Throws: ``CredentialError/noEndpoint(_:)`` when there is none.
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

    /// The STS of a region.
    ///
    /// - Throws: ``CredentialError/noEndpoint(_:)`` when there is none.
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
                let said = output.standardError.split(whereSeparator: \.isNewline).last.map(String.init)
                return .failure(
                    .init("it ended with exit code \(output.status): \(said ?? "nothing on stderr")")
                )
            }
            return .success(output.standardOutput)
        } catch {
            switch error {
            case .notFound: return .failure(.init("there is no program \(name)"))
            case .notStarted(let reason): return .failure(.init("\(name) did not start: \(reason)"))
            case .timedOut: return .failure(.init("it did not end in \(DurationText.format(Self.limit))"))
            case .tooMuchOutput: return .failure(.init("it printed too much"))
            case .cancelled: return .failure(.init("it was ended"))
            }
        }
    }

    /// One of AWS's two files: where the variable says, else below the home directory.
    private static func file(_ variable: String, _ name: String, _ variables: [String: String]) -> Secret? {
        let path = variables[variable] ?? variables["HOME"].map { "\($0)/.aws/\(name)" }
        guard let path, let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        return Secret(text)
    }
}

extension AWSSettings {
    /// The endpoints of a configuration, with what AWS's variables and profiles say where it says nothing.
    ///
    /// - Throws: ``CommandFailure`` when an address may not be asked.
    func completed(_ endpoints: Endpoints) throws(CommandFailure) -> Endpoints {
        var completed = endpoints
        do throws(AWSEndpointError) {
            if endpoints.sts == nil { completed.sts = try address(of: .sts) }
            if endpoints.iam == nil { completed.iam = try address(of: .iam) }
        } catch {
            throw CommandFailure(
                .configuration,
                code: "endpoint",
                telling: [error.description],
                fix: "Correct the address where it stands: in the environment or in the profile."
            )
        }
        return completed
    }
}

extension Failure {
    /// Why the operator's AWS credentials are not at hand.
    init(_ error: CredentialError) {
        self.init(kind: .refused, code: "aws-credentials", message: error.seen, fix: error.fix)
    }
}
