package import Federation
package import FoundationEssentials
package import Propagation

/// The operations that a watch runner calls, and facts about this process.
package struct WatchDependencies: Sendable {
    let exchange: @Sendable (RoleMapping, ExchangeOptions) async -> ExchangeRecord
    let assigned: @Sendable (RoleMapping) async -> Date?
    let role: @Sendable (RoleMapping, TokenFacts?, Duration) async -> RoleExistence?
    let hasEnded: @Sendable (String) -> Bool
    package let holder: String
    let isReadOnly: Bool

    /// - Parameters:
    ///   - holder: The name of this process in leases.
    ///   - isReadOnly: Whether this process only displays watches.
    ///   - hasEnded: Whether the process with this name in leases has certainly ended.
    ///   - assigned: Returns the time at which the app role was assigned to the mapping's identity, if known.
    ///   - role: Returns the state of the mapping's role in IAM, no older than the given duration; `nil` if IAM is not
    ///     read. Called after a denial.
    ///   - exchange: Runs one attempt.
    package init(
        holder: String,
        isReadOnly: Bool = false,
        hasEnded: @escaping @Sendable (String) -> Bool = { _ in false },
        assigned: @escaping @Sendable (RoleMapping) async -> Date? = { _ in nil },
        role: @escaping @Sendable (RoleMapping, TokenFacts?, Duration) async -> RoleExistence? = { _, _, _ in
            nil
        },
        exchange: @escaping @Sendable (RoleMapping, ExchangeOptions) async -> ExchangeRecord
    ) {
        self.holder = holder
        self.isReadOnly = isReadOnly
        self.hasEnded = hasEnded
        self.assigned = assigned
        self.role = role
        self.exchange = exchange
    }
}

/// Runs watches to their end: makes the attempts, stores the state, and continues the watches of ended processes.
///
/// ``Watch`` decides on the next action; this actor performs it.
package actor WatchRunner {
    /// A change to a watch.
    package enum Event: Sendable {
        /// A watch began or changed, in this or another process.
        case updated(StoredWatch)
        case ended(Watch)
        /// The estimated wait, based on past watches with the same cause.
        case estimated(WatchCause, WaitEstimate)
    }

    /// The duration of a lease, in seconds.
    private static let leaseDuration = 60.0
    /// The duration of a lease during an attempt, in seconds; token sources may retry for more than a minute.
    private static let attemptLeaseDuration = 180.0
    /// The longest sleep; short, because a sleep does not end early after a suspend or a clock change.
    private static let longestSleep = Duration.seconds(10)
    private static let shortestSleep = Duration.milliseconds(20)

    private let configuration: LiveConfiguration
    /// The mappings whose watches may run in this process; `nil` for all mappings.
    private let only: Set<RoleMapping.ID>?
    private let store: any WatchStore
    private let time: any TimeSource
    private let dependencies: WatchDependencies
    private let report: @Sendable (Event) -> Void
    /// The watches that run in this process.
    private var watches: [Watch.ID: Watch] = [:]
    private var leases: [Watch.ID: Date] = [:]
    private var tasks: [Watch.ID: Task<Void, Never>] = [:]
    private var attempting: Set<Watch.ID> = []
    /// The watches that run in other processes, as last read.
    private var others: [Watch.ID: StoredWatch] = [:]

    package init(
        configuration: LiveConfiguration,
        only: Set<RoleMapping.ID>? = nil,
        store: any WatchStore,
        time: any TimeSource,
        dependencies: WatchDependencies,
        report: @escaping @Sendable (Event) -> Void
    ) {
        self.configuration = configuration
        self.only = only
        self.store = store
        self.time = time
        self.dependencies = dependencies
        self.report = report
    }

    private var timing: PropagationTiming { PropagationTiming(speed: configuration.current.watchSpeed) }

    private func mapping(_ id: RoleMapping.ID) -> RoleMapping? {
        only?.contains(id) != false ? configuration.mapping(id) : nil
    }

    /// Ends this process's watches of mappings that are no longer in the configuration.
    package func applyConfiguration() async {
        for id in watches.keys where mapping(id) == nil { await end(id, by: .removed(time.now)) }
    }

    /// Starts a watch for a mapping, or joins the running watch.
    ///
    /// - Parameters:
    ///   - id: The mapping; an unknown mapping is ignored.
    ///   - timeout: The time limit of a new watch; the default limit if absent.
    ///   - changed: The time of a recent change in IAM, if any.
    /// - Returns: Whether this call started the watch; if not, the caller must not end the watch.
    @discardableResult
    package func watch(
        _ id: RoleMapping.ID,
        timeout: Duration? = nil,
        changed: Date? = nil
    ) async -> Bool {
        if let changed { _ = watches[id]?.event(.changed(changed)) }
        guard mapping(id) != nil, watches[id] == nil, !dependencies.isReadOnly else { return false }
        let now = time.now
        let watch = Watch(of: id, at: now, timing: timing, limit: timeout, changed: changed)
        let stored = await store.begin(watch, lease: lease(at: now), now: now)
        if stored.lease?.holder == dependencies.holder {
            var begun = stored.watch
            if let changed { _ = begun.event(.changed(changed)) }
            start(begun)
        } else {
            await readStore()
        }
        return stored.watch == watch
    }

    /// Stops this process's work on a watch that another process started; other processes can continue the watch.
    ///
    /// - Returns: The watch as expired or stopped (not stored); `nil` if this runner does not know the watch.
    package func detach(
        from id: Watch.ID,
        isExpired: Bool,
        after timeout: Duration? = nil
    ) async -> Watch? {
        guard var watch = watches.removeValue(forKey: id) ?? others[id]?.watch else { return nil }
        if let task = tasks.removeValue(forKey: id) {
            task.cancel()
            await store.release(id, holder: dependencies.holder)
        }
        _ = watch.event(isExpired ? .expired(time.now, after: timeout) : .stopped(time.now))
        return watch
    }

    /// Ends a watch, in this or another process.
    ///
    /// `isExpired` means that the caller's time limit has elapsed.
    package func stop(_ id: Watch.ID, isExpired: Bool = false) async {
        await end(id, by: isExpired ? .expired(time.now, after: nil) : .stopped(time.now))
    }

    /// Follows the watches of other processes and continues abandoned watches, until the task is canceled.
    package func run() async {
        while !Task.isCancelled {
            await readStore()
            // The watches of other processes are polled, because a killed process reports nothing. If no other process
            // has a watch, the runner waits for a change of the store.
            let hasChanged = if others.isEmpty { await store.waitForChange() } else { false }
            let pause = hasChanged ? 2 : others.isEmpty ? 10 : 5
            guard (try? await time.sleep(for: .seconds(pause))) != nil else { return }
        }
    }

    /// Releases all watches, so that other processes can claim them immediately; must be the last call.
    package func close() async {
        for task in tasks.values { task.cancel() }
        for id in watches.keys { await store.release(id, holder: dependencies.holder) }
        watches = [:]
    }

    /// Reads the watches of other processes once and continues abandoned watches.
    package func readStore() async {
        let stored = await store.watches()
        for each in stored where watches[each.watch.id] == nil {
            let holder = each.lease?.holder
            let isFree = !each.isRunning(at: time.now) || holder.map(dependencies.hasEnded) ?? true
            if isFree, await claim(each.watch.id, from: holder) { continue }
            if others.updateValue(each, forKey: each.watch.id) != each {
                report(.updated(each))
                await estimate(each.watch)
            }
        }
        let ended = others.keys.filter { id in !stored.contains { $0.watch.id == id } }
        for id in ended { await reportEnd(of: id) }
    }

    private func lease(at now: Date, life: Double = leaseDuration) -> WatchLease {
        WatchLease(holder: dependencies.holder, until: now + life)
    }

    private func end(_ id: Watch.ID, by event: Watch.Event) async {
        guard var watch = watches[id] ?? others[id]?.watch else { return }
        _ = watch.event(event)
        await finish(watch)
    }

    private func claim(_ id: Watch.ID, from holder: String?) async -> Bool {
        guard !dependencies.isReadOnly, mapping(id) != nil else { return false }
        let now = time.now
        guard let watch = await store.claim(id, lease: lease(at: now), evicting: holder, now: now) else {
            return false
        }
        start(watch)
        return true
    }

    private func start(_ watch: Watch) {
        guard watches[watch.id] == nil else { return }
        others[watch.id] = nil
        watches[watch.id] = watch
        leases[watch.id] = time.now + Self.leaseDuration
        report(.updated(StoredWatch(watch: watch, lease: lease(at: time.now))))
        tasks[watch.id] = Task { await drive(watch.id) }
    }

    private func drive(_ id: Watch.ID) async {
        Task { await readAssignmentDate(of: id) }
        while !Task.isCancelled, let mapping = mapping(id),
            let action = watches[id]?.event(.checked(time.now))
        {
            switch action {
            case .attempt:
                await attempt(mapping)
            case .sleep(let until):
                let pause = min(max(until.since(time.now), Self.shortestSleep), Self.longestSleep)
                guard (try? await time.sleep(for: pause)) != nil else { return }
                if let end = leases[id], end < time.now + Self.leaseDuration / 2 { await save(id) }
            case .end:
                // This task stores the end of the watch, so it must not be canceled.
                tasks[id] = nil
                if let watch = watches[id] { await finish(watch) }
                return
            }
        }
    }

    /// Reads the assignment time from the directory, concurrently with the attempts.
    private func readAssignmentDate(of id: Watch.ID) async {
        guard watches[id]?.assigned == nil, let mapping = mapping(id),
            let date = await dependencies.assigned(mapping)
        else { return }
        _ = watches[id]?.event(.assigned(date))
    }

    private func attempt(_ mapping: RoleMapping) async {
        await save(mapping.id, leaseDuration: Self.attemptLeaseDuration)
        guard let watch = watches[mapping.id] else { return }
        let options = ExchangeOptions(tokenAge: watch.timing.tokenInterval)
        attempting.insert(mapping.id)
        let record = await dependencies.exchange(mapping, options)
        let role = await role(of: mapping, after: record, watch)
        attempting.remove(mapping.id)
        guard watches[mapping.id]?.began == watch.began else { return }
        let before = watch.cause
        _ = watches[mapping.id]?.event(
            .attempted(record, role: role, at: time.now, jitter: .random(in: 0...1))
        )
        guard let watch = watches[mapping.id], watch.result == nil else { return }
        await save(mapping.id)
        guard watches[mapping.id] != nil else { return }
        report(.updated(StoredWatch(watch: watch, lease: lease(at: time.now))))
        if watch.cause != before { await estimate(watch) }
    }

    /// Returns the role's state in IAM after a denial; the state of a missing role is not cached.
    private func role(
        of mapping: RoleMapping,
        after record: ExchangeRecord,
        _ watch: Watch
    ) async -> RoleExistence? {
        guard record.isDenied else { return nil }
        let wasMissing = watch.role?.isMissing ?? false
        return await dependencies.role(mapping, record.token, wasMissing ? .zero : watch.timing.roleAge)
    }

    /// Stores a watch and renews the lease, or drops the watch if another process has claimed or ended the watch.
    private func save(_ id: Watch.ID, leaseDuration: Double = leaseDuration) async {
        guard let watch = watches[id], watch.result == nil else { return }
        let lease = lease(at: time.now, life: leaseDuration)
        leases[id] = lease.until
        guard await store.save(watch, lease: lease) == false else { return }
        watches[id] = nil
        tasks[id]?.cancel()
        others[id] = StoredWatch(watch: watch, lease: nil)
        await readStore()
    }

    private func finish(_ watch: Watch) async {
        watches[watch.id] = nil
        others[watch.id] = nil
        let task = tasks.removeValue(forKey: watch.id)
        // A running attempt is not canceled, because the history must contain the attempt's record.
        if !attempting.contains(watch.id) { task?.cancel() }
        await store.end(watch)
        report(.ended(watch))
    }

    /// Reports a watch that another process has ended.
    private func reportEnd(of id: Watch.ID) async {
        guard let last = others.removeValue(forKey: id)?.watch else { return }
        let past = await store.pastWatches(limit: 50)
        if let ended = past.first(where: { $0.id == id && $0.began >= last.began }) { report(.ended(ended)) }
    }

    private func estimate(_ watch: Watch) async {
        guard let cause = watch.cause, cause.isPropagation else { return }
        report(.estimated(cause, WaitEstimate(await store.waits(for: cause))))
    }
}
