import Dispatch
import Foundation

/// The events that end the lab: any terminating signal, and the exit of the parent process.
struct ShutdownEvents {
    /// All signals that terminate a process by default and that Dispatch can receive.
    ///
    /// Dispatch never blocks ILL, TRAP, BUS, FPE, SEGV, PIPE, PROF, and SYS on its own thread. That thread would
    /// receive such a signal and raise it again in an endless loop.
    static let signals: [Int32] = [
        SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGIO, SIGPWR, SIGSTKFLT,
        SIGXCPU, SIGXFSZ,
    ]

    private let sources: [any DispatchSourceProtocol]
    private let events: AsyncStream<Void>

    /// Starts listening for events; returns when handlers for all signals are installed.
    ///
    /// - Parameter includesParent: Whether the end of standard input, held open by the parent process, ends the lab.
    init(includingParent includesParent: Bool) async {
        let (events, continuation) = AsyncStream<Void>.makeStream()
        // By default, a profiler's timer signal would end the process without removing its files.
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

    /// Returns when the first event has occurred.
    func first() async {
        for await _ in events { break }
        for source in sources { source.cancel() }
    }
}
