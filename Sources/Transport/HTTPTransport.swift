import AsyncHTTPClient
package import Federation
package import FoundationEssentials
package import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The HTTP client, which limits time and size, follows no redirects, and logs no secrets.
///
/// Requests to loopback and link-local addresses bypass the proxy, because the instance metadata service refuses
/// proxied requests.
package struct HTTPTransport: Sendable {
    private let direct: HTTPConnections
    private let proxied: HTTPConnections?
    private let routes: ProxyRoutes
    private let time: any TimeSource
    private let logger: Logger
    private let observe: @Sendable (Transfer) -> Void
    private let clocks: ServerClocks
    private let health: HostHealth
    private var avoidsSilentHosts = false

    /// Creates a transport without opening a connection.
    ///
    /// - Parameters:
    ///   - proxy: The proxy and the hosts that bypass it.
    ///   - caFile: A PEM file with additional certificate authorities.
    ///   - time: The clock for measuring requests.
    ///   - logger: Receives one line for each request, at the level debug.
    ///   - observe: Receives a summary of each sent request, for the console's log.
    /// - Throws: ``TransportSetupError`` if `caFile` cannot be used or too few file descriptors are available.
    package init(
        proxy: ProxyRoutes = ProxyRoutes(),
        caFile: String? = nil,
        time: any TimeSource,
        logger: Logger,
        observe: @escaping @Sendable (Transfer) -> Void = { _ in }
    ) throws(TransportSetupError) {
        try FileDescriptors.requireFree()
        var tls = TLSConfiguration.makeClientConfiguration()
        if let caFile {
            try CertificateAuthorities.check(caFile)
            // NIO reads the file only at the first TLS connection. Many commands open no TLS connection.
            tls.additionalTrustRoots = [.file(caFile)]
        }
        direct = HTTPConnections(tls: tls)
        if let address = proxy.proxy, let host = address.host() {
            proxied = HTTPConnections(
                tls: tls,
                proxy: .server(
                    host: host,
                    port: address.port ?? 3128,
                    authorization: Self.authorization(of: address)
                )
            )
        } else {
            proxied = nil
        }
        routes = proxy
        self.time = time
        self.logger = logger
        self.observe = observe
        clocks = ServerClocks()
        health = HostHealth()
    }

    /// Creates a transport that trusts only the given certificate and does not compare host names.
    init(trusting certificate: NIOSSLCertificate, like other: HTTPTransport) {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates([certificate])
        tls.certificateVerification = .noHostnameVerification
        direct = HTTPConnections(tls: tls)
        proxied = nil
        routes = ProxyRoutes()
        time = other.time
        logger = other.logger
        observe = other.observe
        clocks = other.clocks
        health = other.health
    }

    /// Returns a copy of the transport that does not wait for silent hosts.
    ///
    /// The copy uses the same connections, but has short time limits. If a host does not respond in time, the copy
    /// sends no request to the host for 20 s.
    package func avoidingSilentHosts() -> HTTPTransport {
        var transport = self
        transport.avoidsSilentHosts = true
        return transport
    }

    /// Returns the maximum time from the first attempt to the last retry; `nil` for no limit.
    package func retryLimit(for url: URL) -> Duration? {
        guard avoidsSilentHosts else { return nil }
        return health.isBusy(Self.name(of: url), at: time.uptime) ? .seconds(1) : .seconds(8)
    }

    /// Records that a busy host refused a request and all its retries.
    package func noteBusy(_ url: URL) {
        health.noteBusy(Self.name(of: url), at: time.uptime)
    }

    /// Returns the user name and password in the proxy's URL, if any.
    private static func authorization(of proxy: URL) -> HTTPClient.Authorization? {
        guard let user = proxy.user(percentEncoded: false) else { return nil }
        return .basic(username: user, password: proxy.password(percentEncoded: false) ?? "")
    }

    /// Forgets the recent failures of all hosts.
    ///
    /// Call this function before an action that the operator requests.
    package func forgetFailures() {
        health.forgetFailures()
    }

    /// Checks that the URL's host had no recent failure, unless ``HTTPRequest/triesFailedHosts`` is set.
    ///
    /// - Throws: ``TransportError/withheld(_:)`` if the host recently refused a connection or did not respond.
    package func requireNoRecentFailure(of url: URL) throws(TransportError) {
        guard !HTTPRequest.triesFailedHosts,
            let failure = health.failure(of: Self.origin(of: url), at: time.uptime)
        else { return }
        throw .withheld(failure)
    }

    /// Sends a request and reads the complete response.
    ///
    /// The function returns responses with any status. The function does not retry, because each protocol has different
    /// rules for retries.
    ///
    /// If a host refuses a connection or does not respond, later calls send no request to the host for a few seconds.
    /// ``HTTPRequest/triesFailedHosts`` disables this rule.
    ///
    /// - Throws: ``TransportError`` if there is no response within the bounds.
    package func send(
        _ request: HTTPRequest,
        bounds: RequestBounds = RequestBounds()
    ) async throws(TransportError) -> HTTPResponse {
        let start = time.uptime
        let began = time.now
        let host = Self.name(of: request.url)
        var bounds = bounds
        let origin = Self.origin(of: request.url)
        if avoidsSilentHosts {
            if health.isSilent(host, at: start) { throw .silent(host: host) }
            bounds.total = min(bounds.total, health.limit(at: start))
        }
        try requireNoRecentFailure(of: request.url)
        let result: Result<HTTPResponse, TransportError>
        do {
            let response = try await exchange(request, bounds: bounds, start: start)
            clocks.note(response.clockOffset, of: request.url)
            health.noteResponse(of: origin, at: time.uptime)
            result = .success(response)
        } catch {
            let failure = TransportError(error, host: host, bounds: bounds)
            if failure.isTimeout || TransportError.isConnectTimeout(error) {
                health.noteSilence(of: host, at: time.uptime)
            }
            if failure.isTimeout || TransportError.isConnectFailure(error) {
                health.noteFailure(failure, of: origin, since: start, at: time.uptime)
            }
            result = .failure(await CertificatePeriod.explain(failure, of: request.url, at: began))
        }
        record(request, began: began, duration: time.uptime - start, result)
        return try result.get()
    }

    /// Returns the server's clock minus the local clock, if known.
    ///
    /// The source is the latest usable `Date` header of the server.
    package func clockOffset(of url: URL) -> ClockOffset? {
        clocks.offset(of: url)
    }

    /// Closes all connections; must be the last call.
    package func shutDown() async {
        await direct.shutDown()
        await proxied?.shutDown()
    }

    private func exchange(
        _ request: HTTPRequest,
        bounds: RequestBounds,
        start: Duration
    ) async throws -> HTTPResponse {
        var message = HTTPClientRequest(url: Self.address(of: request.url))
        message.method = .RAW(value: request.method.rawValue)
        for field in request.headers {
            message.headers.add(name: field.name, value: field.value.reveal())
        }
        if let body = request.body {
            message.body = .bytes(ByteBuffer(string: body.reveal()))
        }
        let usesProxy = !request.isDirect && routes.usesProxy(for: request.url)
        let connections = usesProxy ? proxied ?? direct : direct
        let deadline = NIODeadline.now() + bounds.total.timeAmount
        let response = try await connections.client.execute(message, deadline: deadline)
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

    /// Returns the URL's text with `localhost` in lowercase, as the DNS override of ``HTTPConnections`` requires.
    private static func address(of url: URL) -> String {
        guard let host = url.host(), host.lowercased() == "localhost", host != "localhost",
            var components = URLComponents(url: url, resolvingAgainstBaseURL: false)
        else { return url.absoluteString }
        components.host = "localhost"
        return components.string ?? url.absoluteString
    }

    /// Reads the body under a time limit, because the client's own deadline does not apply to the body.
    private static func collect(
        _ body: HTTPClientResponse.Body,
        upTo limit: Int,
        until deadline: NIODeadline
    ) async throws -> ByteBuffer {
        let reading = Task { try await body.collect(upTo: limit) }
        let timeout = HTTPConnections.loops.next().scheduleTask(deadline: deadline) {
            reading.cancel()
        }
        defer { timeout.cancel() }
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
            problem: problem,
            mapping: HTTPRequest.mapping,
            operation: request.operation
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

    private static func origin(of url: URL) -> String {
        "\(url.scheme ?? "")://\(name(of: url))"
    }

    /// Returns the host of the URL, with the port if the URL contains one.
    static func name(of url: URL) -> String {
        let host = url.host() ?? "no host"
        return url.port.map { "\(host):\($0)" } ?? host
    }
}

/// Checks PEM files that contain certificate authorities.
package enum CertificateAuthorities {
    /// The maximum file size; Mozilla's complete list has about 230 KB.
    private static let fileSize = 4 << 20

    /// Returns whether the first certificate of a PEM file can be parsed.
    package static func areReadable(file: String) -> Bool {
        (try? check(file)) != nil
    }

    /// Checks only the first certificate of a file, because parsing a complete list takes milliseconds.
    static func check(_ file: String) throws(TransportSetupError) {
        let data: Data
        do throws(FileReadError) {
            data = try BoundedFile.read(file, limit: fileSize)
        } catch {
            throw .unreadableAuthorities(error)
        }
        guard let end = end(ofFirstIn: data),
            (try? NIOSSLCertificate(bytes: Array(data.prefix(end)), format: .pem)) != nil
        else {
            throw .noAuthorities(file: file)
        }
    }

    /// Returns the number of bytes up to the end of the first certificate.
    private static func end(ofFirstIn data: Data) -> Int? {
        let marker = Array("-----END CERTIFICATE-----".utf8)
        return data.withUnsafeBytes { bytes in
            bytes.indices.first { bytes[$0...].starts(with: marker) }.map { $0 + marker.count }
        }
    }
}

/// The reason that a transport cannot be created.
package enum TransportSetupError: Error, Hashable, Sendable {
    case unreadableAuthorities(FileReadError)
    case noAuthorities(file: String)
    /// The process can open fewer file descriptors than an event loop and its connections need.
    case tooFewDescriptors(free: Int, required: Int)
}

extension TransportSetupError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadableAuthorities(let error):
            "\(error). Check network.ca_file."
        case .noAuthorities(let file):
            "\(file) contains no PEM certificate. Check network.ca_file."
        case .tooFewDescriptors(let free, let required):
            "Only \(free) more files can be opened; \(required) are required."
        }
    }
}
