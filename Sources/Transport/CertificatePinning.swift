import AsyncHTTPClient
import Federation
package import FoundationEssentials
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

extension HTTPTransport {
    /// Returns a transport that trusts only the certificate that the server currently presents.
    ///
    /// A first handshake retrieves the certificate and fails if `accepts` returns `false`. Later handshakes trust only
    /// this certificate as the root. Host names are not compared.
    ///
    /// - Parameters:
    ///   - url: An `https` URL on the server.
    ///   - limit: The time limit of the handshake.
    ///   - accepts: Returns whether a certificate (in DER) is the expected certificate.
    /// - Returns: A transport for this server only.
    /// - Throws: ``TransportError`` if the connection fails or the certificate is not accepted.
    package func pinned(
        to url: URL,
        within limit: Duration,
        accepts: @escaping @Sendable (Data) -> Bool
    ) async throws(TransportError) -> HTTPTransport {
        let bounds = RequestBounds(total: limit)
        do {
            let certificate = try await CertificatePinning.certificate(
                of: url,
                within: limit,
                accepts: accepts
            )
            return HTTPTransport(trusting: certificate, like: self)
        } catch is CertificatePinning.UnexpectedCertificate {
            throw .insecure(
                host: Self.name(of: url),
                reason: "its certificate has a different thumbprint"
            )
        } catch {
            throw TransportError(error, host: Self.name(of: url), bounds: bounds)
        }
    }
}

/// A check of a server certificate's validity period after a failed handshake.
enum CertificatePeriod {
    /// The time limit of the additional handshake.
    private static let limit = Duration.seconds(3)

    /// Explains a failed handshake by the certificate's validity period, if possible.
    ///
    /// BoringSSL reports all rejected certificates alike, so a second handshake retrieves the certificate.
    ///
    /// - Returns: An error with the period if the local time is outside the period; `error` in any other case.
    static func explain(_ error: TransportError, of url: URL, at now: Date) async -> TransportError {
        guard case .insecure(let host, let reason) = error, reason.contains("CERTIFICATE_VERIFY_FAILED")
        else {
            return error
        }
        let seen = ReceivedCertificate()
        _ = try? await CertificatePinning.certificate(of: url, within: limit) { der in
            seen.set(der)
            return false
        }
        guard let der = seen.der, let certificate = try? NIOSSLCertificate(bytes: Array(der), format: .der)
        else {
            return error
        }
        guard let begins = Instant(unixSeconds: certificate.notValidBefore)?.date,
            let ends = Instant(unixSeconds: certificate.notValidAfter)?.date, now < begins || now > ends
        else { return error }
        return .outsideCertificatePeriod(host: host, begins: begins, ends: ends, now: now)
    }
}

/// The DER bytes of a certificate, stored by the handshake's callback.
private final class ReceivedCertificate: Sendable {
    private let value = Mutex<Data?>(nil)

    var der: Data? { value.withLock(\.self) }

    func set(_ der: Data) { value.withLock { $0 = der } }
}

/// A handshake that retrieves a server's certificate.
private enum CertificatePinning {
    struct UnexpectedCertificate: Error {}

    static func certificate(
        of url: URL,
        within limit: Duration,
        accepts: @escaping @Sendable (Data) -> Bool
    ) async throws -> NIOSSLCertificate {
        let loop = HTTPConnections.loops.next()
        let found = loop.makePromise(of: NIOSSLCertificate.self)
        let timeout = loop.scheduleTask(in: limit.timeAmount) {
            found.fail(HTTPClientError.tlsHandshakeTimeout)
        }
        defer { timeout.cancel() }
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(HTTPConnections.connectLimit.timeAmount)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try NIOSSLClientHandler(context: context, serverHostname: nil) {
                        chain,
                        verdict in
                        let der = (try? chain.first?.toDERBytes()).map { Data($0) }
                        guard let leaf = chain.first, let der, accepts(der) else {
                            found.fail(UnexpectedCertificate())
                            verdict.succeed(.failed)
                            return
                        }
                        found.succeed(leaf)
                        verdict.succeed(.certificateVerified)
                    }
                    try channel.pipeline.syncOperations.addHandlers(tls, FirstFailure(promise: found))
                }
            }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(host: url.host() ?? "", port: url.port ?? 443).get()
        } catch {
            found.fail(error)
            throw error
        }
        defer { channel.close(promise: nil) }
        return try await found.futureResult.get()
    }
}

/// A handler that makes a promise fail at the first error of a handshake.
private final class FirstFailure<Value: Sendable>: ChannelInboundHandler, Sendable {
    typealias InboundIn = NIOAny

    private let promise: EventLoopPromise<Value>

    init(promise: EventLoopPromise<Value>) {
        self.promise = promise
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(HTTPClientError.remoteConnectionClosed)
    }
}
