import CWorkers
import Foundation
import Synchronization
@_spi(ExperimentalCustomExecutors) @_spi(ExperimentalScheduling) import _Concurrency

/// The threads that run what is asynchronous and belongs to no actor with a thread of its own.
///
/// Dispatch, which the runtime uses where nobody else does it, looks once a second whether its threads are stuck, for
/// as long as the program lives. These wait until there is something to do, and there are no more of them than can run
/// at once.
package final class Workers: TaskExecutor, SchedulingExecutor {
    private typealias Queue = WorkQueue<UnownedJob, ContinuousClock.Instant>

    private let queue: Mutex<Queue>
    private let called = cw_event()
    private let leaderCalled = cw_event()
    private let timer = cw_timer()

    /// - Parameter limit: The number of threads there may be.
    init(limit: Int) {
        queue = Mutex(Queue(limit: limit))
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFromWorker = cw_is_worker()
        answer(queue.withLock { $0.add(job, isFromWorker: isFromWorker) })
    }

    package func enqueue<C: Clock>(
        _ job: consuming ExecutorJob,
        after delay: C.Duration,
        tolerance: C.Duration?,
        clock: C
    ) {
        enqueue(job, at: clock.now.advanced(by: delay), tolerance: tolerance, clock: clock)
    }

    package func enqueue<C: Clock>(
        _ job: consuming ExecutorJob,
        at instant: C.Instant,
        tolerance: C.Duration?,
        clock: C
    ) {
        let job = UnownedJob(job)
        // Both of the library's clocks count in this unit; who waits by another one looks again when he wakes.
        let delay = clock.now.duration(to: instant) as? Duration ?? .zero
        let due = ContinuousClock.now + delay
        answer(queue.withLock { $0.add(job, at: due) })
    }

    private func answer(_ call: Queue.Call?) {
        switch call {
        case .follower: cw_signal(called)
        case .leader: cw_signal(leaderCalled)
        case .newcomer: Thread.detachNewThread { [self] in work() }
        case nil: break
        }
    }

    private func work() -> Never {
        cw_begin()
        while true {
            switch queue.withLock({ $0.next { .now } }) {
            case .run(let job):
                job.runSynchronously(on: asUnownedTaskExecutor())
            case .follow:
                cw_follow(called)
            case .lead(let instant):
                let limit = instant.map { ContinuousClock.now.duration(to: $0).nanoseconds }
                cw_lead(leaderCalled, timer, limit ?? -1)
                answer(queue.withLock { $0.leaderReturned() })
            }
        }
    }
}

extension Duration {
    /// Whole nanoseconds, none for what is past.
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return max(0, seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
