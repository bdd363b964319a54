import Federation
import FoundationEssentials

/// Listens to a channel of the fleet's database until the task is canceled; reconnects after a connection loss.
///
/// Without notifications, the listener calls `respond` only at the heartbeat interval and after ``wake()``.
///
/// A notification announces only the first changed state of each half second (``FleetSchema/changes``). Therefore,
/// after a notification, the listener repeatedly queries the nodes that published states. The queries end when no node
/// has published a state for a second.
actor FleetListener {
    /// The events since the last call of `respond`.
    struct Reasons: Sendable {
        /// The payloads of notifications, and the nodes that published states.
        var payloads: Set<String> = []
        /// Whether the heartbeat interval has passed.
        var isBeat = false
    }

    /// The time between two reads of publications.
    private static let readInterval = Duration.milliseconds(200)
    /// The time without a new publication after which the listener stops reading publications.
    private static let readTime = Duration.seconds(1)

    nonisolated let store: FleetStore
    private let settings: ConnectionSettings
    private let channel: String
    private let pace: Duration
    private let time: any TimeSource
    private let reportPolling: @Sendable () -> Void
    private var reasons = Reasons()
    private var isDisconnected = false
    private var hasProblem = false
    /// The time of the newest publication that was read, in the database's format.
    private var lastPublication: String?
    /// The uptime at which the listener stops reading publications.
    private var readDeadline = Duration.zero
    private var probe: (payload: String, seen: Int)?
    private var hasReportedPolling = false
    private var events: Task<Void, Never>?
    private let wakeups: AsyncStream<Void>
    private let wakeup: AsyncStream<Void>.Continuation

    /// Creates a listener; ``run(begin:respond:failed:)`` connects.
    ///
    /// - Parameters:
    ///   - settings: The connection.
    ///   - channel: The channel.
    ///   - pace: The minimum time between two calls of `respond`.
    ///   - time: The clock.
    ///   - reportPolling: Called once if notifications are not delivered.
    init(
        _ settings: ConnectionSettings,
        channel: String,
        pace: Duration,
        time: any TimeSource,
        reportPolling: @escaping @Sendable () -> Void
    ) {
        self.settings = settings
        self.channel = channel
        self.pace = pace
        self.time = time
        self.reportPolling = reportPolling
        store = FleetStore(settings, time: time)
        (wakeups, wakeup) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether all test notifications of a ``NotificationProbe`` have arrived since the connection was made.
    var deliversNotifications: Bool { (probe?.seen ?? 0) >= NotificationProbe.count }

    /// Causes a call of `respond` without a notification.
    nonisolated func wake() { wakeup.yield() }

    /// Runs until the task is canceled; afterwards, the caller must call ``close()``.
    ///
    /// - Parameters:
    ///   - begin: Called after each new connection, before `respond`.
    ///   - respond: Called after ``wake()``, after notifications, and after each heartbeat interval.
    ///   - failed: Called with each failure; a new attempt follows.
    func run(
        begin: @Sendable () async throws(FleetError) -> Void,
        respond: @Sendable (Reasons) async throws(FleetError) -> Void,
        failed: @Sendable (FleetError) async -> Void
    ) async {
        events = Task { [store] in
            for await event in store.connection.events { receive(event) }
        }
        let beats = Task { [time] in
            while (try? await time.sleep(for: .seconds(FleetNode.beatInterval))) != nil { noteBeat() }
        }
        var backoff = ReconnectBackoff()
        while !Task.isCancelled {
            do throws(FleetError) {
                try await subscribe()
                try await begin()
                hasProblem = false
                backoff.reset()
                try await follow(respond)
            } catch {
                guard !Task.isCancelled else { break }
                hasProblem = true
                await failed(error)
                let pause = backoff.pause(jitter: .random(in: 0...1))
                guard
                    (try? await time.sleep(for: error.isTransient ? pause : max(pause, .seconds(15)))) != nil
                else { break }
            }
        }
        beats.cancel()
    }

    /// Closes the connection and waits until the connection's thread has ended.
    ///
    /// The process must not exit while the thread runs.
    func close() async {
        store.close()
        await events?.value
    }

    private func subscribe() async throws(FleetError) {
        isDisconnected = false
        reasons = Reasons()
        // Another server may have another clock.
        lastPublication = nil
        // The first change of the current half second may have been announced before the subscription.
        readDeadline = time.uptime + Self.readTime
        try await store.checkSchema()
        do throws(FleetError) {
            try await store.listen(to: channel)
        } catch .readOnly {
            // A standby accepts no LISTEN.
            probe = nil
            return reportPollingOnce()
        }
        let probe = NotificationProbe(settings: settings, channel: channel)
        self.probe = (probe.payload, 0)
        Task { await check(probe) }
    }

    private func check(_ probe: NotificationProbe) async {
        do throws(FleetError) {
            try await probe.send(time: time)
        } catch {
            return
        }
        guard self.probe?.payload == probe.payload, !deliversNotifications, !hasProblem else { return }
        reportPollingOnce()
    }

    private func reportPollingOnce() {
        if !hasReportedPolling { reportPolling() }
        hasReportedPolling = true
    }

    private func receive(_ event: PostgresConnection.Event) {
        switch event {
        case .disconnected:
            isDisconnected = true
            wake()
        case .notified(let notification) where notification.payload.hasPrefix(NotificationProbe.prefix):
            if notification.payload == probe?.payload { probe?.seen += 1 }
        case .notified(let notification):
            reasons.payloads.insert(notification.payload)
            wake()
        }
    }

    private func noteBeat() {
        reasons.isBeat = true
        wake()
    }

    private func follow(
        _ respond: @Sendable (Reasons) async throws(FleetError) -> Void
    ) async throws(FleetError) {
        var next = time.uptime
        for await _ in wakeups {
            if time.uptime < next { try? await time.sleep(for: next - time.uptime) }
            if Task.isCancelled { return }
            if isDisconnected { throw .unreachable("the connection broke") }
            var reasons = reasons
            self.reasons = Reasons()
            if channel == FleetSchema.changes {
                if !reasons.payloads.isEmpty { readDeadline = time.uptime + Self.readTime }
                try await reasons.payloads.formUnion(readPublications())
            }
            try await respond(reasons)
            next = time.uptime + pace
        }
    }

    /// Returns the nodes that published states, and schedules the next read.
    private func readPublications() async throws(FleetError) -> Set<FleetNode.ID> {
        guard time.uptime < readDeadline else { return [] }
        let publications = try await store.publications(since: lastPublication)
        if publications.newest != lastPublication { readDeadline = time.uptime + Self.readTime }
        lastPublication = publications.newest
        Task { [time] in
            try? await time.sleep(for: Self.readInterval)
            wake()
        }
        return publications.nodes
    }
}

/// The pauses between attempts to reach the database: from one second, doubled up to one minute, with jitter.
struct ReconnectBackoff {
    private static let longest = Duration.seconds(60)
    private var next = Duration.seconds(1)

    /// Returns the pause before the next attempt: half of the interval (`jitter` 0) up to the interval (`jitter` 1).
    mutating func pause(jitter: Double) -> Duration {
        defer { next = min(next * 2, Self.longest) }
        return next * (0.5 + jitter / 2)
    }

    /// Resets the pause to one second, after a success.
    mutating func reset() { self = ReconnectBackoff() }
}
