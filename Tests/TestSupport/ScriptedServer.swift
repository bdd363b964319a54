package import Foundation
package import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

/// A request that a scripted server received.
package struct ScriptedRequest: Sendable {
    /// The position among the server's requests, from 1.
    package let number: Int
    package let method: String
    /// Path and query, as sent.
    package let target: String
    package let headers: [(name: String, value: String)]
    package let body: String

    /// Returns the first value of a header field; its name is case-insensitive.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// A scripted server's reaction to a request, byte by byte; it need not be HTTP.
package struct ScriptedReply: Sendable {
    package enum Step: Sendable {
        case send(String)
        /// Sends bytes that need not be UTF-8.
        case sendBytes([UInt8])
        /// Sends bytes one at a time with a pause after each, until the client disconnects.
        case drip([UInt8], every: Duration)
        /// Sends this number of bytes in chunks, until the client disconnects; must be the last step.
        case flood(bytes: Int)
        /// Sends nothing more and leaves the connection open until the client closes it.
        case stall
        /// Closes the connection.
        case close
        /// Closes the connection with a reset, so that the client loses what it has not yet read.
        case reset
    }

    package let steps: [Step]

    package init(_ steps: Step...) {
        self.steps = steps
    }

    /// A complete response; the connection stays open for the next request.
    package static func answer(
        _ status: Int,
        _ body: String = "",
        type: String = "application/json",
        headers: [String] = []
    ) -> ScriptedReply {
        let head =
            ["HTTP/1.1 \(status) Status", "Content-Type: \(type)", "Content-Length: \(body.utf8.count)"]
            + headers
        return ScriptedReply(.send(head.joined(separator: "\r\n") + "\r\n\r\n" + body))
    }
}

/// A server on loopback whose script determines each response, valid or not.
package final class ScriptedServer: Sendable {
    package typealias Script = @Sendable (ScriptedRequest) -> ScriptedReply

    private let script: Script
    private let seen = Mutex<[ScriptedRequest]>([])
    private let arrivals = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let port = Mutex(0)

    private init(script: @escaping Script) {
        self.script = script
    }

    /// Runs `work` while a server listens on a free port.
    ///
    /// - Parameters:
    ///   - script: Returns the response to a request; called from several connections concurrently.
    ///   - prepare: Adds handlers in front of HTTP, such as TLS.
    ///   - work: Receives the server, which stops listening when `work` returns.
    /// - Returns: The result of `work`.
    /// - Throws: The error of `work`.
    package static func run<Value: Sendable>(
        _ script: @escaping Script,
        prepare: @escaping @Sendable (any Channel) throws -> Void = { _ in },
        work: @Sendable (ScriptedServer) async throws -> Value
    ) async throws -> Value {
        let server = ScriptedServer(script: script)
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try prepare(channel)
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                    try channel.pipeline.syncOperations.addHandler(ScriptedHandler(server: server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        server.port.withLock { $0 = listener.localAddress?.port ?? 0 }
        do {
            let value = try await work(server)
            try await listener.close()
            return value
        } catch {
            try await listener.close()
            throw error
        }
    }

    /// Runs `work` while a server of a different protocol listens, which performs `reply` when a client sends something.
    package static func run<Value: Sendable>(
        withoutHTTP reply: ScriptedReply,
        work: @Sendable (ScriptedServer) async throws -> Value
    ) async throws -> Value {
        try await run { _ in
            reply
        } prepare: { channel in
            try channel.pipeline.syncOperations.addHandler(FirstBytesHandler())
        } work: { server in
            try await work(server)
        }
    }

    /// Returns the address of the server, `http://127.0.0.1:PORT/`, with an optional path.
    package func url(_ path: String = "", scheme: String = "http") -> URL {
        var components = URLComponents()
        components.scheme = scheme
        components.host = "127.0.0.1"
        components.port = port.withLock(\.self)
        components.path = "/" + path
        return components.url ?? URL(filePath: "/")
    }

    /// The requests so far, in order of arrival.
    package var requests: [ScriptedRequest] {
        seen.withLock { $0 }
    }

    /// Waits for a request that arrived after those of earlier calls.
    package func waitForRequest() async {
        for await _ in arrivals.stream { return }
    }

    fileprivate func reply(to head: HTTPRequestHead, body: String) -> ScriptedReply {
        let request = seen.withLock { seen in
            let request = ScriptedRequest(
                number: seen.count + 1,
                method: head.method.rawValue,
                target: head.uri,
                headers: head.headers.map { (name: $0.name, value: $0.value) },
                body: body
            )
            seen.append(request)
            return request
        }
        arrivals.continuation.yield()
        return script(request)
    }
}

/// Replaces the first bytes of a connection by an HTTP request, and discards the others.
private final class FirstBytesHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var isFirst = true

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard isFirst else { return }
        isFirst = false
        context.fireChannelRead(
            wrapInboundOut(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        )
    }
}

/// One connection of a scripted server.
private final class ScriptedHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private let server: ScriptedServer
    private var head: HTTPRequestHead?
    private var body = ""

    init(server: ScriptedServer) {
        self.server = server
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let received): (head, body) = (received, "")
        case .body(let bytes): body += String(buffer: bytes)
        case .end:
            guard let head else { return }
            perform(server.reply(to: head, body: body).steps[...], on: context.channel)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func perform(_ steps: ArraySlice<ScriptedReply.Step>, on channel: any Channel) {
        guard let step = steps.first else { return }
        switch step {
        case .send(let text):
            let written = channel.writeAndFlush(ByteBuffer(string: text))
            written.assumeIsolated().whenSuccess { self.perform(steps.dropFirst(), on: channel) }
        case .sendBytes(let bytes):
            let written = channel.writeAndFlush(ByteBuffer(bytes: bytes))
            written.assumeIsolated().whenSuccess { self.perform(steps.dropFirst(), on: channel) }
        case .drip(let bytes, let pause):
            drip(bytes[...], every: pause, on: channel)
        case .flood(let bytes):
            flood(bytes, on: channel)
        case .stall:
            break
        case .close:
            channel.close(promise: nil)
        case .reset:
            // A socket without a linger time discards its data and resets the connection.
            let provider = channel as? any SocketOptionProvider
            provider?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
                channel.close(promise: nil)
            }
        }
    }

    private func drip(_ bytes: ArraySlice<UInt8>, every pause: Duration, on channel: any Channel) {
        guard let first = bytes.first, channel.isActive else { return }
        channel.writeAndFlush(ByteBuffer(bytes: [first]), promise: nil)
        channel.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(pause)) {
            self.drip(bytes.dropFirst(), every: pause, on: channel)
        }
    }

    private func flood(_ bytes: Int, on channel: any Channel) {
        guard bytes > 0 else { return }
        let written = channel.writeAndFlush(
            ByteBuffer(repeating: UInt8(ascii: "x"), count: min(bytes, 1 << 16))
        )
        written.assumeIsolated().whenSuccess { self.flood(bytes - (1 << 16), on: channel) }
    }
}

/// A hostile reply and the result that it must have.
package struct ReplyCase<Expectation: Sendable>: Sendable, CustomTestStringConvertible {
    package let testDescription: String
    package let reply: ScriptedReply
    package let expectation: Expectation

    package init(_ name: String, _ reply: ScriptedReply, _ expectation: Expectation) {
        testDescription = name
        self.reply = reply
        self.expectation = expectation
    }
}
