import FoundationEssentials
import Glibc
import Transport

/// The name of a process in leases: host, process ID, and start time.
///
/// The start time is necessary because the system reuses process IDs.
struct ProcessName: Hashable, Sendable, CustomStringConvertible {
    let host: String
    let number: Int32
    /// The start time in clock ticks since boot, and the first eight characters of the host's boot ID.
    let began: String

    static let own = ProcessName(
        host: ProcessInfo.processInfo.hostName,
        number: getpid(),
        began: began(getpid()) ?? ""
    )

    var description: String { "\(host) \(number) \(began)" }

    private init(host: String, number: Int32, began: String) {
        self.host = host
        self.number = number
        self.began = began
    }

    /// Parses a name in the format of ``description``.
    init?(_ text: String) {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 3, let number = Int32(parts[1]) else { return nil }
        self.init(host: parts[0], number: number, began: parts[2])
    }

    /// Whether the process has ended; `false` for a process of another host, because its state is unknown.
    var hasEnded: Bool {
        host == Self.own.host && Self.began(number) != began
    }

    /// Returns the start time and the boot ID as ``began`` stores them; `nil` if there is no such process.
    ///
    /// Source: proc(5), `/proc/PID/stat`, field 22; the program name before this field may contain any character.
    private static func began(_ number: Int32) -> String? {
        guard let stat = try? BoundedFile.text("/proc/\(number)/stat", limit: 4096),
            let boot = try? BoundedFile.text("/proc/sys/kernel/random/boot_id", limit: 4096),
            let end = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? "\(fields[19])@\(boot.prefix(8))" : nil
    }
}
