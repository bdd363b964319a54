import FoundationEssentials
import Glibc
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Synchronization

/// Limits the number of open connections to the available file descriptors and closes idle connections.
///
/// A connection must send its first complete request head within a deadline.
///
/// Idle connections cannot block new connections. Above the limit, a new connection replaces the idle connection that
/// has waited longest for a request head.
final class ConnectionLimit: Sendable {
    /// The time limit for receiving the first request head of a connection, including all headers.
    static let headDeadline = TimeAmount.seconds(5)
    /// File descriptors reserved for exchanges, the history, and the configuration.
    private static let reserve = 64
    private static let largestLimit = 512
    private static let smallestLimit = 4
    /// The number of additional connections that the server accepts while replaced connections are closing.
    private static let slack = 8

    private struct Waiting {
        let channel: any Channel
        let number: Int
    }

    private struct State {
        var count = 0
        var next = 0
        var isStopping = false
        /// The connections without a complete request head.
        var waiting: [ObjectIdentifier: Waiting] = [:]
    }

    /// The maximum number of connections before idle connections are closed.
    let limit: Int
    private let deadline: TimeAmount
    private let state = Mutex(State())

    /// Creates a limit based on the file descriptors that are currently available.
    convenience init() {
        self.init(limit: Self.freeDescriptors - Self.reserve - Self.slack, deadline: Self.headDeadline)
    }

    init(limit: Int, deadline: TimeAmount) {
        self.limit = min(max(limit, Self.smallestLimit), Self.largestLimit)
        self.deadline = deadline
    }

    /// The number of file descriptors that this process may still open.
    private static var freeDescriptors: Int {
        var limits = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0 else { return 256 }
        let used = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 0
        return Int(clamping: limits.rlim_cur) - used
    }

    var count: Int { state.withLock { $0.count } }

    /// The delegate that pauses accepting while replaced connections are closing.
    var availableConnections: some AvailableConnectionsDelegate {
        MaximumAvailableConnections(limit + Self.slack)
    }

    /// Refuses all new connections.
    func stop() {
        state.withLock { $0.isStopping = true }
    }

    fileprivate var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Creates the channel handler for one connection.
    func makeHandler() -> any RemovableChannelHandler {
        ConnectionHandler(limit: self, deadline: deadline)
    }

    /// Counts a connection; above the limit, closes the oldest idle connection.
    fileprivate func opened(_ channel: any Channel) {
        let displaced = state.withLock { state -> (any Channel)? in
            state.count += 1
            state.next += 1
            let oldest = state.count > limit ? state.waiting.min { $0.value.number < $1.value.number } : nil
            if let oldest { state.waiting[oldest.key] = nil }
            state.waiting[ObjectIdentifier(channel)] = Waiting(channel: channel, number: state.next)
            return oldest?.value.channel
        }
        displaced?.close(promise: nil)
    }

    fileprivate func requestReceived(_ channel: any Channel) {
        state.withLock { $0.waiting[ObjectIdentifier(channel)] = nil }
    }

    /// Records that a connection is waiting for its next request; above the limit, closes the connection.
    ///
    /// Above the limit, the server may have paused accepting. Without new connections, ``opened(_:)`` would not close
    /// this idle connection.
    fileprivate func responseSent(_ channel: any Channel) {
        let isDisplaced = state.withLock { state in
            guard channel.isActive else { return false }
            if state.count > limit { return true }
            state.next += 1
            state.waiting[ObjectIdentifier(channel)] = Waiting(channel: channel, number: state.next)
            return false
        }
        if isDisplaced { channel.close(promise: nil) }
    }

    fileprivate func closed(_ channel: any Channel) {
        state.withLock { state in
            state.count -= 1
            state.waiting[ObjectIdentifier(channel)] = nil
        }
    }
}

/// Reports the state of a connection to ``ConnectionLimit``; closes the connection if the first request head is late.
///
/// The handler follows the decoder, which forwards only complete request heads.
private final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limit: ConnectionLimit
    private let deadline: TimeAmount
    private var timer: Scheduled<Void>?
    private var isOpen = false
    /// The number of requests without a complete response.
    private var requests = 0
    /// Whether a ``TargetGuard`` protects this connection; an unprotected connection is closed.
    private var isGuarded = false

    init(limit: ConnectionLimit, deadline: TimeAmount) {
        self.limit = limit
        self.deadline = deadline
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        do {
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            try pipeline.addHandler(TargetGuard(), position: .before(codec))
            isGuarded = true
        } catch {
            isGuarded = false
        }
    }

    /// Counts an active connection; closes a connection that arrives while the server stops.
    ///
    /// The order of the calls avoids two cases in which NIO terminates the process:
    ///
    /// - A connection is closed during its setup. To avoid this case, the limit closes only active connections.
    /// - The writer of an active connection is discarded. To avoid this case, a connection that arrives while the
    ///   server stops is never reported to the next handlers as active.
    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        if limit.isStopping { return channel.close(promise: nil) }
        isOpen = true
        limit.opened(channel)
        timer = context.eventLoop.scheduleTask(in: deadline) { channel.close(promise: nil) }
        context.fireChannelActive()
        if !isGuarded { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        close(context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) {
        close(context.channel)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) {
            timer?.cancel()
            requests += 1
            limit.requestReceived(context.channel)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        requests -= 1
        guard requests == 0 else { return context.write(data, promise: promise) }
        let written = promise ?? context.eventLoop.makePromise()
        let channel = context.channel
        written.futureResult.whenSuccess { [limit] in limit.responseSent(channel) }
        context.write(data, promise: written)
    }

    private func close(_ channel: any Channel) {
        guard isOpen else { return }
        isOpen = false
        timer?.cancel()
        limit.closed(channel)
    }
}

/// Replaces a request target that is not a path by `*`, which the server refuses.
///
/// The next codec removes the scheme and host from an absolute target. Without this handler, the server would serve
/// a request for a different host.
private final class TargetGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), !head.uri.hasPrefix("/") else {
            return context.fireChannelRead(data)
        }
        // `*` is not a path, so the server refuses the request with a descriptive error.
        head.uri = "*"
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
