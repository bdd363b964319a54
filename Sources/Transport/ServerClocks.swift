import Federation
import Synchronization

/// The clock offsets of servers, according to their latest responses.
final class ServerClocks: Sendable {
    /// The maximum number of servers.
    private static let limit = 256

    private let offsets = Mutex<[String: ClockOffset]>([:])

    /// Records a server's clock offset; `nil`, for a response without a usable `Date`, has no effect.
    func note(_ offset: ClockOffset?, of server: String) {
        guard let offset else { return }
        offsets.withLock { offsets in
            if offsets.count >= Self.limit, offsets[server] == nil { offsets.removeAll() }
            offsets[server] = offset
        }
    }

    /// The clock of a server minus the local clock; `nil` before the first response.
    func offset(of server: String) -> ClockOffset? {
        offsets.withLock { $0[server] }
    }
}
