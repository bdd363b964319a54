import CCurses
import Foundation
import Synchronization

/// The one thread on which a terminal's actor runs, and which sleeps until something happens at it.
final class TerminalThread: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isAsleep = false
    }

    private let state = Mutex(State())
    private let ready: AsyncStream<Int32>.Continuation

    /// Starts the thread; `ready` gets what each wait found.
    init(ready: AsyncStream<Int32>.Continuation) {
        self.ready = ready
        let thread = Thread { [self] in run() }
        thread.name = "terminal"
        thread.start()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isAsleep = state.withLock { state in
            state.jobs.append(job)
            return state.isAsleep
        }
        if isAsleep { cc_wake() }
    }

    private func run() {
        while true {
            let jobs = state.withLock { state in
                defer { state.jobs = [] }
                state.isAsleep = state.jobs.isEmpty
                return state.jobs
            }
            if jobs.isEmpty {
                let found = cc_wait() & ~Int32(CC_WOKEN.rawValue)
                state.withLock { $0.isAsleep = false }
                if found != 0 { ready.yield(found) }
            }
            for job in jobs {
                unsafe job.runSynchronously(on: asUnownedSerialExecutor())
            }
        }
    }
}
