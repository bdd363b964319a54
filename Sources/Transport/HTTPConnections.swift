import AsyncHTTPClient
import Federation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A pool of HTTP/1.1 connections that shuts down when the last reference is released.
///
/// AsyncHTTPClient terminates the process if a running client is deallocated. An error can skip the call of
/// ``HTTPTransport/shutDown()``. The `deinit` shuts the client down in this case.
final class HTTPConnections: Sendable {
    static let connectLimit = Duration.seconds(5)
    /// The maximum number of connections to one host; further requests wait up to ``connectLimit``.
    private static let connectionsPerHost = 32
    /// The event loop of all clients; one thread is enough for thousands of requests per second.
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
        configuration.tracing.tracer = nil
        // The name `localhost` must not resolve to an address of another host.
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
        // The call fails if the client is already shut down. This failure is harmless.
        client.shutdown { _ in }
    }
}

/// Intercepts responses that AsyncHTTPClient cannot handle.
///
/// AsyncHTTPClient 1.37 terminates the process on a status below 100. The handler has these rules:
/// - The handler rejects every status outside 100…599.
/// - The handler rejects status 101 (a protocol switch), because cambist never requests a switch.
/// - The handler drops informational responses (100 and 102…199).
final class StatusGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    private enum State {
        case forwarding
        case dropping
        case refused
    }

    private var state = State.forwarding

    /// Inserts the guard between the response decoder and the client's own handler.
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

/// A response with a status outside 100…599, or a protocol switch.
struct InvalidStatusError: Error {
    let status: Int
}

extension Duration {
    /// The duration as an NIO amount of time, limited to 0…1 day.
    var timeAmount: TimeAmount {
        .nanoseconds(Int64(min(max(self, .zero), .seconds(86_400)).nanoseconds))
    }
}
