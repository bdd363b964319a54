import AsyncHTTPClient
import Federation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A pool of HTTP/1.1 connections, shut down with the last reference to it at the latest.
///
/// AsyncHTTPClient ends the process when a running client is deallocated, as an error thrown past
/// ``HTTPTransport/shutDown()`` would cause. This is a class because only a class has a `deinit`.
final class HTTPConnections: Sendable {
    static let connectLimit = Duration.seconds(5)
    /// Further requests wait for a connection, at most as long as a connection may take.
    private static let connectionsPerHost = 32
    /// One thread for all clients: it handles thousands of requests per second.
    static let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    let client: HTTPClient

    init(tls: TLSConfiguration, proxy: HTTPClient.Configuration.Proxy? = nil) {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            proxy: proxy,
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = Self.connectLimit.timeAmount
        configuration.connectionPool.idleTimeout = .seconds(30)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.connectionsPerHost
        // The one name that counts as local must not resolve to another address.
        configuration.dnsOverride = ["localhost": "127.0.0.1"]
        configuration.http1_1ConnectionDebugInitializer = { channel in
            channel.eventLoop.submit { try StatusGuard.install(in: channel.pipeline.syncOperations) }
        }
        client = HTTPClient(eventLoopGroupProvider: .shared(Self.loops), configuration: configuration)
    }

    func shutDown() async {
        try? await client.shutdown()
    }

    deinit {
        // Fails if it was shut down before, which has the same effect.
        client.shutdown { _ in }
    }
}

/// Refuses responses that AsyncHTTPClient cannot handle, before it sees them.
///
/// A status below 100 ends the process in AsyncHTTPClient 1.37, which treats it as informational and then receives
/// the end of a response that it never saw begin. Informational responses are dropped here with whatever follows
/// them, and a switch of protocols, which is never requested, is refused.
final class StatusGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    private enum State {
        case forwarding
        /// Drops the rest of an informational response.
        case dropping
        case refused
    }

    private var state = State.forwarding

    /// Inserts the guard between the decoder of responses and the client's own handler.
    static func install(in pipeline: ChannelPipeline.SynchronousOperations) throws {
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        try pipeline.addHandler(StatusGuard(), position: .after(decoder))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data), state != .refused {
            state = Self.state(after: head)
            if state == .refused {
                context.fireErrorCaught(InvalidStatusError(status: Int(head.status.code)))
                context.close(promise: nil)
            }
        }
        if state == .forwarding { context.fireChannelRead(data) }
    }

    private static func state(after head: HTTPResponseHead) -> State {
        switch head.status.code {
        case 101: .refused
        case 100..<200: .dropping
        case 200..<600: .forwarding
        default: .refused
        }
    }
}

/// A response with a status outside 100…599, or a switch of protocols.
struct InvalidStatusError: Error {
    let status: Int
}

extension Duration {
    /// This duration for NIO, limited to 0…1 day.
    var timeAmount: TimeAmount {
        .nanoseconds(Int64(min(max(self, .zero), .seconds(86_400)).nanoseconds))
    }
}
