package import Foundation
package import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A request as a scripted server saw it.
package struct ScriptedRequest: Sendable {
    /// Counts the server's requests from 1.
    package let number: Int
    package let method: String
    /// Path and query, as sent.
    package let target: String
    package let headers: [(name: String, value: String)]
    package let body: String

    /// The first value of a header field, whatever the case of its name.
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
        /// Sends bytes one at a time with a pause after each, as long as the client reads.
        case drip([UInt8], every: Duration)
        /// So many bytes, a chunk at a time, as long as the other side reads; the last step.
        case flood(bytes: Int)
        /// Nothing more, with the connection open, until the other side closes it.
        case stall
        /// The connection is closed.
        case close
    }

    package let steps: [Step]

    package init(_ steps: Step...) {
        self.steps = steps
    }

    /// A whole answer, after which the connection stays open for the next request.
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

/// A server on loopback that answers as a script says, well or badly.
package final class ScriptedServer: Sendable {
    package typealias Script = @Sendable (ScriptedRequest) -> ScriptedReply

    private let script: Script
    private let seen = Mutex<[ScriptedRequest]>([])
    private let port = Mutex(0)

    private init(script: @escaping Script) {
        self.script = script
    }

    /// Runs `work` while a server answers on a free port.
    ///
    /// - Parameters:
    ///   - script: What is answered to each request; called from several connections at once.
    ///   - prepare: Adds handlers in front of HTTP, TLS for instance.
    ///   - work: Gets the server, which stops listening when it returns.
    /// - Returns: What `work` returns.
    /// - Throws: What `work` throws.
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

    /// The address of the server, `http://127.0.0.1:PORT/`, with a path when one is given.
    package func url(_ path: String = "", scheme: String = "http") -> URL {
        var components = URLComponents()
        components.scheme = scheme
        components.host = "127.0.0.1"
        components.port = port.withLock(\.self)
        components.path = "/" + path
        return components.url ?? URL(filePath: "/")
    }

    /// The requests so far, in the order they came.
    package var requests: [ScriptedRequest] {
        seen.withLock { $0 }
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
        return script(request)
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
