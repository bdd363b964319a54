import Federation
import Synchronization

/// The hosts that do not answer in time or refuse as busy, so that a command waits for each of them only once.
final class HostHealth: Sendable {
    /// The time limit of a request while every host answers.
    private static let limit = Duration.seconds(10)
    /// The time limit of a request after some host was silent, since the cause is often the network.
    private static let shortLimit = Duration.seconds(3)
    /// The time after which a silent host is asked again, and a busy one with all retries.
    private static let memory = Duration.seconds(20)

    private struct State {
        var silent: [String: Duration] = [:]
        var busy: [String: Duration] = [:]
    }

    private let state = Mutex(State())

    /// The time limit of a request that begins now.
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
