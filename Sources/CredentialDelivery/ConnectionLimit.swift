import Foundation
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1
import Synchronization

/// The connections of a server: fewer than the free descriptors, none of them silent for long.
///
/// A connection must complete a request head within a deadline. At the limit a new connection closes the oldest
/// one that has not, so that silent connections never keep out one that asks.
final class ConnectionLimit: Sendable {
    /// The time for the head of a request, headers included.
    static let headDeadline = TimeAmount.seconds(5)
    /// The descriptors left to exchanges, the history and the configuration.
    private static let reserve = 64
    private static let largestLimit = 512
    private static let smallestLimit = 4
    /// Connections accepted above the limit while those they displaced are closing.
    private static let slack = 8

    private struct Waiting {
        let channel: any Channel
        let number: Int
    }

    private struct State {
        var count = 0
        var next = 0
        /// The connections without a complete request head.
        var waiting: [ObjectIdentifier: Waiting] = [:]
    }

    /// The most connections before silent ones are closed.
    let limit: Int
    private let deadline: TimeAmount
    private let state = Mutex(State())

    /// Creates a limit below the descriptors that are free now.
    convenience init() {
        self.init(limit: Self.freeDescriptors - Self.reserve - Self.slack, deadline: Self.headDeadline)
    }

    init(limit: Int, deadline: TimeAmount) {
        self.limit = min(max(limit, Self.smallestLimit), Self.largestLimit)
        self.deadline = deadline
    }

    /// The descriptors that this process may still open.
    private static var freeDescriptors: Int {
        var limits = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0 else { return 256 }
        let used = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 0
        return Int(clamping: limits.rlim_cur) - used
    }

    /// The number of open connections.
    var count: Int { state.withLock { $0.count } }

    /// Pauses accepting while displaced connections are closing.
    var acceptance: some AvailableConnectionsDelegate {
        MaximumAvailableConnections(limit + Self.slack)
    }

    /// Creates the handler of one connection.
    func makeHandler() -> any RemovableChannelHandler {
        ConnectionHandler(limit: self, deadline: deadline)
    }

    /// Counts a connection, and closes the oldest silent one above the limit.
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

    /// Notes that a connection has sent a request head.
    fileprivate func asked(_ channel: any Channel) {
        state.withLock { $0.waiting[ObjectIdentifier(channel)] = nil }
    }

    /// Notes that a connection waits for its next request.
    fileprivate func answered(_ channel: any Channel) {
        state.withLock { state in
            guard channel.isActive else { return }
            state.next += 1
            state.waiting[ObjectIdentifier(channel)] = Waiting(channel: channel, number: state.next)
        }
    }

    fileprivate func closed(_ channel: any Channel) {
        state.withLock { state in
            state.count -= 1
            state.waiting[ObjectIdentifier(channel)] = nil
        }
    }
}

/// One connection: closes it when its first request head is late, and reports its state to the limit.
///
/// It stands behind the decoder, which passes nothing on before a head is complete.
private final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny
    typealias OutboundIn = NIOAny

    /// The time after the last write of an answer until the connection counts as silent.
    private static let answerTime = TimeAmount.seconds(1)

    private let limit: ConnectionLimit
    private let deadline: TimeAmount
    private var timer: Scheduled<Void>?
    private var isOpen = false
    /// Whether absolute request targets are recognized; without that the connection is not served.
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

    /// Counts the connection only now: closing one that is still being set up would end the process in NIO.
    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
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
        timer?.cancel()
        limit.asked(context.channel)
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        timer?.cancel()
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: Self.answerTime) { [limit] in limit.answered(channel) }
        context.write(data, promise: promise)
    }

    private func close(_ channel: any Channel) {
        guard isOpen else { return }
        isOpen = false
        timer?.cancel()
        limit.closed(channel)
    }
}

/// Passes only paths on as request targets: the codec behind it removes the scheme and host of an absolute target, and
/// the server would answer as if they had been its own.
private final class TargetGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), !head.uri.hasPrefix("/") else {
            return context.fireChannelRead(data)
        }
        // No path; the server refuses it with an answer that says so.
        head.uri = "*"
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
