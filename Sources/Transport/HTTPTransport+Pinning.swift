import AsyncHTTPClient
import Federation
package import Foundation
import NIOCore
import NIOPosix
import NIOSSL

extension HTTPTransport {
    /// A transport that trusts the certificate a server shows now, and no other.
    ///
    /// The certificate is taken only if `accepts` says that its DER is the expected one; its name is not
    /// compared. Verification is never off: the handshake that fetches the certificate fails unless it is
    /// accepted, and every request is then verified against it as the only root.
    ///
    /// - Parameters:
    ///   - url: An `https` address of the server.
    ///   - limit: How long the handshake may take.
    ///   - accepts: Whether a certificate, in DER, is the expected one.
    /// - Returns: A transport for this server only.
    /// - Throws: ``TransportError`` when there is no connection or another certificate.
    package func pinned(
        to url: URL,
        within limit: Duration,
        accepts: @escaping @Sendable (Data) -> Bool
    ) async throws(TransportError) -> HTTPTransport {
        let bounds = RequestBounds(total: limit)
        do {
            let certificate = try await Self.certificate(of: url, within: limit, accepts: accepts)
            return HTTPTransport(trusting: certificate, like: self)
        } catch is UnexpectedCertificate {
            throw .insecure(
                host: Self.name(of: url),
                reason: "the thumbprint of its certificate is another one"
            )
        } catch {
            throw TransportError(error, host: Self.name(of: url), bounds: bounds)
        }
    }

    private static func certificate(
        of url: URL,
        within limit: Duration,
        accepts: @escaping @Sendable (Data) -> Bool
    ) async throws -> NIOSSLCertificate {
        let loop = OwnedClient.loops.next()
        let found = loop.makePromise(of: NIOSSLCertificate.self)
        let alarm = loop.scheduleTask(in: .nanoseconds(Int64(limit.seconds * 1e9))) {
            found.fail(HTTPClientError.tlsHandshakeTimeout)
        }
        defer { alarm.cancel() }
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.seconds(connectLimit.components.seconds))
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

    private struct UnexpectedCertificate: Error {}
}

/// Passes on why a handshake failed, unless the certificate was had before.
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
