package import ExchangeEngine
package import Federation
import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import UnixSignals

/// A container credentials endpoint for AWS SDKs: `GET /MAPPING`, answered from memory.
///
/// Source: AWS SDKs and Tools reference guide, container credential provider.
package struct CredentialServer: Sendable {
    /// The maximum time that a request waits for credentials; SDKs time out after one or two seconds.
    private static let firstExchangeLimit = Duration.milliseconds(900)
    /// The maximum time between two requests on a connection.
    private static let idleTimeout = TimeAmount.seconds(30)
    private static let headerSize = 16 * 1024

    private let refresher: CredentialRefresher
    private let configuration: LiveConfiguration
    private let token: Secret
    private let metrics: ServerMetrics
    private let limit: ConnectionLimit
    private let time: any TimeSource

    /// Creates a server for the mappings whose credentials the refresher renews.
    ///
    /// Requests must send `token` in the `Authorization` header, except requests for the health check. `metrics` must
    /// be the instance that counts the exchanges of the refresher.
    package init(
        configuration: LiveConfiguration,
        refresher: CredentialRefresher,
        token: Secret,
        metrics: ServerMetrics,
        time: any TimeSource
    ) {
        self.init(
            configuration: configuration,
            refresher: refresher,
            token: token,
            metrics: metrics,
            limit: ConnectionLimit(),
            time: time
        )
    }

    init(
        configuration: LiveConfiguration,
        refresher: CredentialRefresher,
        token: Secret,
        metrics: ServerMetrics = ServerMetrics(),
        limit: ConnectionLimit,
        time: any TimeSource
    ) {
        self.configuration = configuration
        self.refresher = refresher
        self.token = token
        self.metrics = metrics
        self.limit = limit
        self.time = time
    }

    /// Serves on 127.0.0.1 until the task is canceled, or SIGTERM or SIGINT arrives.
    ///
    /// - Parameters:
    ///   - port: The port; 0 selects any free port.
    ///   - ready: Receives the port once the server is listening.
    /// - Throws: ``CredentialServerError`` if the server cannot listen on the port, or if an error stops the server.
    package func run(
        port: Int,
        ready: @escaping @Sendable (Int) async -> Void
    ) async throws(CredentialServerError) {
        let isListening = Mutex(false)
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [limit.makeHandler()],
            idleTimeout: Self.idleTimeout,
            httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                maxHeaderFieldSize: Self.headerSize,
                maxHeaderListSize: Self.headerSize,
                maxHeaderFieldCount: 64
            )
        )
        let logger = Logger(label: "serve") { _ in SwiftLogNoOpLogHandler() }
        do {
            let server = try HTTPServerBuilder.http1(configuration: configuration).buildServer(
                configuration: ServerConfiguration(
                    address: .hostname("127.0.0.1", port: port),
                    availableConnectionsDelegate: limit.availableConnections
                ),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: logger,
                responder: { request, writer, _ in
                    var response = await respond(to: request)
                    response.headers[.date] = time.now.httpText
                    try await writer.write(response: response.head, body: response.body)
                },
                onServerRunning: { channel in
                    isListening.withLock { $0 = true }
                    await ready(channel.localAddress?.port ?? port)
                }
            )
            try await Self.run(server, limit, logger)
        } catch {
            let code = (error as? IOError)?.errnoCode
            let reason = code.map { String(cString: strerror($0)) } ?? "\(error)"
            let hasStarted = isListening.withLock { $0 }
            throw hasStarted
                ? CredentialServerError.stopped(reason: reason)
                : CredentialServerError.cannotListen(port: port, reason: reason)
        }
    }

    /// The time limit for requests in progress when the server stops.
    ///
    /// systemd kills a service after 90 s by default.
    private static let stopLimit = Duration.seconds(30)

    /// Runs the server until a signal arrives or the task is canceled.
    ///
    /// Services stop in reverse order: new connections are refused before the server stops.
    private static func run(
        _ server: any Service,
        _ limit: ConnectionLimit,
        _ logger: Logger
    ) async throws {
        var configuration = ServiceGroupConfiguration(
            services: [server, ConnectionRefusal(limit: limit)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = stopLimit
        let group = ServiceGroup(configuration: configuration)
        let running = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await running.value
        } onCancel: {
            Task { await group.triggerGracefulShutdown() }
        }
    }

    private func respond(to request: Request) async -> Response {
        guard request.head.path?.hasPrefix("/") == true else {
            return Self.refuse(.badRequest, "wrong-target", "The request target is not a path.")
        }
        guard Self.isLocal(request.head) else {
            let host =
                request.head.authority.map { "the host \(VisibleText.oneLine($0, limit: 100))" } ?? "no host"
            return Self.refuse(
                .forbidden,
                "wrong-host",
                "The request names \(host); accepted: \(Self.hosts.joined(separator: ", ")). "
                    + "`cambist serve --help` describes how containers reach the server."
            )
        }
        if request.uri.path == Self.healthPath { return await health(request) }
        let isMetrics = request.uri.path == Self.metricsPath
        guard isAuthorized(request.headers[.authorization], allowsScheme: isMetrics) else {
            return Self.refuse(
                .unauthorized,
                "wrong-token",
                "The Authorization header is not the server's token."
            )
        }
        guard request.method == .get else {
            return Self.refuse(.methodNotAllowed, "wrong-method", "Only GET is supported.")
        }
        if isMetrics { return await metricsPage(request) }
        let name = request.uri.path.dropFirst().percentDecoded ?? ""
        guard let mapping = configuration.mapping(name), refresher.refreshes(mapping) else {
            return Self.refuse(.notFound, "unknown-mapping", "No mapping with that name is served here.")
        }
        let credentials = await refresher.credentials(for: mapping.id, timeout: Self.firstExchangeLimit)
        guard let credentials else { return Self.refuse(await refresher.failure(of: mapping.id)) }
        do throws(UnprintableMember) {
            return Self.json(.ok, try ContainerDocument(credentials, roleARN: mapping.roleARN))
        } catch {
            return Self.refuse(.serviceUnavailable, "malformed-credentials", error.description)
        }
    }

    /// The path of the health check, which needs no token and reveals no names.
    package static let healthPath = "/healthz"
    package static let metricsPath = "/metrics"

    /// Returns the served mappings, each with `true` if it has unexpired credentials.
    private func liveMappings() async -> [RoleMapping.ID: Bool] {
        var live: [RoleMapping.ID: Bool] = [:]
        for mapping in configuration.current.mappings
        where refresher.refreshes(mapping) && !RoleMapping.unservedNames.contains(mapping.id) {
            live[mapping.id] = await refresher.credentials(for: mapping.id) != nil
        }
        return live
    }

    /// Returns 200 if every served mapping has unexpired credentials, otherwise 503.
    private func health(_ request: Request) async -> Response {
        guard [.get, .head].contains(request.method) else {
            return Self.refuse(.methodNotAllowed, "wrong-method", "The health check supports GET and HEAD.")
        }
        let live = await liveMappings()
        let isHealthy = live.values.allSatisfy(\.self)
        let body = ["status": isHealthy ? "ok" : "unavailable"]
        return Self.json(isHealthy ? .ok : .serviceUnavailable, body)
    }

    private func metricsPage(_ request: Request) async -> Response {
        let format = MetricsText.Format(accept: request.headers[.accept])
        let page = MetricsText(format: format, figures: metrics.figures, live: await liveMappings())
        return Response(
            status: .ok,
            headers: [.contentType: format.contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: page.text))
        )
    }

    /// The host names that the `Host` header of a request may contain.
    package static let hosts = ["127.0.0.1", "localhost", "[::1]"]

    /// Whether the request has exactly one `Host` header, and the header names a loopback host.
    ///
    /// This check prevents access by web pages through DNS rebinding.
    private static func isLocal(_ head: HTTPTypes.HTTPRequest) -> Bool {
        guard let authority = head.authority, let field = HTTPField.Name("Host"),
            head.headerFields[values: field].isEmpty
        else { return false }
        return hosts.contains { name in
            guard authority.hasPrefix(name) else { return false }
            let rest = authority.dropFirst(name.count)
            return rest.isEmpty
                || rest.first == ":"
                    && UInt16(rest.dropFirst()).map { String($0) == rest.dropFirst() } == true
        }
    }

    /// Whether the header equals the token, compared in constant time.
    ///
    /// Prometheus sends the token after the scheme `Bearer`; AWS SDKs send only the token.
    private func isAuthorized(_ header: String?, allowsScheme: Bool) -> Bool {
        let expected = Array(token.reveal().utf8)
        let scheme = "Bearer "
        let hasScheme = allowsScheme && header?.hasPrefix(scheme) == true
        let found = Array((header ?? "").dropFirst(hasScheme ? scheme.count : 0).utf8)
        var difference =
            UInt8(truncatingIfNeeded: expected.count ^ found.count) | (expected.count == found.count ? 0 : 1)
        for (index, byte) in expected.enumerated() {
            difference |= byte ^ (index < found.count ? found[index] : 0)
        }
        return difference == 0
    }

    /// Returns the error response for missing credentials; the response names the cause.
    ///
    /// The status is 403 if STS refused the call, and 503 for other causes. After 503, SDKs try again.
    private static func refuse(_ step: StepRecord?) -> Response {
        guard let step, let failure = step.failure else {
            return refuse(
                .serviceUnavailable,
                "no-credentials",
                "There are no valid credentials yet; try again."
            )
        }
        return refuse(
            isRefusedBySTS(step) ? .forbidden : .serviceUnavailable,
            failure.code,
            "\(step.step.rawValue): \(failure.message)"
        )
    }

    /// Whether STS refused the token or, for a mapping with `via`, the AssumeRole call.
    static func isRefusedBySTS(_ step: StepRecord) -> Bool {
        [.exchange, .assume].contains(step.step) && step.failure?.kind == .refused
    }

    private static func refuse(_ status: HTTPResponse.Status, _ code: String, _ message: String) -> Response {
        json(status, ["code": code, "message": message])
    }

    private static func json(_ status: HTTPResponse.Status, _ value: some Encodable) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = (try? encoder.encode(value)) ?? Data()
        return Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }
}

/// The error that prevented the start of the server or stopped the server; `reason` is the system's error message.
package enum CredentialServerError: Error, Hashable, Sendable {
    case cannotListen(port: Int, reason: String)
    /// The server had been listening.
    case stopped(reason: String)
}

extension CredentialServerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .cannotListen(let port, let reason): "Cannot listen on 127.0.0.1:\(port): \(reason)."
        case .stopped(let reason): "The server stopped because of an error: \(reason)."
        }
    }
}

/// Refuses new connections as soon as the server shuts down.
///
/// Waits 50 ms for connections that are being set up.
private struct ConnectionRefusal: Service {
    private static let setupTime = Duration.milliseconds(50)

    let limit: ConnectionLimit

    func run() async throws {
        try? await gracefulShutdown()
        limit.stop()
        try? await Task.sleep(for: Self.setupTime)
    }
}
