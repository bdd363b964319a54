package import Federation
package import FoundationEssentials
package import Transport

/// Obtains the operator's own credentials from their origin.
package struct CredentialResolver: Sendable {
    /// The maximum size of a token file, in bytes; STS accepts tokens of up to 20,000 characters.
    private static let tokenSize = 64 * 1024
    /// The maximum size of a credential process's output, in bytes.
    private static let outputSize = 64 * 1024

    private let transport: HTTPTransport
    private let time: any TimeSource
    private let endpoint: AWSEndpoint
    private let run: @Sendable (_ command: [String]) async -> Result<Data, ProcessProblem>

    /// The reason that a credential process returned no credentials, as shown to the operator.
    package struct ProcessProblem: Error, Hashable, Sendable {
        package let reason: String

        package init(_ reason: String) {
            self.reason = reason
        }
    }

    /// Creates a resolver.
    ///
    /// - Parameters:
    ///   - transport: The HTTP client.
    ///   - endpoint: The STS endpoint at which roles are assumed.
    ///   - time: The clock for signatures and expirations.
    ///   - run: Runs a command without a shell and returns its standard output if its exit status is 0.
    package init(
        transport: HTTPTransport,
        endpoint: AWSEndpoint,
        time: any TimeSource,
        run: @escaping @Sendable (_ command: [String]) async -> Result<Data, ProcessProblem>
    ) {
        self.transport = transport
        self.endpoint = endpoint
        self.time = time
        self.run = run
    }

    /// Obtains the credentials without caching them.
    ///
    /// - Throws: ``CredentialError`` if a program, a file, or STS does not provide credentials.
    package func credentials(
        _ found: ResolvedCredentials
    ) async throws(CredentialError) -> SigningCredentials {
        try await credentials(found.origin)
    }

    private func credentials(
        _ origin: CredentialOrigin
    ) async throws(CredentialError) -> SigningCredentials {
        switch origin {
        case .keys(let keys):
            return keys
        case .process(let command, let profile):
            return try await printed(by: command, "profile \(profile)")
        case .role(let role, let origin):
            let source = try await credentials(origin)
            do throws(CloudError) {
                let request = AssumeRoleRequest(
                    session: RoleSessionRequest(
                        roleARN: role.arn,
                        name: role.sessionName,
                        duration: role.duration
                    ),
                    chained: ChainedSession(externalID: role.externalID)
                )
                let answer = try await sts.assumeRole(request, as: source)
                return SigningCredentials(answer.value.credentials)
            } catch {
                throw .refused(role.arn, error)
            }
        case .webIdentity(let role, let file, let sessionName):
            let token: Secret
            do throws(FileReadError) {
                token = Secret(try BoundedFile.text(file, limit: Self.tokenSize))
            } catch {
                throw .unreadableToken(error)
            }
            return try await exchange(token, for: role, sessionName: sessionName)
        }
    }

    private var sts: STSClient {
        STSClient(transport: transport, endpoint: endpoint, time: time)
    }

    private func exchange(
        _ token: Secret,
        for role: RoleARN,
        sessionName: String
    ) async throws(CredentialError) -> SigningCredentials {
        let request = AssumeRoleWithWebIdentityRequest(
            session: RoleSessionRequest(roleARN: role, name: sessionName, duration: .seconds(3600)),
            token: token
        )
        do throws(CloudError) {
            return SigningCredentials(try await sts.assumeRoleWithWebIdentity(request).value.credentials)
        } catch {
            throw .refused(role, error)
        }
    }

    private func printed(
        by command: [String],
        _ source: String
    ) async throws(CredentialError) -> SigningCredentials {
        let output: Data
        switch await run(command) {
        case .success(let data): output = data
        case .failure(let problem): throw .processFailed(source: source, reason: problem.reason)
        }
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: output, limit: Self.outputSize)
        } catch {
            throw .processFailed(source: source, reason: "it printed \(error)")
        }
        guard let version = json["Version"]?.integer, version == 1 else {
            throw .processFailed(source: source, reason: "it did not print JSON with Version 1")
        }
        let member = { (name: String) in json[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
        guard let id = member("AccessKeyId"), let secret = member("SecretAccessKey") else {
            throw .processFailed(source: source, reason: "it printed no AccessKeyId or SecretAccessKey")
        }
        if let text = member("Expiration") {
            guard let expiration = Instant(iso8601: text)?.date else {
                throw .processFailed(source: source, reason: "it printed an invalid Expiration")
            }
            guard expiration > time.now else {
                throw .processFailed(source: source, reason: "it printed credentials that have expired")
            }
        }
        return SigningCredentials(
            accessKeyID: id,
            secretAccessKey: Secret(secret),
            sessionToken: member("SessionToken").map(Secret.init)
        )
    }
}
