import Federation
import Synchronization

/// The hosts with recent problems; further requests need not wait for these hosts.
///
/// - A failed host accepted no connection, or did not respond in time.
/// - A silent host did not accept a connection in time, or did not respond in time. A host that refuses connections
///   is not silent.
/// - A busy host refused a request and all its retries.
final class HostHealth: Sendable {
    /// The time limit of a request while no host is silent.
    private static let limit = Duration.seconds(10)
    /// The time limit of all requests while any host is silent, because the cause is often the network.
    private static let shortLimit = Duration.seconds(3)
    /// The time for which a host counts as silent or busy.
    private static let memory = Duration.seconds(20)
    /// The time after which a failed host receives requests again.
    ///
    /// The time is shorter than any pause between two renewals of a mapping. Each renewal can therefore send a request.
    static let failureMemory = Duration.seconds(5)

    private struct State {
        var silent: [String: Duration] = [:]
        var busy: [String: Duration] = [:]
        /// By origin: scheme, host, and port.
        var failures: [String: (error: TransportError, since: Duration)] = [:]
        var responses: [String: Duration] = [:]
    }

    private let state = Mutex(State())

    /// Returns the time limit of a request that starts now.
    func limit(at now: Duration) -> Duration {
        state.withLock { state in
            state.silent.values.contains { now - $0 < Self.memory } ? Self.shortLimit : Self.limit
        }
    }

    func isSilent(_ host: String, at now: Duration) -> Bool {
        state.withLock { Self.isRecent(host, &$0.silent, now) }
    }

    func isBusy(_ host: String, at now: Duration) -> Bool {
        state.withLock { Self.isRecent(host, &$0.busy, now) }
    }

    func noteSilence(of host: String, at now: Duration) {
        state.withLock { $0.silent[host] = now }
    }

    /// Returns the recent failure of a host, if any.
    func failure(of origin: String, at now: Duration) -> TransportError? {
        state.withLock { state in
            guard let failure = state.failures[origin] else { return nil }
            if now - failure.since < Self.failureMemory { return failure.error }
            state.failures[origin] = nil
            return nil
        }
    }

    /// Records that a host failed, unless the host has responded to another request since `start`.
    func noteFailure(_ error: TransportError, of origin: String, since start: Duration, at now: Duration) {
        state.withLock { state in
            if let last = state.responses[origin], last >= start { return }
            state.failures[origin] = (error, now)
        }
    }

    func noteResponse(of origin: String, at now: Duration) {
        state.withLock { state in
            state.failures[origin] = nil
            state.responses[origin] = now
        }
    }

    func forgetFailures() {
        state.withLock { $0.failures = [:] }
    }

    func noteBusy(_ host: String, at now: Duration) {
        state.withLock { $0.busy[host] = now }
    }

    private static func isRecent(_ host: String, _ hosts: inout [String: Duration], _ now: Duration) -> Bool {
        guard let since = hosts[host] else { return false }
        if now - since < memory { return true }
        hosts[host] = nil
        return false
    }
}
