import Federation
import Foundation

extension Benchmark {
    /// The cost of an idle console whose screen shows countdowns in seconds.
    static let idleWithCountdown = idle(
        "idle, a countdown in seconds on the screen",
        target: "≤ 0.1%, 3 wake-ups/s, 150 B/s",
        keys: [],
        // A token is then valid for five minutes, so its remaining time changes every second.
        speed: 288,
        limit: (processor: 0.1, wakeUps: 3, bytes: 150)
    )

    /// The cost of an idle console whose Help panel covers the countdowns.
    static let idleHidden = idle(
        "idle, countdowns hidden",
        target: "≤ 0.1%, 1 wake-up/s, 0 B/s",
        keys: ["?"],
        // No token or credentials are renewed during the measurement.
        speed: 1,
        limit: (processor: 0.1, wakeUps: 1, bytes: 0)
    )

    /// The cost of htop, which reads its processes every 1.5 s.
    static let idleHtop = Benchmark(name: "idle, htop", target: "for comparison") { time in
        let harness = try ConsoleHarness(time: time)
        defer { harness.remove() }
        let terminal = try harness.terminal("htop", [])
        defer { terminal.close() }
        guard terminal.wait(for: "Load", within: .seconds(10)) != nil else { return .notInstalled }
        return Measurement(text: IdleFigures(of: terminal, time: time).text, reachesTarget: true)
    }

    private static func idle(
        _ name: String,
        target: String,
        keys: [String],
        speed: Int,
        limit: (processor: Double, wakeUps: Double, bytes: Double)
    ) -> Benchmark {
        Benchmark(name: name, target: target) { time in
            try LabHarness.with(LabHarness.oneIdentity(mappings: 6), speed: speed, time: time) { lab in
                let harness = try ConsoleHarness(time: time)
                defer { harness.remove() }
                let terminal = try harness.console(lab.configuration, showing: "live")
                defer { terminal.close() }
                for key in keys { _ = terminal.press(key) }
                // Waits until the exchanges at start have ended and their connections, kept for 30 s, are closed.
                _ = terminal.bytes(in: .seconds(45))
                let figures = IdleFigures(of: terminal, time: time)
                return Measurement(
                    text: figures.text,
                    reachesTarget: figures.processor <= limit.processor && figures.wakeUps <= limit.wakeUps
                        && figures.bytes <= limit.bytes
                )
            }
        }
    }

    /// The peak resident memory of a console with `count` mappings.
    static func peakMemory(mappings count: Int, limit: Double) -> Benchmark {
        Benchmark(name: "peak memory, \(count) mappings", target: "≤ \(Int(limit)) MiB") { time in
            let harness = try ConsoleHarness(time: time)
            defer { harness.remove() }
            let terminal = try harness.console(
                try harness.configuration(mappings: count),
                showing: ConsoleHarness.firstMapping
            )
            defer { terminal.close() }
            terminal.readUntilSilent()
            return .memory(of: terminal, limit: limit)
        }
    }

    /// The peak resident memory of a console that exchanges `count` mappings at its start.
    static func peakMemoryOfExchanges(mappings count: Int, limit: Double) -> Benchmark {
        Benchmark(
            name: "peak memory while \(count) mappings are exchanged at start",
            target: "≤ \(Int(limit)) MiB"
        ) { time in
            try LabHarness.with(LabHarness.oneIdentity(mappings: count), time: time) { lab in
                let harness = try ConsoleHarness(time: time)
                defer { harness.remove() }
                let terminal = try harness.console(lab.configuration, showing: "live")
                defer { terminal.close() }
                // The header shows the number of live mappings.
                let start = time.uptime
                guard terminal.wait(for: "\(count) live", within: .seconds(300), redrawing: true) != nil
                else {
                    throw BenchmarkError("not all mappings were exchanged within 300 s")
                }
                let seconds = ((time.uptime - start).seconds * 10).rounded() / 10
                terminal.readUntilSilent()
                return .memory(of: terminal, limit: limit, note: ", all live after \(seconds) s")
            }
        }
    }
}

extension Benchmark.Measurement {
    /// The result for another program that is not installed; it counts as missed.
    static let notInstalled = Benchmark.Measurement(text: "not measured: not installed", reachesTarget: false)

    fileprivate static func memory(
        of terminal: PseudoTerminal,
        limit: Double,
        note: String = ""
    ) -> Benchmark.Measurement {
        let memory = ProcessFigures(of: terminal.process).peakMemory
        return Benchmark.Measurement(
            text: "\((memory * 10).rounded() / 10) MiB\(note)",
            reachesTarget: memory > 0 && memory <= limit
        )
    }
}

/// The activity of an idle program per second.
private struct IdleFigures {
    private static let duration = Duration.seconds(20)

    /// The processor time in percent of one core.
    let processor: Double
    let wakeUps: Double
    let bytes: Double

    init(of terminal: PseudoTerminal, time: any TimeSource) {
        let before = ProcessFigures(of: terminal.process)
        let sent = terminal.bytes(in: Self.duration)
        let spent = ProcessFigures(of: terminal.process).since(before)
        processor = spent.processorTime / Self.duration.seconds * 100
        wakeUps = Double(spent.wakeUps) / Self.duration.seconds
        bytes = Double(sent) / Self.duration.seconds
    }

    var text: String {
        "\(Self.rounded(processor, 1000)) % of a core, \(Self.rounded(wakeUps, 10)) wake-ups/s, \(Int(bytes)) B/s"
    }

    private static func rounded(_ number: Double, _ scale: Double) -> Double {
        (number * scale).rounded() / scale
    }
}
