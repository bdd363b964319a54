import DequeModule
package import Federation
package import FoundationEssentials
import Transport

/// Holds session credentials in memory and renews them for mappings with automatic renewal.
///
/// If a renewal fails, unexpired credentials are kept.
package actor CredentialRefresher {
    /// An event of an exchange, or the plan for the next exchange.
    package enum Event: Sendable {
        case began(RoleMapping.ID)
        case stepped(RoleMapping.ID, StepRecord)
        case ended(ExchangeRecord)
        /// The time of the next renewal, or of the next attempt after a failure.
        case planned(RoleMapping.ID, isRetry: Bool, at: Date)
    }

    /// The mappings whose credentials are renewed automatically.
    package enum Scope: Hashable, Sendable {
        /// Mappings with `refresh: auto`.
        case automatic
        case all
        case named(Set<RoleMapping.ID>)
    }

    /// Runs one exchange and passes each completed step to the closure.
    package typealias ExchangeFunction =
        @Sendable (RoleMapping, ExchangeOptions, @escaping @Sendable (StepRecord) -> Void) async -> Exchange

    private struct Renewal {
        var schedule = RenewalSchedule()
        /// The instant of the next renewal; `nil` if no renewal is planned, for example during a renewal or a watch.
        var due: RenewalInstant?
    }

    private struct CachedCredentials {
        let credentials: SessionCredentials
        /// The expiration by the local clock.
        let end: Date
    }

    /// The properties of a mapping and of the identity that determine the role session.
    private struct RoleSession: Hashable {
        let mapping: RoleMapping
        let identity: ManagedIdentity

        init(_ mapping: RoleMapping, _ identity: ManagedIdentity) {
            self.mapping = mapping.session
            self.identity = identity
        }
    }

    /// The maximum number of concurrent exchanges.
    package static let width = 16
    /// The longest sleep of ``run()``; an earlier renewal ends the sleep.
    private static let longestSleep = Duration.seconds(86_400)
    private static let shortestSleep = Duration.milliseconds(500)
    /// The interval at which ``credentials(for:timeout:)`` checks whether a running exchange has ended.
    private static let pollInterval = Duration.milliseconds(20)

    private let configuration: LiveConfiguration
    private let scope: Scope
    private let exchanging: ExchangeFunction
    private let time: any TimeSource
    private let jitter: @Sendable () -> Double
    private let report: @Sendable (Event) -> Void
    private let semaphore = AsyncSemaphore(width: width)
    private var applied = Configuration()
    private var held: [RoleMapping.ID: CachedCredentials] = [:]
    /// The failed step of each mapping whose last exchange failed.
    private var failures: [RoleMapping.ID: StepRecord] = [:]
    private var renewals: [RoleMapping.ID: Renewal] = [:]
    /// The mappings with a running watch; this refresher does not renew their credentials.
    private var paused: Set<RoleMapping.ID> = []
    /// The mappings whose renewal is due and has not started.
    private var queue: Deque<RoleMapping.ID> = []
    /// The tasks that run queued renewals, by the number of the task; at most ``width`` tasks.
    private var workers: [Int: Task<Void, Never>] = [:]
    /// The number of tasks created so far, including ended tasks.
    private var workerCount = 0
    /// The number of exchanges that run or wait.
    private var running = 0
    private var idleWaiters: [CheckedContinuation<Void, Never>] = []
    /// The sleep of ``run()``; canceled when an earlier renewal is scheduled.
    private var sleep: (until: Duration, task: Task<Void, Never>)?

    /// Creates a refresher without credentials.
    package init(
        configuration: LiveConfiguration,
        scope: Scope = .automatic,
        engine: Engine,
        time: any TimeSource,
        report: @escaping @Sendable (Event) -> Void
    ) {
        self.init(configuration: configuration, scope: scope, time: time, report: report) {
            mapping,
            options,
            step in
            await engine.exchange(mapping, options: options, report: step)
        }
    }

    /// Creates a refresher with a custom exchange function; `jitter` returns values in 0…1 that vary the renewal times.
    init(
        configuration: LiveConfiguration,
        scope: Scope = .automatic,
        time: any TimeSource,
        jitter: @escaping @Sendable () -> Double = { .random(in: 0...1) },
        report: @escaping @Sendable (Event) -> Void,
        exchanging: @escaping ExchangeFunction
    ) {
        self.configuration = configuration
        self.scope = scope
        self.exchanging = exchanging
        self.time = time
        self.jitter = jitter
        self.report = report
    }

    /// Returns the unexpired credentials of a mapping, if any.
    package func credentials(for id: RoleMapping.ID) -> SessionCredentials? {
        held[id].flatMap { $0.credentials.remaining(at: time.now) > .zero ? $0.credentials : nil }
    }

    /// Returns the unexpired credentials of a mapping, if any.
    ///
    /// Waits up to `timeout` if an exchange may be running.
    package func credentials(for id: RoleMapping.ID, timeout: Duration) async -> SessionCredentials? {
        let end = time.uptime + timeout
        while credentials(for: id) == nil, let renewal = renewals[id], renewal.due == nil, time.uptime < end {
            guard (try? await time.sleep(for: Self.pollInterval)) != nil else { break }
        }
        return credentials(for: id)
    }

    /// The failed step of a mapping's last exchange, if any.
    package func failure(of id: RoleMapping.ID) -> StepRecord? { failures[id] }

    /// Applies the live configuration: queues exchanges for new mappings and drops credentials of changed mappings.
    package func applyConfiguration() {
        let current = configuration.current
        // To save memory, the earlier role sessions are not stored but computed from the last configuration.
        let same = Set(
            applied.mappings.lazy.filter { [applied, configuration] earlier in
                configuration.mapping(earlier.id).map { RoleSession($0, current.identity(of: $0)) }
                    == RoleSession(earlier, applied.identity(of: earlier))
            }.map(\.id)
        )
        for id in held.keys where !same.contains(id) {
            held[id] = nil
            renewals[id] = nil
        }
        failures = failures.filter { id, _ in same.contains(id) }
        applied = current
        renewals = renewals.filter { id, _ in configuration.mapping(id).map(refreshes) ?? false }
        for mapping in current.mappings where refreshes(mapping) && renewals[mapping.id] == nil {
            renewals[mapping.id] = Renewal(due: paused.contains(mapping.id) ? nil : instant(time.now))
        }
        renewDue()
    }

    /// Whether the credentials of a mapping are renewed automatically.
    package nonisolated func refreshes(_ mapping: RoleMapping) -> Bool {
        switch scope {
        case .automatic: mapping.refresh == .auto
        case .all: true
        case .named(let ids): ids.contains(mapping.id)
        }
    }

    /// Drops a mapping's credentials and cancels their planned renewal.
    package func drop(_ id: RoleMapping.ID) {
        held[id] = nil
        renewals[id]?.due = nil
    }

    /// Stops renewing a mapping's credentials while a watch makes the exchanges.
    package func pauseRenewal(of id: RoleMapping.ID) {
        paused.insert(id)
        renewals[id]?.due = nil
    }

    /// Schedules a mapping's renewals again after the end of the watch.
    package func resumeRenewal(of id: RoleMapping.ID) {
        guard paused.remove(id) != nil else { return }
        plan(id, failed: credentials(for: id) == nil)
    }

    /// Runs an exchange when fewer than ``width`` exchanges are running; stores the credentials if requested.
    package func exchange(
        _ mapping: RoleMapping,
        options: ExchangeOptions,
        storing: Bool,
        report step: @escaping @Sendable (StepRecord) -> Void
    ) async -> Exchange {
        running += 1
        defer { finish() }
        let identity = configuration.current.identity(of: mapping)
        let exchange = await semaphore.withPermit { [exchanging] in await exchanging(mapping, options, step) }
        if storing { store(exchange, of: RoleSession(mapping, identity), mapping) }
        return exchange
    }

    /// Waits until no exchange is running or waiting, but at most for `limit`.
    package func waitUntilIdle(atMost limit: Duration? = nil) async {
        guard running > 0 else { return }
        let timeoutTask = limit.map { limit in
            Task { if (try? await time.sleep(for: limit)) != nil { resumeIdleWaiters() } }
        }
        await withCheckedContinuation { idleWaiters.append($0) }
        timeoutTask?.cancel()
    }

    private func finish() {
        running -= 1
        if running == 0 { resumeIdleWaiters() }
    }

    private func resumeIdleWaiters() {
        for waiter in idleWaiters { waiter.resume() }
        idleWaiters = []
    }

    /// Runs due renewals until the task is canceled.
    ///
    /// After the cancellation, `run` cancels the running renewals and waits until the renewals have ended.
    package func run() async {
        await renewUntilCanceled()
        for _ in queue { finish() }
        queue = []
        let tasks = workers.values
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private func renewUntilCanceled() async {
        while !Task.isCancelled {
            renewDue()
            let now = instant(time.now)
            let due = renewals.values.compactMap(\.due)
            let next = due.map { $0.uptime - now.uptime }.min() ?? Self.longestSleep
            let pause = min(max(next, Self.shortestSleep), Self.longestSleep)
            let date = max(due.map(\.date).min() ?? .distantFuture, now.date + Self.shortestSleep.seconds)
            let task = Task { [time] in _ = try? await time.sleep(for: pause, orUntil: date) }
            sleep = (now.uptime + pause, task)
            await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                task.cancel()
            }
            sleep = nil
        }
    }

    /// Converts a date to an instant on both clocks.
    private func instant(_ date: Date) -> RenewalInstant {
        RenewalInstant(date: date, uptime: time.uptime + date.since(time.now))
    }

    /// Queues due renewals, in the order of the configuration.
    private func renewDue() {
        let (now, before) = (instant(time.now), queue.count)
        for mapping in configuration.current.mappings {
            guard let due = renewals[mapping.id]?.due, due.remaining(at: now) <= .zero else { continue }
            renewals[mapping.id]?.due = nil
            report(.began(mapping.id))
            running += 1
            queue.append(mapping.id)
        }
        let idle = min(Self.width - workers.count, queue.count - before)
        for number in workerCount..<workerCount + idle {
            workers[number] = Task { await renewQueued(by: number) }
        }
        workerCount += idle
    }

    /// Runs queued renewals one after the other until the queue is empty.
    private func renewQueued(by worker: Int) async {
        while let id = queue.popFirst() {
            if let mapping = configuration.mapping(id) { await renew(mapping) }
            finish()
        }
        workers[worker] = nil
    }

    private func renew(_ mapping: RoleMapping) async {
        let exchange = await exchange(mapping, options: ExchangeOptions(), storing: true) { [report] step in
            report(.stepped(mapping.id, step))
        }
        report(.ended(exchange.record))
    }

    /// Stores the result of an exchange and schedules the next renewal; has no effect if the mapping has changed.
    private func store(_ exchange: Exchange, of session: RoleSession, _ mapping: RoleMapping) {
        let id = mapping.id
        guard let current = configuration.mapping(id),
            RoleSession(current, configuration.current.identity(of: current)) == session
        else { return }
        failures[id] = exchange.record.steps.first { $0.outcome == .failed }
        // Credentials that failed verification do not replace unexpired credentials.
        let replacesHeld = exchange.record.outcome != .failed || credentials(for: id) == nil
        if let new = exchange.credentials, replacesHeld {
            let offset = exchange.record.clockOffset?.offset ?? .zero
            let end = RenewalSchedule.localExpiration(
                new.expiration,
                issued: new.issued,
                offset: offset
            )
            held[id] = CachedCredentials(credentials: new, end: end)
        }
        guard !paused.contains(id) else { return }
        plan(id, failed: exchange.record.outcome == .failed || exchange.credentials == nil)
    }

    /// Schedules the next renewal of a mapping, or the next attempt after a failure.
    private func plan(_ id: RoleMapping.ID, failed: Bool) {
        guard var renewal = renewals[id] else { return }
        let now = time.now
        var isRetry = false
        let at: Date
        if let held = held[id], !failed, held.end > now {
            let issued = held.credentials.issued
            at = renewal.schedule.succeeded(issued: issued, expiration: held.end, jitter: jitter())
        } else {
            // If new credentials are already expired when they arrive, the pause prevents a tight loop of renewals.
            isRetry = true
            let end = held[id]?.end
            let last = end.flatMap { $0 > now ? $0 : nil }
            at = renewal.schedule.failed(at: now, jitter: jitter(), expiration: last)
        }
        let due = instant(at)
        renewal.due = due
        renewals[id] = renewal
        report(.planned(id, isRetry: isRetry, at: at))
        if let sleep, due.uptime < sleep.until { sleep.task.cancel() }
    }
}
