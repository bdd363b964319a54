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
    private static let connectLimit = Duration.seconds(5)
    private let direct: HTTPClient
    private let proxied: HTTPClient?
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
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try Self.tls(caFile: caFile),
            redirectConfiguration: .disallow,
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(Self.connectLimit.components.seconds)
        configuration.connectionPool.idleTimeout = .seconds(30)
        direct = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        if let address = proxy.proxy, let host = address.host() {
            configuration.proxy = .server(host: host, port: address.port ?? 3128)
            proxied = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        } else {
            proxied = nil
        }
        routes = proxy
        self.time = time
        self.logger = logger
        self.observe = observe
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
            result = .failure(Self.explain(error, host: Self.name(of: request.url), bounds: bounds))
        }
        record(request, began: began, duration: time.uptime - start, result)
        return try result.get()
    }

    /// Ends all connections; the last call.
    package func shutDown() async {
        try? await direct.shutdown()
        try? await proxied?.shutdown()
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
        let client = routes.usesProxy(for: request.url) ? proxied ?? direct : direct
        let response = try await client.execute(
            message,
            deadline: .now() + .nanoseconds(Int64(bounds.total.seconds * 1e9))
        )
        let halfTrip = (time.uptime - start) / 2
        let midpoint = time.now - halfTrip.seconds
        let bytes = try await response.body.collect(upTo: bounds.bodySize)
        return HTTPResponse(
            status: Int(response.status.code),
            headers: response.headers.map { (name: $0.name, value: $0.value) },
            body: Data(bytes.readableBytesView),
            roundTrip: time.uptime - start,
            midpoint: midpoint,
            halfTrip: halfTrip
        )
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

    private static func name(of url: URL) -> String {
        let host = url.host() ?? "no host"
        return url.port.map { "\(host):\($0)" } ?? host
    }

    private static func explain(_ error: any Error, host: String, bounds: RequestBounds) -> TransportError {
        switch error {
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
            .timedOut(host: host, limit: bounds.total)
        case let error as HTTPClientError where error == .connectTimeout:
            .timedOut(host: host, limit: connectLimit)
        case let error as HTTPClientError where error == .cancelled:
            .cancelled
        case is CancellationError:
            .cancelled
        case is NIOTooManyBytesError:
            .tooLarge(host: host, limit: bounds.bodySize)
        case let error as NIOSSLError:
            .insecure(host: host, reason: "\(error)")
        case let error as NIOConnectionError:
            .unreachable(host: host, reason: reason(error))
        default:
            .unreachable(host: host, reason: "\(error)")
        }
    }

    private static func reason(_ error: NIOConnectionError) -> String {
        if error.dnsAError != nil, error.dnsAAAAError != nil { return "its name does not resolve" }
        guard let last = error.connectionErrors.last?.error else { return "no address answered" }
        switch last {
        case let last as IOError where last.errnoCode == ECONNREFUSED: return "nothing listens there"
        case is ChannelError: return "no connection in time"
        default: return "\(last)"
        }
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
