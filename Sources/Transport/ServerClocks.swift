import Federation
import Synchronization

/// The clocks of servers, as their latest responses showed them.
final class ServerClocks: Sendable {
    /// The most servers that are remembered.
    private static let limit = 256

    private let offsets = Mutex<[String: ClockOffset]>([:])

    /// Notes a server's clock; a response without a usable `Date` changes nothing.
    func note(_ offset: ClockOffset?, of server: String) {
        guard let offset else { return }
        offsets.withLock { offsets in
            if offsets.count >= Self.limit, offsets[server] == nil { offsets.removeAll() }
            offsets[server] = offset
        }
    }

    /// The clock of a server minus the local one; `nil` before its first response.
    func offset(of server: String) -> ClockOffset? {
        offsets.withLock { $0[server] }
    }
}
