import Dispatch
import FoundationEssentials
import Glibc

/// The events that end the lab: a signal in ``signals`` and, if requested, the end of standard input.
struct ShutdownEvents {
    /// The signals that end the lab: most of the signals that terminate a process by default.
    ///
    /// KILL and ABRT are omitted. ILL, TRAP, BUS, FPE, SEGV, PIPE, PROF, and SYS are also omitted, because Dispatch's
    /// own thread does not block these signals. The thread would raise such a signal in an endless loop.
    static let signals: [Int32] = [
        SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGIO, SIGPWR, SIGSTKFLT,
        SIGXCPU, SIGXFSZ,
    ]

    private let sources: [any DispatchSourceProtocol]
    private let events: AsyncStream<Void>

    /// Starts listening for events; returns when handlers for all signals are installed.
    ///
    /// - Parameter includesParent: Whether the end of standard input is an event. If `true`, the parent process must
    ///   keep the other end of standard input open.
    init(includingParent includesParent: Bool) async {
        let (events, continuation) = AsyncStream<Void>.makeStream()
        // By default, a profiler's timer signal would end the process before the lab removes its files.
        signal(SIGPROF, SIG_IGN)
        let queue = DispatchQueue(label: "shutdown")
        var sources: [any DispatchSourceProtocol] = []
        for number in Self.signals {
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { continuation.yield() }
            sources.append(source)
        }
        if includesParent {
            DispatchQueue(label: "parent").async {
                Self.waitForEndOfInput()
                continuation.yield()
            }
        }
        self.sources = sources
        self.events = events
        for source in sources {
            await withCheckedContinuation { registered in
                source.setRegistrationHandler { registered.resume() }
                source.resume()
            }
        }
    }

    /// Blocks the calling thread until standard input ends.
    ///
    /// A Dispatch source could not wait for the end of a regular file or of /dev/null, because epoll refuses both.
    private static func waitForEndOfInput() {
        var bytes = [UInt8](repeating: 0, count: 512)
        while true {
            let count = read(STDIN_FILENO, &bytes, bytes.count)
            if count > 0 || count < 0 && (errno == EINTR || errno == EAGAIN) {
                if count < 0 { waitForInput() }
                continue
            }
            return
        }
    }

    /// Waits until standard input has data or ends; standard input may be in nonblocking mode.
    private static func waitForInput() {
        var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        poll(&descriptor, 1, -1)
    }

    /// Waits for the first event.
    func first() async {
        for await _ in events { break }
        for source in sources { source.cancel() }
    }
}
