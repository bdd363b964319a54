import Federation
import Foundation

extension Benchmark {
    /// From a key to the last byte that it makes the console send, in lists of so many mappings.
    static func keyToScreen(mappings count: Int, history rows: Int, limit: Duration) -> Benchmark {
        let name =
            rows == 0
            ? "key to screen, \(count) mappings" : "key to screen, \(count) mappings, \(rows) exchanges"
        return Benchmark(name: name, target: "p99 ≤ \(limit.milliseconds) ms") { time in
            let bench = try ConsoleBench(time: time)
            defer { bench.remove() }
            if rows > 0 { try await bench.fillHistory(rows: rows) }
            let terminal = try bench.console("--config", try bench.configuration(mappings: count))
            defer { terminal.close() }
            guard terminal.wait(for: "never") != nil else {
                throw PseudoTerminalError.silent(ConsoleBench.program)
            }
            terminal.settle()
            let groups = ConsoleKeys.groups.map { (name: $0.name, times: terminal.times(of: $0.keys)) }
            let all = groups.flatMap(\.times)
            let parts = groups.map { "\($0.name) \($0.times.percentile(0.99).shown)" }
            let p99 = all.percentile(0.99)
            return Measurement(
                text: "p50 \(all.percentile(0.5).shown), p99 \(p99.shown) (\(parts.joined(separator: ", ")))",
                reachesTarget: p99 <= limit
            )
        }
    }

    /// The same of another program that redraws a line or scrolls.
    static func keyToScreen(of program: String, _ arguments: [String], first text: String) -> Benchmark {
        Benchmark(name: "key to screen, \(program)", target: "for comparison") { time in
            let bench = try ConsoleBench(time: time)
            defer { bench.remove() }
            let here = FileManager.default.currentDirectoryPath
            let terminal = try bench.terminal(program, arguments, in: here)
            defer { terminal.close() }
            guard terminal.wait(for: text, within: .seconds(10)) != nil else {
                return Measurement(text: "not installed here", reachesTarget: true)
            }
            terminal.settle(.milliseconds(300))
            let times = terminal.times(of: ConsoleKeys.moves)
            return Measurement(
                text: "p50 \(times.percentile(0.5).shown), p99 \(times.percentile(0.99).shown)",
                reachesTarget: true
            )
        }
    }
}

/// What is typed into the console to be measured.
private enum ConsoleKeys {
    static let moves = Array(repeating: "j", count: 60) + Array(repeating: "k", count: 60)

    /// Every group leaves the console as it found it.
    static let groups: [(name: String, keys: [String])] = [
        ("moving", moves + ["G", "g", "\u{6}", "\u{2}", "\u{4}", "\u{15}"]),
        ("filtering", Array(repeating: filter, count: 8).flatMap(\.self)),
        ("sorting", Array(repeating: sort, count: 4).flatMap(\.self)),
        ("panels", Array(repeating: ["2", "3", "4", "5", "6", "?", "1"], count: 6).flatMap(\.self)),
        (
            "palette",
            Array(repeating: [":", "p", "a", "y", "m", "\u{7F}", "\u{3}"], count: 6).flatMap(\.self)
        ),
    ]

    /// Types words, takes them back, and takes the empty filter.
    private static let filter: [String] = {
        let words = ["/"] + "reader-1 pay".map(String.init)
        return words + Array(repeating: "\u{7F}", count: words.count - 1) + ["\r"]
    }()

    /// Sorts by the next column, and the other way round and back.
    private static let sort = ["s", "j", "\r", "I", "I", "s", "j", "\r", "I", "I"]
}

extension PseudoTerminal {
    /// The time of each key until the last byte of its answer; keys that change nothing have none.
    func times(of keys: [String]) -> [Duration] {
        keys.compactMap { press($0)?.last }
    }
}
