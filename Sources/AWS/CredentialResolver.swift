package import Federation
package import Foundation
package import Transport

/// Gets the operator's own credentials from where they were found to come from.
package struct CredentialResolver: Sendable {
    private let transport: HTTPTransport
    private let time: any TimeSource
    private let endpoint: AWSEndpoint
    private let run: @Sendable (_ command: [String]) async -> Result<Data, ProcessProblem>

    /// Why a program printed nothing usable, in words for the operator.
    package struct ProcessProblem: Error, Hashable, Sendable {
        package let reason: String

        package init(_ reason: String) {
            self.reason = reason
        }
    }

    /// Makes a resolver that asks nobody yet.
    ///
    /// `endpoint` is the STS that roles are assumed at; `run` runs a program in words without a shell and
    /// gives what it printed when it ended well.
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

    /// The credentials, got anew each time.
    ///
    /// - Throws: ``CredentialError`` when a program, a file or STS does not give them.
    package func credentials(
        _ found: ResolvedCredentials
    ) async throws(CredentialError) -> SigningCredentials {
        try await credentials(found.origin, source: found.source)
    }

    private func credentials(
        _ origin: CredentialOrigin,
        source: String
    ) async throws(CredentialError) -> SigningCredentials {
        switch origin {
        case .keys(let keys):
            return keys
        case .process(let command):
            return try await printed(by: command, source)
        case .role(let role, let origin):
            let source = try await credentials(origin, source: source)
            do throws(AWSError) {
                let answer = try await sts.assumeRole(
                    role.arn,
                    sessionName: role.sessionName,
                    duration: role.duration,
                    externalID: role.externalID,
                    as: source
                )
                return SigningCredentials(answer.value.credentials)
            } catch {
                throw .refused(role.arn, error)
            }
        case .webIdentity(let role, let file, let sessionName):
            guard let token = try? String(contentsOfFile: file, encoding: .utf8) else {
                throw .unreadableToken(file: file)
            }
            return try await exchanged(Secret(token), for: role, sessionName: sessionName)
        }
    }

    private var sts: STSClient {
        STSClient(transport: transport, endpoint: endpoint, time: time)
    }

    private func exchanged(
        _ token: Secret,
        for role: RoleARN,
        sessionName: String
    ) async throws(CredentialError) -> SigningCredentials {
        let request = AssumeRoleRequest(
            roleARN: role,
            sessionName: sessionName,
            token: token,
            duration: .seconds(3600)
        )
        do throws(AWSError) {
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
        case .failure(let problem): throw .processFailed(profile: source, reason: problem.reason)
        }
        guard let credentials = try? JSONDecoder().decode(PrintedCredentials.self, from: output) else {
            throw .processFailed(profile: source, reason: "it did not print the JSON that AWS documents")
        }
        guard credentials.version == 1 else {
            throw .processFailed(profile: source, reason: "Version is \(credentials.version), not 1")
        }
        if let expiration = credentials.expiration.flatMap(Instant.init(iso8601:))?.date,
            expiration <= time.now
        {
            throw .processFailed(profile: source, reason: "it printed credentials that have expired")
        }
        return credentials.signing
    }
}

/// What a credential process prints.
private struct PrintedCredentials: Decodable {
    let version: Int
    let expiration: String?
    private let accessKeyID: String
    private let secretAccessKey: String
    private let sessionToken: String?

    var signing: SigningCredentials {
        SigningCredentials(
            accessKeyID: accessKeyID,
            secretAccessKey: Secret(secretAccessKey),
            sessionToken: sessionToken.map(Secret.init)
        )
    }

    enum CodingKeys: String, CodingKey {
        case version = "Version"
        case expiration = "Expiration"
        case accessKeyID = "AccessKeyId"
        case secretAccessKey = "SecretAccessKey"
        case sessionToken = "SessionToken"
    }
}
