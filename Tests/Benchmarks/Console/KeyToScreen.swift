import Federation
import Foundation

extension Benchmark {
    /// The time from a key to the last byte of the console's response, with `count` mappings.
    static func keyToScreen(mappings count: Int, hasHistory: Bool, limit: Duration) -> Benchmark {
        let past = hasHistory ? ", \(PastExchanges.count) exchanges" : ""
        let name = "key to screen, \(count) mappings\(past)"
        return Benchmark(name: name, target: "p99 ≤ \(limit.milliseconds) ms") { time in
            let state = hasHistory ? try await PastExchanges.shared.state(time) : nil
            let harness = try ConsoleHarness(time: time, state: state)
            defer { harness.remove() }
            let terminal = try harness.console(
                try harness.configuration(mappings: count),
                showing: ConsoleHarness.firstMapping
            )
            defer { terminal.close() }
            terminal.readUntilSilent()
            return terminal.measurement(of: ConsoleKeys.groups, limit)
        }
    }

    /// The time from a key to the first byte of the console's response, in the History panel.
    static func keyToScreen(inHistoryWithin limit: Duration) -> Benchmark {
        let name = "key to screen, History, \(PastExchanges.count) exchanges"
        return Benchmark(name: name, target: "p99 ≤ \(limit.milliseconds) ms") { time in
            let harness = try ConsoleHarness(time: time, state: try await PastExchanges.shared.state(time))
            defer { harness.remove() }
            let terminal = try harness.console(
                try harness.configuration(mappings: 100),
                showing: ConsoleHarness.firstMapping
            )
            defer { terminal.close() }
            terminal.readUntilSilent()
            _ = terminal.press("5")
            terminal.readUntilSilent()
            let responses = ConsoleKeys.historyGroups.map {
                (name: $0.name, all: $0.keys.compactMap { terminal.press($0) })
            }
            // The console responds at once, and again after it has read the page.
            let first = responses.flatMap(\.all).map(\.first)
            let parts = responses.map { "\($0.name) \($0.all.map(\.last).percentile(0.99).millisecondsText)" }
            let p99 = first.percentile(0.99)
            return Measurement(
                text:
                    "p50 \(first.percentile(0.5).millisecondsText), p99 \(p99.millisecondsText) (with pages read: "
                    + "\(parts.joined(separator: ", ")))",
                reachesTarget: p99 <= limit
            )
        }
    }

    /// The time from a key to the last byte of another program's response, which redraws a line or scrolls.
    static func keyToScreen(of program: String, _ arguments: [String], first text: String) -> Benchmark {
        Benchmark(name: "key to screen, \(program)", target: "for comparison") { time in
            let harness = try ConsoleHarness(time: time)
            defer { harness.remove() }
            let here = FileManager.default.currentDirectoryPath
            let terminal = try harness.terminal(program, arguments, in: here)
            defer { terminal.close() }
            guard terminal.wait(for: text, within: .seconds(10)) != nil else {
                return .notInstalled
            }
            terminal.readUntilSilent(.milliseconds(300))
            let times = terminal.times(of: ConsoleKeys.moves)
            return Measurement(
                text:
                    "p50 \(times.percentile(0.5).millisecondsText), p99 \(times.percentile(0.99).millisecondsText)",
                reachesTarget: true
            )
        }
    }
}

/// The keys that are sent to the console.
private enum ConsoleKeys {
    static let moves = Array(repeating: "j", count: 60) + Array(repeating: "k", count: 60)

    /// Keys by kind; each group restores the state of the console.
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

    /// Keys for the History panel: scrolling through pages, both ends, and filters.
    static let historyGroups: [(name: String, keys: [String])] = [
        ("moving", moves + Array(repeating: "\u{6}", count: 40) + Array(repeating: "\u{2}", count: 40)),
        ("both ends", Array(repeating: ["G", "k", "k", "g", "j"], count: 8).flatMap(\.self)),
        ("filtering", Array(repeating: historyFilter, count: 8).flatMap(\.self)),
    ]

    /// Types a filter, confirms it, and deletes it key by key, because after Escape a program waits for a sequence.
    private static let historyFilter: [String] = {
        let words = "denied /web.*y/".map(String.init)
        let back = Array(repeating: "\u{7F}", count: words.count)
        return ["/"] + words + ["\r", "j", "j", "k", "/"] + back + ["\r"]
    }()

    /// Types a filter, deletes it key by key, and confirms the empty filter.
    private static let filter: [String] = {
        let words = ["/"] + "reader-1 pay".map(String.init)
        return words + Array(repeating: "\u{7F}", count: words.count - 1) + ["\r"]
    }()

    /// Sorts by the next column, then reverses the order twice.
    private static let sort = ["s", "j", "\r", "I", "I", "s", "j", "\r", "I", "I"]
}

extension PseudoTerminal {
    /// Returns the time from each key to the last byte of its response, except for keys without a response.
    func times(of keys: [String]) -> [Duration] {
        keys.compactMap { press($0)?.last }
    }

    /// Presses the keys of all groups and measures them in total and by group.
    func measurement(of groups: [(name: String, keys: [String])], _ limit: Duration) -> Benchmark.Measurement
    {
        let groups = groups.map { (name: $0.name, times: times(of: $0.keys)) }
        let all = groups.flatMap(\.times)
        let parts = groups.map { "\($0.name) \($0.times.percentile(0.99).millisecondsText)" }
        let p99 = all.percentile(0.99)
        return Benchmark.Measurement(
            text:
                "p50 \(all.percentile(0.5).millisecondsText), p99 \(p99.millisecondsText) (\(parts.joined(separator: ", ")))",
            reachesTarget: p99 <= limit
        )
    }
}
