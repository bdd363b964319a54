import CCurses
import Dispatch
import Glibc
import Synchronization

/// The thread of the terminal actor; the thread sleeps until an event or a job arrives.
final class TerminalThread: SerialExecutor, TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isAsleep = false
        var thread: pthread_t?
    }

    private let state = Mutex(State())

    /// Starts the thread; `respond` is called after each wait that found events, with bits of `cc_ready`.
    func start(respond: @escaping @Sendable (_ found: Int32) -> Void) {
        DispatchQueue(label: "terminal").async { [self] in
            state.withLock { $0.thread = pthread_self() }
            run(respond)
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isAsleep = state.withLock { state in
            state.jobs.append(job)
            return state.isAsleep
        }
        if isAsleep { cc_wake() }
    }

    func checkIsolated() {
        let isHere = state.withLock { $0.thread == pthread_self() }
        precondition(isHere, "not on the terminal's thread")
    }

    private func run(_ respond: (Int32) -> Void) {
        while true {
            let jobs = state.withLock { state in
                defer { state.jobs = [] }
                state.isAsleep = state.jobs.isEmpty
                return state.jobs
            }
            // This call also reads events while jobs follow each other without a pause.
            let found = cc_wait(jobs.isEmpty) & ~Int32(CC_WOKEN.rawValue)
            if jobs.isEmpty { state.withLock { $0.isAsleep = false } }
            if found != 0 { respond(found) }
            for job in jobs {
                unsafe job.runSynchronously(
                    isolatedTo: asUnownedSerialExecutor(),
                    taskExecutor: asUnownedTaskExecutor()
                )
            }
        }
    }
}
