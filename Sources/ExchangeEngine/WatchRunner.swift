package import Federation
package import Foundation
package import Propagation

/// Runs watches until they end: it asks when they say so, keeps how they stand, and takes up those that another
/// process has left.
///
/// What is to be done when is the ``Watch``'s own; this only does it.
package actor WatchRunner {
    /// What is to be told of watches.
    package enum Event: Sendable {
        /// A watch began, or another attempt was made, here or in another process.
        case stood(StoredWatch)
        case ended(Watch)
        /// What past waits for a cause teach.
        case estimated(WatchCause, WaitEstimate)
    }

    private static let leaseLife = 60.0
    /// An attempt may take this long: sources retry for more than a minute.
    private static let attemptLeaseLife = 180.0
    /// After so long the wall clock is looked at: suspends and clock changes do not wake anybody.
    private static let longestSleep = Duration.seconds(10)
    private static let shortestSleep = Duration.milliseconds(20)

    private let book: any WatchStore
    private let time: any TimeSource
    private let surroundings: WatchDependencies
    private let report: @Sendable (Event) -> Void
    private var mappings = MappingTable()
    private var pace = PropagationTiming()
    /// The watches that run here, and until when nobody else takes them up.
    private var watches: [Watch.ID: Watch] = [:]
    private var leases: [Watch.ID: Date] = [:]
    private var tasks: [Watch.ID: Task<Void, Never>] = [:]
    private var attempting: Set<Watch.ID> = []
    /// The watches that run elsewhere, or nowhere, as last seen.
    private var others: [Watch.ID: StoredWatch] = [:]

    package init(
        book: any WatchStore,
        time: any TimeSource,
        surroundings: WatchDependencies,
        report: @escaping @Sendable (Event) -> Void
    ) {
        self.book = book
        self.time = time
        self.surroundings = surroundings
        self.report = report
    }

    /// Works with these mappings from now on; a watch whose mapping is gone ends.
    package func use(_ configuration: Configuration) async {
        mappings = MappingTable(configuration.mappings)
        pace = PropagationTiming(speed: configuration.watchSpeed)
        for id in watches.keys where mappings[id] == nil { await end(id, by: .removed(time.now)) }
    }

    /// Begins to watch a mapping, or goes on with the watch of it that runs already.
    ///
    /// - Parameters:
    ///   - id: The mapping; an unknown one is left alone.
    ///   - patience: After how long to give up; the pace's own when absent.
    ///   - changed: When IAM was changed, if that was just done.
    /// - Returns: Whether it began here and now, so that it is ours to end.
    @discardableResult
    package func watch(
        _ id: RoleMapping.ID,
        patience: Duration? = nil,
        changed: Date? = nil
    ) async -> Bool {
        if let changed { _ = watches[id]?.event(.changed(changed)) }
        guard mappings[id] != nil, watches[id] == nil else { return false }
        let now = time.now
        let watch = Watch(of: id, at: now, pace: pace, patience: patience, changed: changed)
        guard surroundings.drives else { return false }
        let kept = await book.begin(watch, lease: lease(at: now), now: now)
        if kept.lease?.holder == surroundings.holder {
            var begun = kept.watch
            if let changed { _ = begun.event(.changed(changed)) }
            take(begun)
        } else {
            await look()
        }
        return kept.watch == watch
    }

    /// Waits no longer for a watch that somebody else began, and lets others go on with it.
    ///
    /// - Returns: How it would have ended for us, whose time ran out or who were stopped; `nil` when there is none.
    package func leave(_ id: Watch.ID, isExpired: Bool, after patience: Duration? = nil) async -> Watch? {
        guard var watch = watches.removeValue(forKey: id) ?? others[id]?.watch else { return nil }
        if let task = tasks.removeValue(forKey: id) {
            task.cancel()
            await book.release(id, holder: surroundings.holder)
        }
        _ = watch.event(isExpired ? .expired(time.now, after: patience) : .stopped(time.now))
        return watch
    }

    /// Ends a watch, wherever it runs; `isExpired` says that its time ran out.
    package func stop(_ id: Watch.ID, isExpired: Bool = false) async {
        await end(id, by: isExpired ? .expired(time.now, after: nil) : .stopped(time.now))
    }

    /// Follows what other processes do, and takes up what they have left, until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            await look()
            // Others may leave their watches without a word; where they have none, one has to be entered first.
            let isTold = if others.isEmpty { await book.waitForChange() } else { false }
            let pause = isTold ? 2 : others.isEmpty ? 10 : 5
            guard (try? await time.sleep(for: .seconds(pause))) != nil else { return }
        }
    }

    /// Lets other processes go on at once; the last call.
    package func close() async {
        for task in tasks.values { task.cancel() }
        for id in watches.keys { await book.release(id, holder: surroundings.holder) }
        watches = [:]
    }

    /// Looks once at the watches of other processes.
    package func look() async {
        let kept = await book.watches()
        for each in kept where watches[each.watch.id] == nil {
            let holder = each.lease?.holder
            let isFree = !each.isDriven(at: time.now) || holder.map(surroundings.isGone) ?? true
            if isFree, await takeUp(each.watch.id, from: holder) { continue }
            if others.updateValue(each, forKey: each.watch.id) != each {
                report(.stood(each))
                await estimate(each.watch)
            }
        }
        let gone = others.keys.filter { id in !kept.contains { $0.watch.id == id } }
        for id in gone { await tellEnd(of: id) }
    }
}

// How a watch runs here.
extension WatchRunner {
    private func lease(at now: Date, life: Double = leaseLife) -> WatchLease {
        WatchLease(holder: surroundings.holder, until: now + life)
    }

    private func end(_ id: Watch.ID, by event: Watch.Event) async {
        guard var watch = watches[id] ?? others[id]?.watch else { return }
        _ = watch.event(event)
        await finish(watch)
    }

    private func takeUp(_ id: Watch.ID, from holder: String?) async -> Bool {
        guard surroundings.drives, mappings[id] != nil else { return false }
        let now = time.now
        guard let watch = await book.claim(id, lease: lease(at: now), evicting: holder, now: now) else {
            return false
        }
        take(watch)
        return true
    }

    private func take(_ watch: Watch) {
        guard watches[watch.id] == nil else { return }
        others[watch.id] = nil
        watches[watch.id] = watch
        leases[watch.id] = time.now + Self.leaseLife
        report(.stood(StoredWatch(watch: watch, lease: lease(at: time.now))))
        tasks[watch.id] = Task { await drive(watch.id) }
    }

    private func drive(_ id: Watch.ID) async {
        Task { await learnAssignment(of: id) }
        while !Task.isCancelled, let mapping = mappings[id],
            let action = watches[id]?.event(.looked(time.now))
        {
            switch action {
            case .attempt:
                await attempt(mapping)
            case .sleep(let until):
                let pause = min(max(until.since(time.now), Self.shortestSleep), Self.longestSleep)
                guard (try? await time.sleep(for: pause)) != nil else { return }
                if let end = leases[id], end < time.now + Self.leaseLife / 2 { await save(id) }
            case .end:
                // This very task, which has to go on until the end is kept.
                tasks[id] = nil
                if let watch = watches[id] { await finish(watch) }
                return
            }
        }
    }

    /// Asks the directory beside the attempts; none waits for its answer.
    private func learnAssignment(of id: Watch.ID) async {
        guard watches[id]?.assigned == nil, let mapping = mappings[id],
            let date = await surroundings.assigned(mapping)
        else { return }
        _ = watches[id]?.event(.assigned(date))
    }

    private func attempt(_ mapping: RoleMapping) async {
        await save(mapping.id, leaseLife: Self.attemptLeaseLife)
        guard let watch = watches[mapping.id] else { return }
        let options = ExchangeOptions(tokenAge: watch.pace.tokenInterval)
        attempting.insert(mapping.id)
        let record = await surroundings.exchange(mapping, options)
        let role = await role(of: mapping, after: record, watch)
        attempting.remove(mapping.id)
        guard watches[mapping.id]?.began == watch.began else { return }
        let before = watch.cause
        _ = watches[mapping.id]?.event(
            .attempted(record, role: role, at: time.now, jitter: .random(in: 0...1))
        )
        guard let watch = watches[mapping.id], watch.ending == nil else { return }
        await save(mapping.id)
        guard watches[mapping.id] != nil else { return }
        report(.stood(StoredWatch(watch: watch, lease: lease(at: time.now))))
        if watch.cause != before { await estimate(watch) }
    }

    /// What IAM says of a role that let nobody in; one that was missing is looked at after each attempt.
    private func role(
        of mapping: RoleMapping,
        after record: ExchangeRecord,
        _ watch: Watch
    ) async -> RoleExistence? {
        guard record.isDenied else { return nil }
        let wasMissing = watch.role?.isMissing ?? false
        return await surroundings.role(mapping, record.token, wasMissing ? .zero : watch.pace.roleAge)
    }

    /// Keeps how a watch stands; when somebody else has it now, or it was ended, it is theirs.
    private func save(_ id: Watch.ID, leaseLife: Double = leaseLife) async {
        guard let watch = watches[id], watch.ending == nil else { return }
        let lease = lease(at: time.now, life: leaseLife)
        leases[id] = lease.until
        guard await book.save(watch, lease: lease) == false else { return }
        watches[id] = nil
        tasks[id]?.cancel()
        others[id] = StoredWatch(watch: watch, lease: nil)
        await look()
    }

    private func finish(_ watch: Watch) async {
        watches[watch.id] = nil
        others[watch.id] = nil
        let task = tasks.removeValue(forKey: watch.id)
        // An attempt under way goes on to its end, so that the history has it as it was.
        if !attempting.contains(watch.id) { task?.cancel() }
        await book.end(watch)
        report(.ended(watch))
    }

    /// Tells how a watch ended that another process ended.
    private func tellEnd(of id: Watch.ID) async {
        guard let last = others.removeValue(forKey: id)?.watch else { return }
        let past = await book.pastWatches(limit: 50)
        if let ended = past.first(where: { $0.id == id && $0.began >= last.began }) { report(.ended(ended)) }
    }

    private func estimate(_ watch: Watch) async {
        guard let cause = watch.cause, cause.isPropagation else { return }
        report(.estimated(cause, WaitEstimate(await book.waits(for: cause))))
    }
}
