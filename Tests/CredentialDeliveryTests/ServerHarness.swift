import Azure
import ExchangeEngine
import Federation
import Foundation
import Logging
import Simulator
import TestSupport
import Testing
import Transport

@testable import CredentialDelivery

/// A credential server with a lab's mappings and a manual clock.
struct ServerHarness {
    static let token = "a-token-of-the-test"

    let time: ManualTime
    let refresher: CredentialRefresher
    let transport: HTTPTransport
    let log: LogCapture
    let port: Int

    /// Runs `body` with a server for the mappings `audit`, which works, and `orphan`, whose role does not
    /// exist.
    static func with(
        limit: ConnectionLimit = ConnectionLimit(),
        _ body: (ServerHarness) async throws -> Void
    ) async throws {
        // The clock starts now, because the lab's HTTP server sends the machine's date and clients compare it.
        let time = ManualTime(start: SystemTime().now)
        let log = LogCapture()
        let lab = try await Lab.start(LabOptions(), time: time)
        let transport = try HTTPTransport(time: time, logger: log.logger)
        let result: Result<Void, any Error>
        do {
            let labVariables = LabVariables(
                variables: Dictionary(lab.environment.map { ($0.name, $0.value) }) { $1 }
            )
            let configuration = LiveConfiguration(try labVariables.configuration())
            let metrics = ServerMetrics()
            let refresher = try labVariables.refresher(
                configuration,
                transport,
                time: time,
                log: log,
                metrics: metrics
            )
            let server = CredentialServer(
                configuration: configuration,
                refresher: refresher,
                token: Secret(token),
                metrics: metrics,
                limit: limit,
                time: time
            )
            let ports = AsyncStream.makeStream(of: Int.self)
            let serving = Task { try await server.run(port: 0) { ports.continuation.yield($0) } }
            let renewing = Task { await refresher.run() }
            await refresher.applyConfiguration()
            await refresher.waitUntilIdle()
            var iterator = ports.stream.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let harness = ServerHarness(
                time: time,
                refresher: refresher,
                transport: transport,
                log: log,
                port: port
            )
            result = await Result { () async throws in try await body(harness) }
            renewing.cancel()
            serving.cancel()
            _ = await serving.result
        } catch {
            result = .failure(error)
        }
        await transport.shutDown()
        await lab.stop()
        try result.get()
    }

    /// Sends a request; `nil` omits a header.
    func get(
        _ path: String,
        token: String? = token,
        host: String? = nil,
        method: HTTPRequest.Method = .get
    ) async throws -> Reply {
        let url = try #require(URL(string: "http://127.0.0.1:\(port)/\(path)"))
        var headers: [HTTPRequest.HeaderField] = []
        if let token { headers.append(.init("authorization", token)) }
        if let host { headers.append(.init("host", host)) }
        let response = try await transport.send(HTTPRequest(method, url, headers: headers))
        let members = try JSONDecoder().decode([String: String].self, from: response.body)
        return Reply(status: response.status, members: members)
    }

    /// Sends a request and returns the response as it is.
    func response(_ path: String, _ headers: [HTTPRequest.HeaderField]) async throws -> HTTPResponse {
        let url = try #require(URL(string: "http://127.0.0.1:\(port)/\(path)"))
        return try await transport.send(HTTPRequest(.get, url, headers: headers))
    }

    struct Reply {
        let status: Int
        let members: [String: String]
    }

    /// The lab's variables that describe its first mapping.
    private struct LabVariables {
        let variables: [String: String]

        func labVariable(_ name: String) throws -> String {
            try #require(variables[name], "\(name)")
        }

        func mapping(_ id: String, suffix: String = "") throws -> RoleMapping {
            RoleMapping(
                id: id,
                identity: "logging",
                audience: try labVariable("CAMBIST_LAB_AUDIENCE"),
                roleARN: try #require(RoleARN(try labVariable("CAMBIST_LAB_ROLE_ARN") + suffix)),
                region: "eu-west-1",
                sessionName: "cambist-\(id)"
            )
        }

        func configuration() throws -> Configuration {
            let identity = ManagedIdentity(
                id: "logging",
                tenantID: try labVariable("AZURE_TENANT_ID"),
                clientID: try labVariable("CAMBIST_LAB_CLIENT_ID"),
                principalID: try labVariable("CAMBIST_LAB_PRINCIPAL_ID"),
                source: .imds
            )
            let endpoints = Endpoints(
                sts: URL(string: try labVariable("AWS_ENDPOINT_URL_STS")),
                imds: URL(string: try labVariable("AZURE_POD_IDENTITY_AUTHORITY_HOST"))
            )
            return Configuration(
                identities: [identity],
                mappings: [try mapping("audit"), try mapping("orphan", suffix: "-gone")],
                endpoints: endpoints
            )
        }

        func refresher(
            _ configuration: LiveConfiguration,
            _ transport: HTTPTransport,
            time: ManualTime,
            log: LogCapture,
            metrics: ServerMetrics
        ) throws -> CredentialRefresher {
            let sources = TokenSources(
                transport: transport,
                endpoints: configuration.current.endpoints,
                environment: SourceEnvironment(variables: [:]) { _ in false },
                time: time,
                identities: configuration.current.identities
            )
            let context = ExchangeContext(
                tokens: TokenCache(sources: sources, time: time),
                transport: transport,
                time: time,
                logger: log.logger,
                environment: [:]
            )
            return CredentialRefresher(
                configuration: configuration,
                engine: Engine(configuration: configuration, context: context),
                time: time
            ) { event in
                guard case .ended(let record) = event else { return }
                metrics.count(record)
                guard let failure = record.failure else { return }
                log.logger.error("\(record.mapping): \(failure.code): \(failure.message)")
            }
        }
    }
}

extension Result where Failure == any Error {
    /// Stores the result of an asynchronous function.
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
