package import Federation
package import Foundation

/// Holds the credentials of this run, and renews by itself those of mappings that are to stay live.
///
/// A renewal that fails keeps what still works.
package actor CredentialRefresher {
    /// What happens without anybody asking.
    package enum Event: Sendable {
        case began(RoleMapping.ID)
        case stepped(RoleMapping.ID, StepRecord)
        case ended(ExchangeRecord)
        /// The mapping is renewed, or tried again after a failure, at that instant.
        case planned(RoleMapping.ID, isRetry: Bool, at: Date)
    }

    /// Runs one exchange; `report` hears of its steps.
    package typealias Exchanging =
        @Sendable (RoleMapping, ExchangeOptions, @escaping @Sendable (StepRecord) -> Void) async -> Exchange

    private struct Renewal {
        var schedule = RenewalSchedule()
        /// When; `nil` while an exchange runs.
        var due: RenewalInstant?
    }

    private struct Held {
        let credentials: SessionCredentials
        /// AWS's clock less ours, when they came.
        let offset: Duration
    }

    /// How many exchanges run at a time.
    private static let width = 16
    /// The longest sleep, after which the wall clock is looked at: suspends and clock changes do not wake anybody.
    private static let longestSleep = Duration.seconds(30)
    private static let shortestSleep = Duration.milliseconds(500)
    /// How often it is looked whether an exchange that is waited for has ended.
    private static let glance = Duration.milliseconds(20)

    private let exchanging: Exchanging
    private let time: any TimeSource
    private let jitter: @Sendable () -> Double
    private let report: @Sendable (Event) -> Void
    private let turnstile = AsyncSemaphore(width: width)
    private var mappings = MappingTable()
    private var held: [RoleMapping.ID: Held] = [:]
    private var renewals: [RoleMapping.ID: Renewal] = [:]
    /// Mappings that a watch tries until they work; they are neither renewed nor tried again here.
    private var watched: Set<RoleMapping.ID> = []
    private var running = 0
    private var idlers: [CheckedContinuation<Void, Never>] = []
    /// The sleep of ``run()``, which ends when something is due sooner.
    private var sleep: (until: Duration, task: Task<Void, Never>)?

    package init(engine: Engine, time: any TimeSource, report: @escaping @Sendable (Event) -> Void) {
        self.init(time: time, report: report) { mapping, options, step in
            await engine.exchange(mapping, options: options, report: step)
        }
    }

    /// The same with exchanges of any kind; `jitter` in 0…1 spreads renewals.
    init(
        time: any TimeSource,
        jitter: @escaping @Sendable () -> Double = { .random(in: 0...1) },
        report: @escaping @Sendable (Event) -> Void,
        exchanging: @escaping Exchanging
    ) {
        self.exchanging = exchanging
        self.time = time
        self.jitter = jitter
        self.report = report
    }

    /// The credentials at hand that still have life; never expired ones.
    package func credentials(for id: RoleMapping.ID) -> SessionCredentials? {
        held[id].flatMap { $0.credentials.remaining(at: time.now) > .zero ? $0.credentials : nil }
    }

    /// The same, after a wait for an exchange that runs, of `patience` at most.
    package func credentials(for id: RoleMapping.ID, patience: Duration) async -> SessionCredentials? {
        let end = time.uptime + patience
        while credentials(for: id) == nil, let renewal = renewals[id], renewal.due == nil, time.uptime < end {
            guard (try? await time.sleep(for: Self.glance)) != nil else { break }
        }
        return credentials(for: id)
    }

    /// Keeps these mappings from now on; those with `refresh: auto` that are new are exchanged at once.
    package func keep(_ mappings: [RoleMapping]) {
        self.mappings = MappingTable(mappings)
        held = held.filter { self.mappings[$0.key] != nil }
        renewals = renewals.filter { self.mappings[$0.key]?.refresh == .auto }
        for mapping in mappings where mapping.refresh == .auto && renewals[mapping.id] == nil {
            renewals[mapping.id] = Renewal(due: watched.contains(mapping.id) ? nil : instant(time.now))
        }
        renewDue()
    }

    /// Throws a mapping's credentials away; they are not renewed until somebody asks.
    package func forget(_ id: RoleMapping.ID) {
        held[id] = nil
        renewals[id]?.due = nil
    }

    /// Leaves a mapping to a watch, until it is taken back.
    package func leave(_ id: RoleMapping.ID) {
        watched.insert(id)
        renewals[id]?.due = nil
    }

    /// Cares for a mapping again that was left to a watch.
    package func takeBack(_ id: RoleMapping.ID) {
        guard watched.remove(id) != nil else { return }
        plan(id, failed: credentials(for: id) == nil)
    }

    /// Exchanges a mapping's token when it is its turn, and keeps the credentials if `keeping` says so.
    package func exchange(
        _ mapping: RoleMapping,
        options: ExchangeOptions,
        keeping: Bool,
        report step: @escaping @Sendable (StepRecord) -> Void
    ) async -> Exchange {
        running += 1
        defer { finish() }
        let exchange = await turnstile.pass { [exchanging] in await exchanging(mapping, options, step) }
        if keeping { settle(mapping, exchange) }
        return exchange
    }

    /// Returns when no exchange runs or waits for its turn, or when so much time has passed.
    package func idle(atMost limit: Duration? = nil) async {
        guard running > 0 else { return }
        let alarm = limit.map { limit in
            Task { if (try? await time.sleep(for: limit)) != nil { releaseIdlers() } }
        }
        await withCheckedContinuation { idlers.append($0) }
        alarm?.cancel()
    }

    private func finish() {
        running -= 1
        if running == 0 { releaseIdlers() }
    }

    private func releaseIdlers() {
        for idler in idlers { idler.resume() }
        idlers = []
    }

    /// Renews what is due until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            renewDue()
            let now = instant(time.now)
            let next = renewals.values.compactMap { $0.due?.left(at: now) }.min() ?? Self.longestSleep
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

    /// An instant by both clocks, as things are now.
    private func instant(_ date: Date) -> RenewalInstant {
        RenewalInstant(date: date, uptime: time.uptime + date.since(time.now))
    }

    private func renewDue() {
        let now = instant(time.now)
        for (id, renewal) in renewals {
            guard let due = renewal.due, due.left(at: now) <= .zero, let mapping = mappings[id] else {
                continue
            }
            renewals[id]?.due = nil
            report(.began(id))
            running += 1
            Task { await renew(mapping) }
        }
    }

    /// Runs a renewal that ``renewDue()`` counted.
    private func renew(_ mapping: RoleMapping) async {
        defer { finish() }
        let exchange = await exchange(mapping, options: ExchangeOptions(), keeping: true) { [report] step in
            report(.stepped(mapping.id, step))
        }
        report(.ended(exchange.record))
    }

    /// Keeps what an exchange gave and sets when the next one is.
    private func settle(_ mapping: RoleMapping, _ exchange: Exchange) {
        guard mappings[mapping.id] == mapping else { return }
        // Credentials that did not stand their trial take no place from those that work.
        let isGood = exchange.record.outcome != .failed || credentials(for: mapping.id) == nil
        if let fresh = exchange.credentials, isGood {
            let offset = exchange.record.clockOffset?.offset ?? .zero
            held[mapping.id] = Held(credentials: fresh, offset: offset)
        }
        guard !watched.contains(mapping.id) else { return }
        plan(mapping.id, failed: exchange.record.outcome == .failed || exchange.credentials == nil)
    }

    /// Sets when a mapping is renewed, or tried again after a failure.
    ///
    /// What STS says of the end is by its own clock; ours may be wrong, and put right at any moment.
    private func plan(_ id: RoleMapping.ID, failed: Bool) {
        guard var renewal = renewals[id] else { return }
        let now = time.now
        let end = held[id].map { $0.credentials.expiration - $0.offset.seconds }
        var isRetry = false
        let at: Date
        if let credentials = held[id]?.credentials, let end, !failed, end > now {
            at = renewal.schedule.succeeded(issued: credentials.issued, expiration: end, jitter: jitter())
        } else {
            // Those that were over when they came would come for ever, one after the other.
            isRetry = true
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
