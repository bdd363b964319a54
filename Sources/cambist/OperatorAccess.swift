import AWS
import Azure
import Federation
import Foundation
import Transport

/// What the operator may do in AWS: their own credentials, and IAM asked with them.
struct OperatorAccess: Sendable {
    /// How long a credential process may take; it may ask the operator for something.
    private static let limit = Duration.seconds(60)
    private static let outputSize = 64 * 1024

    private let variables: [String: String]
    private let profile: String?
    private let profiles: AWSProfiles
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
        profile = configuration.setup.awsProfile
        endpoints = configuration.endpoints
        profiles = AWSProfiles(
            config: Self.file("AWS_CONFIG_FILE", "config", variables),
            credentials: Self.file("AWS_SHARED_CREDENTIALS_FILE", "credentials", variables)
        )
    }

    /// Where the operator's credentials come from.
    ///
    /// - Throws: ``CredentialError`` when there are none.
    func found() throws(CredentialError) -> OperatorCredentials {
        try OperatorCredentials.find(variables: variables, profile: profile, profiles: profiles)
    }

    /// The operator's credentials, got anew.
    ///
    /// - Throws: ``CredentialError`` when there are none, or what gives them does not.
    func credentials() async throws(CredentialError) -> SigningCredentials {
        let found = try found()
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
                variant: Surroundings.endpointVariant(variables),
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
                variant: Surroundings.endpointVariant(variables),
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
