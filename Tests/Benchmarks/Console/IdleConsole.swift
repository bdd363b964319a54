import Federation
import Foundation

extension Benchmark {
    /// The cost of an idle console with countdowns by the second on the screen.
    static let idleWithCountdown = idle(
        "idle, countdowns of a second in view",
        target: "≤ 0.1 %, 2 wake-ups/s, 150 B/s",
        keys: [],
        limit: (processor: 0.1, wakeUps: 2, bytes: 150)
    )

    /// The same with the countdowns out of view.
    static let idleHidden = idle(
        "idle, nothing in view that changes",
        target: "0",
        keys: ["?"],
        limit: (processor: 0.01, wakeUps: 0.2, bytes: 0)
    )

    /// The cost of htop, which reads its processes every 1.5 s.
    static let idleHtop = Benchmark(name: "idle, htop", target: "for comparison") { time in
        let bench = try ConsoleHarness(time: time)
        defer { bench.remove() }
        let terminal = try bench.terminal("htop", [])
        defer { terminal.close() }
        guard terminal.wait(for: "Load", within: .seconds(10)) != nil else {
            return Measurement(text: "not installed here", reachesTarget: true)
        }
        return Measurement(text: IdleFigures(of: terminal, time: time).text, reachesTarget: true)
    }

    private static func idle(
        _ name: String,
        target: String,
        keys: [String],
        limit: (processor: Double, wakeUps: Double, bytes: Double)
    ) -> Benchmark {
        Benchmark(name: name, target: target) { time in
            let bench = try ConsoleHarness(time: time)
            defer { bench.remove() }
            let configuration = bench.directory + "/lab.yaml"
            let scenario = bench.directory + "/scenario.yaml"
            try LabHarness.oneIdentity(mappings: 6).write(toFile: scenario, atomically: true, encoding: .utf8)
            // A token lives five minutes then, so the time left changes every second.
            let lab = try bench.terminal(
                ConsoleHarness.program,
                ["lab", "--scenario", scenario, "--speed", "288", "--config-file", configuration]
            )
            defer { lab.close() }
            guard lab.wait(for: "listens at") != nil else { throw PseudoTerminalError.silent("the lab") }
            let terminal = try bench.console("--config", configuration)
            defer { terminal.close() }
            guard terminal.wait(for: "live") != nil else {
                throw PseudoTerminalError.silent(ConsoleHarness.program)
            }
            for key in keys { _ = terminal.press(key) }
            // What the exchanges began has to end: a connection is kept for half a minute.
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

/// The activity of an idle program, per second.
private struct IdleFigures {
    private static let duration = Duration.seconds(20)

    /// In percent of one core.
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

extension Benchmark {
    /// The resident memory with that many mappings on the screen.
    static func memory(mappings count: Int, limit: Double) -> Benchmark {
        Benchmark(name: "memory, \(count) mappings", target: "≤ \(Int(limit)) MiB") { time in
            let bench = try ConsoleHarness(time: time)
            defer { bench.remove() }
            let terminal = try bench.console("--config", try bench.configuration(mappings: count))
            defer { terminal.close() }
            guard terminal.wait(for: "never") != nil else {
                throw PseudoTerminalError.silent(ConsoleHarness.program)
            }
            terminal.settle()
            let memory = ProcessFigures(of: terminal.process).memory
            return Measurement(
                text: "\((memory * 10).rounded() / 10) MiB",
                reachesTarget: memory <= limit
            )
        }
    }
}
