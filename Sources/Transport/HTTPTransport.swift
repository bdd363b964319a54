import AsyncHTTPClient
package import Federation
import Foundation
package import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The one HTTP client: bounded, without redirects, with a log that holds no secret.
///
/// Loopback and link-local addresses are always reached without a proxy: the instance metadata service
/// answers nothing that came through one.
package struct HTTPTransport: Sendable {
    static let connectLimit = Duration.seconds(5)
    /// A request beyond these waits for a connection, at most as long as a connection may take.
    private static let connectionsPerHost = 32
    private let direct: OwnedClient
    private let proxied: OwnedClient?
    private let routes: ProxyRoutes
    private let time: any TimeSource
    private let logger: Logger
    private let observe: @Sendable (Transfer) -> Void

    /// Opens nothing yet; `observe` is called after each request with what the log shows of it.
    ///
    /// - Throws: ``TransportSetupError`` when the file of certificate authorities cannot be read.
    package init(
        proxy: ProxyRoutes = ProxyRoutes(),
        caFile: String? = nil,
        time: any TimeSource,
        logger: Logger,
        observe: @escaping @Sendable (Transfer) -> Void = { _ in }
    ) throws(TransportSetupError) {
        var configuration = Self.configuration(try Self.tls(caFile: caFile))
        direct = OwnedClient(configuration)
        if let address = proxy.proxy, let host = address.host() {
            configuration.proxy = .server(
                host: host,
                port: address.port ?? 3128,
                authorization: Self.authorization(of: address)
            )
            proxied = OwnedClient(configuration)
        } else {
            proxied = nil
        }
        routes = proxy
        self.time = time
        self.logger = logger
        self.observe = observe
    }

    /// The same transport with trust in one certificate, whatever name it bears, and in nothing else.
    init(trusting certificate: NIOSSLCertificate, like other: HTTPTransport) {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates([certificate])
        tls.certificateVerification = .noHostnameVerification
        direct = OwnedClient(Self.configuration(tls))
        proxied = nil
        routes = ProxyRoutes()
        time = other.time
        logger = other.logger
        observe = other.observe
    }

    private static func configuration(_ tls: TLSConfiguration) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(connectLimit.components.seconds)
        configuration.connectionPool.idleTimeout = .seconds(30)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionsPerHost
        return configuration
    }

    private static func tls(caFile: String?) throws(TransportSetupError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let caFile {
            do {
                let authorities = try NIOSSLCertificate.fromPEMFile(caFile)
                tls.additionalTrustRoots = [.certificates(authorities)]
            } catch {
                throw .unreadableAuthorities(file: caFile)
            }
        }
        return tls
    }

    /// The name and password that a proxy's address may carry.
    private static func authorization(of proxy: URL) -> HTTPClient.Authorization? {
        guard let user = proxy.user(percentEncoded: false) else { return nil }
        return .basic(username: user, password: proxy.password(percentEncoded: false) ?? "")
    }

    /// Sends a request and reads the whole answer.
    ///
    /// Any status is an answer. Nothing is retried here: each protocol has its own rules.
    ///
    /// - Throws: ``TransportError`` when there is no answer within the bounds.
    package func send(
        _ request: HTTPRequest,
        bounds: RequestBounds = RequestBounds()
    ) async throws(TransportError) -> HTTPResponse {
        let start = time.uptime
        let began = time.now
        let result: Result<HTTPResponse, TransportError>
        do {
            result = .success(try await exchange(request, bounds: bounds, start: start))
        } catch {
            result = .failure(TransportError(error, host: Self.name(of: request.url), bounds: bounds))
        }
        record(request, began: began, duration: time.uptime - start, result)
        return try result.get()
    }

    /// Ends all connections; the last call.
    package func shutDown() async {
        try? await direct.client.shutdown()
        try? await proxied?.client.shutdown()
    }

    private func exchange(
        _ request: HTTPRequest,
        bounds: RequestBounds,
        start: Duration
    ) async throws -> HTTPResponse {
        var message = HTTPClientRequest(url: request.url.absoluteString)
        message.method = .RAW(value: request.method.rawValue)
        for field in request.headers {
            message.headers.add(name: field.name, value: field.value.reveal())
        }
        if let body = request.body {
            message.body = .bytes(ByteBuffer(string: body.reveal()))
        }
        let owner = !request.isDirect && routes.usesProxy(for: request.url) ? proxied ?? direct : direct
        let deadline = NIODeadline.now() + .nanoseconds(Int64(bounds.total.seconds * 1e9))
        let response = try await owner.client.execute(message, deadline: deadline)
        let halfTrip = (time.uptime - start) / 2
        let midpoint = time.now - halfTrip.seconds
        let bytes = try await Self.collect(response.body, upTo: bounds.bodySize, until: deadline)
        return HTTPResponse(
            status: Int(response.status.code),
            headers: response.headers.map { (name: $0.name, value: $0.value) },
            body: Data(bytes.readableBytesView),
            roundTrip: time.uptime - start,
            midpoint: midpoint,
            halfTrip: halfTrip
        )
    }

    /// Reads the body, which the client's own deadline does not cover.
    private static func collect(
        _ body: HTTPClientResponse.Body,
        upTo limit: Int,
        until deadline: NIODeadline
    ) async throws -> ByteBuffer {
        let reading = Task { try await body.collect(upTo: limit) }
        let alarm = OwnedClient.loops.next().scheduleTask(deadline: deadline) {
            reading.cancel()
        }
        defer { alarm.cancel() }
        let bytes = try await withTaskCancellationHandler {
            try await reading.value
        } onCancel: {
            reading.cancel()
        }
        if reading.isCancelled { throw CancellationError() }
        return bytes
    }

    private func record(
        _ request: HTTPRequest,
        began: Date,
        duration: Duration,
        _ result: Result<HTTPResponse, TransportError>
    ) {
        let response = try? result.get()
        var problem: String?
        if case .failure(let error) = result { problem = error.description }
        let transfer = Transfer(
            at: began,
            method: request.method.rawValue,
            host: Self.name(of: request.url),
            path: request.url.path(percentEncoded: true),
            status: response?.status,
            duration: duration,
            requestID: response?.requestID,
            problem: problem
        )
        observe(transfer)
        logger.debug(
            "request",
            metadata: [
                "method": "\(transfer.method)", "host": "\(transfer.host)", "path": "\(transfer.path)",
                "status": "\(transfer.status.map(String.init) ?? "none")",
                "ms": "\(transfer.duration.milliseconds)", "request-id": "\(transfer.requestID ?? "none")",
            ]
        )
    }

    static func name(of url: URL) -> String {
        let host = url.host() ?? "no host"
        return url.port.map { "\(host):\($0)" } ?? host
    }
}

/// Why no transport could be made.
package enum TransportSetupError: Error, Hashable, Sendable {
    case unreadableAuthorities(file: String)
}

extension TransportSetupError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadableAuthorities(let file):
            "\(file) is no readable PEM file of certificate authorities. Check network.ca_file."
        }
    }
}
