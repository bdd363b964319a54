import FoundationEssentials
import Glibc
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

    /// The path of the socket; a leading `@` denotes the abstract namespace.
    private let path: String
    /// The interval of the watchdog messages: half of systemd's limit; `nil` without a watchdog.
    package let watchdogInterval: Duration?

    /// Reads the address and the watchdog's limit; `nil` if the variables contain no valid address.
    package init?(variables: [String: String], process: Int32 = getpid()) {
        guard let path = variables["NOTIFY_SOCKET"], UnixDatagram.isAddress(path) else { return nil }
        self.path = path
        let isOwn = variables["WATCHDOG_PID"].map { Int32($0) == process } ?? true
        let limit = variables["WATCHDOG_USEC"].flatMap { Int($0) } ?? 0
        watchdogInterval = isOwn && limit > 0 ? .microseconds(limit / 2) : nil
    }

    /// Sends the states as one datagram; returns whether the datagram was sent.
    ///
    /// A missing supervisor is not an error.
    @discardableResult
    package func send(_ states: State...) -> Bool {
        UnixDatagram.send(Data(states.map(Self.line).joined(separator: "\n").utf8), to: path)
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
