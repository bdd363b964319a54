import Federation
import FoundationEssentials
import Synchronization

/// The clock offsets of servers, from their latest responses.
///
/// Services behind one address (for example, a gateway) can have different clocks. A service is identified by the host
/// and the first part of the path.
final class ServerClocks: Sendable {
    private static let limit = 256

    private let offsets = Mutex<[String: ClockOffset]>([:])

    /// Records a server's clock offset; `nil` has no effect.
    func note(_ offset: ClockOffset?, of url: URL) {
        guard let offset else { return }
        let server = Self.server(of: url)
        offsets.withLock { offsets in
            if offsets.count >= Self.limit, offsets[server] == nil { offsets.removeAll() }
            offsets[server] = offset
        }
    }

    /// Returns the server's clock minus the local clock, if known.
    func offset(of url: URL) -> ClockOffset? {
        let server = Self.server(of: url)
        return offsets.withLock { $0[server] }
    }

    private static func server(of url: URL) -> String {
        let path = url.path(percentEncoded: true).split(separator: "/").first ?? ""
        return "\(HTTPTransport.name(of: url))/\(path)"
    }
}
