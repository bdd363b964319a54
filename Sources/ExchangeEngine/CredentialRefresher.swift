package import Federation
package import Foundation
import Transport

/// Holds session credentials in memory, and renews those of mappings with automatic refresh.
///
/// A failed renewal keeps credentials that still work.
package actor CredentialRefresher {
    /// An exchange that the refresher started, or the next one that it plans.
    package enum Event: Sendable {
        case began(RoleMapping.ID)
        case stepped(RoleMapping.ID, StepRecord)
        case ended(ExchangeRecord)
        /// The next renewal, or the next attempt after a failure, is at that instant.
        case planned(RoleMapping.ID, isRetry: Bool, at: Date)
    }

    /// Runs one exchange; the closure receives its steps.
    package typealias Exchanging =
        @Sendable (RoleMapping, ExchangeOptions, @escaping @Sendable (StepRecord) -> Void) async -> Exchange

    private struct Renewal {
        var schedule = RenewalSchedule()
        /// `nil` while an exchange runs.
        var due: RenewalInstant?
    }

    private struct Held {
        let credentials: SessionCredentials
        /// The session that they are of.
        let session: RoleSession
        /// The end by the local clock.
        let end: Date
    }

    /// The facts that decide whose credentials an exchange yields.
    private struct RoleSession: Hashable {
        let mapping: RoleMapping
        let identity: ManagedIdentity

        init(_ mapping: RoleMapping, _ identity: ManagedIdentity) {
            var mapping = mapping
            mapping.refresh = .manual
            mapping.tags = []
            mapping.appRole = nil
            mapping.trustPolicyFile = nil
            mapping.probe = []
            self.mapping = mapping
            self.identity = identity
        }
    }

    /// The number of exchanges that run at a time.
    private static let width = 16
    /// The longest sleep before the wall clock is read again: neither a suspend nor a clock change ends a sleep.
    private static let longestSleep = Duration.seconds(30)
    private static let shortestSleep = Duration.milliseconds(500)
    /// The interval at which ``credentials(for:patience:)`` checks for the end of an exchange.
    private static let pollInterval = Duration.milliseconds(20)

    private let configuration: LiveConfiguration
    private let renewsAll: Bool
    private let exchanging: Exchanging
    private let time: any TimeSource
    private let jitter: @Sendable () -> Double
    private let report: @Sendable (Event) -> Void
    private let semaphore = AsyncSemaphore(width: width)
    private var held: [RoleMapping.ID: Held] = [:]
    private var renewals: [RoleMapping.ID: Renewal] = [:]
    /// Mappings whose exchanges a watch runs; they are not renewed here.
    private var paused: Set<RoleMapping.ID> = []
    private var running = 0
    private var idleWaiters: [CheckedContinuation<Void, Never>] = []
    /// The sleep of ``run()``, which is canceled when a renewal becomes due earlier.
    private var sleep: (until: Duration, task: Task<Void, Never>)?

    /// Creates a refresher without credentials.
    ///
    /// - Parameters:
    ///   - configuration: The configuration in force.
    ///   - renewsAll: Whether mappings with `refresh: manual` are renewed too.
    ///   - engine: Runs the exchanges.
    ///   - time: The clock.
    ///   - report: Receives events.
    package init(
        configuration: LiveConfiguration,
        renewsAll: Bool = false,
        engine: Engine,
        time: any TimeSource,
        report: @escaping @Sendable (Event) -> Void
    ) {
        self.init(configuration: configuration, renewsAll: renewsAll, time: time, report: report) {
            mapping,
            options,
            step in
            await engine.exchange(mapping, options: options, report: step)
        }
    }

    /// Creates a refresher with other exchanges than an engine's; `jitter` in 0…1 spreads renewals.
    init(
        configuration: LiveConfiguration,
        renewsAll: Bool = false,
        time: any TimeSource,
        jitter: @escaping @Sendable () -> Double = { .random(in: 0...1) },
        report: @escaping @Sendable (Event) -> Void,
        exchanging: @escaping Exchanging
    ) {
        self.configuration = configuration
        self.renewsAll = renewsAll
        self.exchanging = exchanging
        self.time = time
        self.jitter = jitter
        self.report = report
    }

    /// Unexpired credentials of a mapping, if any.
    package func credentials(for id: RoleMapping.ID) -> SessionCredentials? {
        held[id].flatMap { $0.credentials.remaining(at: time.now) > .zero ? $0.credentials : nil }
    }

    /// Unexpired credentials of a mapping, after waiting up to `patience` for a running exchange.
    package func credentials(for id: RoleMapping.ID, patience: Duration) async -> SessionCredentials? {
        let end = time.uptime + patience
        while credentials(for: id) == nil, let renewal = renewals[id], renewal.due == nil, time.uptime < end {
            guard (try? await time.sleep(for: Self.pollInterval)) != nil else { break }
        }
        return credentials(for: id)
    }

    /// Applies the configuration in force: exchanges new mappings, and drops the credentials of changed ones.
    package func applyConfiguration() {
        let current = configuration.current
        let stale = held.filter { id, held in
            configuration.mapping(id).map { RoleSession($0, current.identity(of: $0)) } != held.session
        }
        for id in stale.keys {
            held[id] = nil
            renewals[id] = nil
        }
        renewals = renewals.filter { id, _ in configuration.mapping(id).map(isRenewed) ?? false }
        for mapping in current.mappings where isRenewed(mapping) && renewals[mapping.id] == nil {
            renewals[mapping.id] = Renewal(due: paused.contains(mapping.id) ? nil : instant(time.now))
        }
        renewDue()
    }

    private func isRenewed(_ mapping: RoleMapping) -> Bool { renewsAll || mapping.refresh == .auto }

    /// Drops a mapping's credentials and cancels their renewal.
    package func drop(_ id: RoleMapping.ID) {
        held[id] = nil
        renewals[id]?.due = nil
    }

    /// Leaves the exchanges of a mapping to a watch.
    package func pauseRenewal(of id: RoleMapping.ID) {
        paused.insert(id)
        renewals[id]?.due = nil
    }

    /// Plans renewals of a mapping again after its watch has ended.
    package func resumeRenewal(of id: RoleMapping.ID) {
        guard paused.remove(id) != nil else { return }
        plan(id, failed: credentials(for: id) == nil)
    }

    /// Exchanges a mapping's token when fewer than ``width`` exchanges run, and stores the credentials if asked.
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

    /// Returns when no exchange runs or waits, or after `limit`.
    package func waitUntilIdle(atMost limit: Duration? = nil) async {
        guard running > 0 else { return }
        let alarm = limit.map { limit in
            Task { if (try? await time.sleep(for: limit)) != nil { resumeIdleWaiters() } }
        }
        await withCheckedContinuation { idleWaiters.append($0) }
        alarm?.cancel()
    }

    private func finish() {
        running -= 1
        if running == 0 { resumeIdleWaiters() }
    }

    private func resumeIdleWaiters() {
        for waiter in idleWaiters { waiter.resume() }
        idleWaiters = []
    }

    /// Renews credentials as they become due, until the task is canceled.
    package func run() async {
        while !Task.isCancelled {
            renewDue()
            let now = instant(time.now)
            let next = renewals.values.compactMap { $0.due?.remaining(at: now) }.min() ?? Self.longestSleep
            let pause = min(max(next, Self.shortestSleep), Self.longestSleep)
            let task = Task { [time] in _ = try? await time.sleep(for: pause) }
            sleep = (now.uptime + pause, task)
            await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                task.cancel()
            }
            sleep = nil
        }
    }

    /// The date as an instant of both clocks.
    private func instant(_ date: Date) -> RenewalInstant {
        RenewalInstant(date: date, uptime: time.uptime + date.since(time.now))
    }

    private func renewDue() {
        let now = instant(time.now)
        for (id, renewal) in renewals {
            guard let due = renewal.due, due.remaining(at: now) <= .zero,
                let mapping = configuration.mapping(id)
            else { continue }
            renewals[id]?.due = nil
            report(.began(id))
            running += 1
            Task { await renew(mapping) }
        }
    }

    /// Runs a renewal that ``renewDue()`` counted.
    private func renew(_ mapping: RoleMapping) async {
        defer { finish() }
        let exchange = await exchange(mapping, options: ExchangeOptions(), storing: true) { [report] step in
            report(.stepped(mapping.id, step))
        }
        report(.ended(exchange.record))
    }

    /// Stores new credentials and plans the next renewal; those of a mapping that has changed meanwhile are discarded.
    private func store(_ exchange: Exchange, of session: RoleSession, _ mapping: RoleMapping) {
        let id = mapping.id
        guard let current = configuration.mapping(id),
            RoleSession(current, configuration.current.identity(of: current)) == session
        else { return }
        // Credentials that failed their verification do not replace working ones.
        let isGood = exchange.record.outcome != .failed || credentials(for: id) == nil
        if let new = exchange.credentials, isGood {
            let offset = exchange.record.clockOffset?.offset ?? .zero
            let end = RenewalSchedule.localExpiration(new.expiration, offset: offset)
            held[id] = Held(credentials: new, session: session, end: end)
        }
        guard !paused.contains(id) else { return }
        plan(id, failed: exchange.record.outcome == .failed || exchange.credentials == nil)
    }

    /// Plans the next renewal of a mapping, or the next attempt after a failure.
    private func plan(_ id: RoleMapping.ID, failed: Bool) {
        guard var renewal = renewals[id] else { return }
        let now = time.now
        var isRetry = false
        let at: Date
        if let held = held[id], !failed, held.end > now {
            let issued = held.credentials.issued
            at = renewal.schedule.succeeded(issued: issued, expiration: held.end, jitter: jitter())
        } else {
            // Credentials that are expired on arrival would otherwise be renewed without a pause.
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
