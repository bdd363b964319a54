import DequeModule
import HeapModule

/// Which of a few threads does what: the work that waits, the work that sleeps, and who is idle.
///
/// A value that decides and waits for nothing. Idle threads follow, each waiting to be called; one of them leads: it
/// waits for the instant at which the next sleeper is due as well. With nothing to do, nobody wakes.
struct WorkQueue<Job, Instant: Comparable> {
    /// What a thread is to do next.
    enum Action {
        case run(Job)
        /// Wait for a call, or until that instant.
        case lead(until: Instant?)
        /// Wait for a call.
        case follow
    }

    /// Who is to be told that there is work.
    enum Call: Hashable {
        case follower
        case leader
        /// A thread that does not exist yet.
        case newcomer
    }

    /// Work that is not due before its instant.
    private struct Sleeper: Comparable {
        let instant: Instant
        /// Those of the same instant wake in the order in which they lay down.
        let number: Int
        let job: Job

        static func < (one: Sleeper, other: Sleeper) -> Bool {
            (one.instant, one.number) < (other.instant, other.number)
        }

        static func == (one: Sleeper, other: Sleeper) -> Bool {
            one.number == other.number
        }
    }

    private let limit: Int
    private var jobs = Deque<Job>()
    private var sleepers = Heap<Sleeper>()
    private var numbered = 0
    private var threads = 0
    private var followers = 0
    private var leads = false
    /// Whether the leader has not been called since it went to wait.
    private var leaderWaits = false

    /// - Parameter limit: The number of threads there may be, at least one.
    init(limit: Int) {
        self.limit = limit
    }

    /// Takes work that can be done at once, and tells who is to be called for it.
    ///
    /// `isFromWorker` says that it comes from one of the threads. That one is about to look for work again: for a
    /// single piece nobody is woken, for what one leaves to be done is mostly what it would do next.
    mutating func add(_ job: Job, isFromWorker: Bool) -> Call? {
        jobs.append(job)
        return isFromWorker && jobs.count == 1 ? nil : call()
    }

    /// Takes work that is not due before the instant, and tells who is to be called to wait for it.
    mutating func add(_ job: Job, at instant: Instant) -> Call? {
        let isNext = sleepers.min.map { instant < $0.instant } ?? true
        sleepers.insert(Sleeper(instant: instant, number: numbered, job: job))
        numbered += 1
        guard isNext else { return nil }
        if leaderWaits {
            leaderWaits = false
            return .leader
        }
        // A thread that is at work looks at the sleepers when it has done; where there is none, one has to come.
        return leads ? nil : call()
    }

    ///
    /// What the calling thread does next; `now` is asked only when something sleeps.
    mutating func next(now: () -> Instant) -> Action {
        if !sleepers.isEmpty {
            let now = now()
            while let sleeper = sleepers.min, sleeper.instant <= now {
                jobs.append(sleepers.removeMin().job)
            }
        }
        if let job = jobs.popFirst() { return .run(job) }
        if leads {
            followers += 1
            return .follow
        }
        leads = true
        leaderWaits = true
        return .lead(until: sleepers.min?.instant)
    }

    /// The leader waits no longer; tells who is to be called to wait in its place while it works.
    mutating func leaderReturned() -> Call? {
        leads = false
        leaderWaits = false
        guard !sleepers.isEmpty, followers > 0 else { return nil }
        followers -= 1
        return .follower
    }

    private mutating func call() -> Call? {
        if followers > 0 {
            followers -= 1
            return .follower
        }
        if leaderWaits {
            leaderWaits = false
            return .leader
        }
        guard threads < limit else { return nil }
        threads += 1
        return .newcomer
    }
}
