import Foundation

/// Returns the processor time of `work` on this thread, which does not depend on other processes.
package func processorTime(_ work: () throws -> Void) rethrows -> Duration {
    let start = threadTime
    try work()
    return threadTime - start
}

/// The processor time of this thread.
private var threadTime: Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
