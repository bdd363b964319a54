import Foundation

/// What the kernel counts of a process: all its threads together.
struct ProcessFigures {
    /// Time on a processor, in seconds.
    let processorTime: Double
    /// How often a thread slept and was woken.
    let wakeUps: Int
    /// Resident memory, in MiB.
    let memory: Double

    init(of process: pid_t) {
        let tasks = "/proc/\(process)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        var nanoseconds = 0
        var wakeUps = 0
        for thread in threads {
            let schedule = Self.text("\(tasks)/\(thread)/schedstat").split(separator: " ")
            nanoseconds += schedule.first.flatMap { Int($0) } ?? 0
            wakeUps += Self.number("voluntary_ctxt_switches", in: Self.text("\(tasks)/\(thread)/status"))
        }
        processorTime = Double(nanoseconds) / 1e9
        self.wakeUps = wakeUps
        memory = Double(Self.number("VmRSS", in: Self.text("/proc/\(process)/status"))) / 1024
    }

    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }

    private static func number(_ name: String, in text: String) -> Int {
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") } ?? ""
        return Int(line.filter(\.isNumber)) ?? 0
    }
}
