import Dispatch
import Foundation

/// The events that end the lab: any signal that would end the process, and the end of the parent.
struct ShutdownEvents {
    /// Every signal that ends a process by default and that Dispatch can receive.
    ///
    /// Dispatch never blocks ILL, TRAP, BUS, FPE, SEGV, PIPE, PROF and SYS on its own thread, which therefore receives
    /// one of them and sends it to the process again without end.
    static let signals: [Int32] = [
        SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGIO, SIGPWR, SIGSTKFLT,
        SIGXCPU, SIGXFSZ,
    ]

    private let sources: [any DispatchSourceProtocol]
    private let events: AsyncStream<Void>

    /// Starts to listen, and returns once every signal is caught.
    ///
    /// - Parameter includesParent: Whether the end of standard input, which a parent holds open, is such an event.
    init(includingParent includesParent: Bool) async {
        let (events, continuation) = AsyncStream<Void>.makeStream()
        // A profiler's timer does not ask the lab to end, and by default ends it without the removal of its files.
        signal(SIGPROF, SIG_IGN)
        let queue = DispatchQueue(label: "shutdown")
        var sources: [any DispatchSourceProtocol] = []
        for number in Self.signals {
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { continuation.yield() }
            sources.append(source)
        }
        if includesParent {
            let source = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: queue)
            source.setEventHandler {
                var bytes = [UInt8](repeating: 0, count: 512)
                if read(STDIN_FILENO, &bytes, bytes.count) == 0 { continuation.yield() }
            }
            sources.append(source)
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

    /// Returns when the first of them has happened.
    func first() async {
        for await _ in events { break }
        for source in sources { source.cancel() }
    }
}
