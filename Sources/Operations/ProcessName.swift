import Foundation

/// A process as leases name it: its host, its number, and when it began, for numbers are used again.
struct ProcessName: Hashable, Sendable, CustomStringConvertible {
    let host: String
    let number: Int32
    /// Clock ticks since the boot of the host, and which boot that was.
    let began: String

    /// This process.
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

    /// Reads a name as ``description`` writes it.
    init?(_ text: String) {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 3, let number = Int32(parts[1]) else { return nil }
        self.init(host: parts[0], number: number, began: parts[2])
    }

    /// Whether it is known to have ended; of another host nothing is known.
    var isGone: Bool {
        host == Self.own.host && Self.began(number) != began
    }

    /// Source: proc(5), `/proc/PID/stat`, field 22; the name of the program before it may hold anything.
    private static func began(_ number: Int32) -> String? {
        guard let stat = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8),
            let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? "\(fields[19])@\(boot.prefix(8))" : nil
    }
}
