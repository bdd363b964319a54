import Federation
import FoundationEssentials
import Glibc
import HTTPTypes
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// A server on one loopback port; only this file of the module imports the server library.
struct LabServer: Sendable {
    /// The maximum size of a request body, in bytes; a larger body causes an empty 413 response, as from STS.
    private static let largestBody = 10_000_000

    /// The listening port.
    let port: Int
    private let refusal: LateConnectionRefusal
    private let group: ServiceGroup
    private let running: Task<Void, any Error>

    /// Starts a server on 127.0.0.1 that runs until ``stop()`` is called.
    ///
    /// - Throws: ``LabError/portInUse(_:)`` or ``LabError/cannotListen(port:reason:)``.
    static func start(
        port: Int,
        tls: TLSMaterial? = nil,
        time: any TimeSource,
        respond: @escaping @Sendable (WireRequest) async -> WireResponse
    ) async throws(LabError) -> LabServer {
        let (ports, listening) = AsyncThrowingStream<Int, any Error>.makeStream()
        let logger = Logger(label: "lab") { _ in SwiftLogNoOpLogHandler() }
        let refusal = LateConnectionRefusal()
        let plain = HTTPServerBuilder.http1(
            configuration: HTTP1Channel.Configuration(additionalChannelHandlers: [refusal.makeHandler()])
        )
        let server: HTTPServerBuilder
        do {
            server = try tls.map { try .tls(plain, tlsConfiguration: $0.serverConfiguration()) } ?? plain
        } catch {
            throw .cannotListen(port: port, reason: "\(error)")
        }
        let service: any Service
        do {
            service = try server.buildServer(
                configuration: ServerConfiguration(address: .hostname("127.0.0.1", port: port)),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: logger,
                responder: { request, writer, channel in
                    let response = await answer(request, on: channel, time: time, respond: respond)
                    try await writer.write(response: response.head, body: response.body)
                },
                onServerRunning: { channel in
                    listening.yield(channel.localAddress?.port ?? port)
                    listening.finish()
                }
            )
        } catch {
            throw .cannotListen(port: port, reason: "\(error)")
        }
        var configuration = ServiceGroupConfiguration(services: [service], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.stopLimit
        let group = ServiceGroup(configuration: configuration)
        let running = Task {
            do {
                try await group.run()
                listening.finish()
            } catch {
                listening.finish(throwing: error)
                throw error
            }
        }
        do {
            for try await port in ports {
                return LabServer(port: port, refusal: refusal, group: group, running: running)
            }
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw .portInUse(port)
        } catch {
            throw .cannotListen(port: port, reason: "\(error)")
        }
        throw .cannotListen(port: port, reason: "the server ended immediately")
    }

    /// The pause between the first refusal of connections and the shutdown.
    ///
    /// A connection that the server accepted before the pause may become active during the pause; the server refuses
    /// this connection.
    private static let refusalTime = Duration.milliseconds(50)

    /// The time after which a stopping server cancels the requests in progress.
    private static let stopLimit = Duration.seconds(5)

    /// Stops the server; returns when the port is free.
    ///
    /// The server refuses new connections and completes requests in progress. After 5 s, the server cancels the
    /// remaining requests.
    func stop() async {
        refusal.begin()
        try? await Task.sleep(for: Self.refusalTime)
        await group.triggerGracefulShutdown()
        _ = await running.result
    }

    private static func answer(
        _ request: Request,
        on channel: any Channel,
        time: any TimeSource,
        respond: @Sendable (WireRequest) async -> WireResponse
    ) async -> Response {
        guard let body = try? await request.body.collect(upTo: largestBody) else {
            return Response(status: .contentTooLarge)
        }
        let answer = await respond(WireRequest(request, body: Data(body.readableBytesView), at: time.now))
        try? await time.sleep(for: answer.delay)
        if answer.isCut {
            try? await channel.close()
        }
        var response = Response(answer)
        // Clients measure their clock offset by this header, so the time must be current.
        response.headers[.date] = (time.now + answer.clockOffset.seconds).httpText
        return response
    }
}

/// Refuses connections that become active after the server began to stop.
///
/// No task would serve such a connection. NIO ends the process if the writer of an active connection is discarded.
private final class LateConnectionRefusal: Sendable {
    private let isStopping = Atomic(false)

    func begin() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
    }

    func makeHandler() -> any RemovableChannelHandler {
        Handler(refusal: self)
    }

    private final class Handler: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = NIOAny

        private let refusal: LateConnectionRefusal

        init(refusal: LateConnectionRefusal) {
            self.refusal = refusal
        }

        func channelActive(context: ChannelHandlerContext) {
            if refusal.isStopping.load(ordering: .sequentiallyConsistent) {
                return context.channel.close(promise: nil)
            }
            context.fireChannelActive()
        }
    }
}

extension WireRequest {
    fileprivate init(_ request: Request, body: Data, at date: Date) {
        let target = request.head.path ?? "/"
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var headers = request.headers.map { (name: $0.name.rawName, value: $0.value) }
        if let authority = request.head.authority {
            headers.append((name: "host", value: authority))
        }
        self.init(
            method: request.method.rawValue,
            path: String(parts[0]),
            rawQuery: parts.count > 1 ? String(parts[1]) : nil,
            headers: headers,
            body: body,
            at: date
        )
    }
}

extension Response {
    fileprivate init(_ answer: WireResponse) {
        var headers = HTTPFields()
        for field in answer.headers {
            guard let name = HTTPField.Name(field.name) else { continue }
            headers.append(HTTPField(name: name, value: field.value))
        }
        self.init(
            status: HTTPResponse.Status(code: answer.status),
            headers: headers,
            body: answer.body.isEmpty
                ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
        )
    }
}
