import Foundation
import Transport

/// Reports the state of a service to systemd over the socket of the notification protocol.
///
/// Source: sd_notify(3) and sd_watchdog_enabled(3): datagrams of `NAME=value` lines to `$NOTIFY_SOCKET`.
package struct ServiceNotification: Sendable {
    /// A change of the service's state.
    package enum State: Hashable, Sendable {
        case ready
        case reloading
        case stopping
        case watchdog
        /// A line for `systemctl status`.
        case status(String)
    }

    /// The path of the socket; a leading `@` is that of the abstract namespace.
    private let path: String
    /// The interval at which the watchdog expects a message; half of systemd's limit.
    package let watchdogInterval: Duration?

    /// Reads the address and the watchdog's limit; `nil` where no supervisor listens.
    package init?(variables: [String: String], process: Int32 = getpid()) {
        guard let path = variables["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@"),
            path.utf8.count > 1, path.utf8.count < Self.addressSize
        else { return nil }
        self.path = path
        let isOwn = variables["WATCHDOG_PID"].map { Int32($0) == process } ?? true
        let limit = variables["WATCHDOG_USEC"].flatMap { Int($0) } ?? 0
        watchdogInterval = isOwn && limit > 0 ? .microseconds(limit / 2) : nil
    }

    /// The size of `sun_path`.
    private static let addressSize = MemoryLayout.size(ofValue: sockaddr_un().sun_path)

    /// Sends the states as one datagram; a supervisor that is gone is not an error of the service.
    @discardableResult
    package func send(_ states: State...) -> Bool {
        let lines = states.map(Self.line).joined(separator: "\n")
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            for (index, byte) in name.enumerated() { bytes[index] = byte }
            if name[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        }
        // An abstract name ends with the length, a path with a zero.
        let end = name[0] == UInt8(ascii: "@") ? name.count : name.count + 1
        let header = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2
        let data = Array(lines.utf8)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(
                    descriptor,
                    data,
                    data.count,
                    Int32(MSG_NOSIGNAL),
                    address,
                    socklen_t(header + end)
                )
            }
        }
        return sent == data.count
    }

    private static func line(_ state: State) -> String {
        switch state {
        case .ready: "READY=1"
        case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(SystemTime.monotonicMicroseconds)"
        case .stopping: "STOPPING=1"
        case .watchdog: "WATCHDOG=1"
        case .status(let text):
            "STATUS=" + text.map { $0.isNewline ? " " : $0 }
        }
    }
}
