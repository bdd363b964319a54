import Glibc

/// Runs `body`, which may block for any time, on a new thread.
///
/// A Dispatch queue is not suitable, because Dispatch starts at most 255 threads for blocked work.
///
/// - Returns: `false` if the system could not create the thread.
func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    let work = Unmanaged.passRetained(ThreadBody(body))
    var thread = pthread_t()
    let status = pthread_create(
        &thread,
        nil,
        { work in
            if let work { Unmanaged<ThreadBody>.fromOpaque(work).takeRetainedValue().run() }
            return nil
        },
        work.toOpaque()
    )
    guard status == 0 else {
        work.release()
        return false
    }
    pthread_detach(thread)
    return true
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}
