import Foundation

/// The kernel's counters of a process, summed over its threads.
struct ProcessFigures {
    /// The processor time and the wake-ups of each thread.
    private let threads: [String: (nanoseconds: Int, wakeUps: Int)]
    /// The peak resident memory of the process in MiB.
    let peakMemory: Double

    init(of process: pid_t) {
        let tasks = "/proc/\(process)/task"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        var figures: [String: (nanoseconds: Int, wakeUps: Int)] = [:]
        for thread in names {
            let schedule = Self.text("\(tasks)/\(thread)/schedstat").split(separator: " ")
            let wakeUps = Self.number(
                "voluntary_ctxt_switches",
                in: Self.text("\(tasks)/\(thread)/status")
            )
            figures[thread] = (schedule.first.flatMap { Int($0) } ?? 0, wakeUps)
        }
        threads = figures
        peakMemory = Double(Self.number("VmHWM", in: Self.text("/proc/\(process)/status"))) / 1024
    }

    /// Returns the difference from earlier counters, for the threads that are still running.
    func since(_ earlier: ProcessFigures) -> (processorTime: Double, wakeUps: Int) {
        var nanoseconds = 0
        var wakeUps = 0
        for (thread, now) in threads {
            let before = earlier.threads[thread] ?? (0, 0)
            nanoseconds += now.nanoseconds - before.nanoseconds
            wakeUps += now.wakeUps - before.wakeUps
        }
        return (Double(nanoseconds) / 1e9, wakeUps)
    }

    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }

    private static func number(_ name: String, in text: String) -> Int {
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") } ?? ""
        return Int(line.filter(\.isNumber)) ?? 0
    }
}
