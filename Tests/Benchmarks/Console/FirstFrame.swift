import Federation

extension Benchmark {
    /// From the start of the process to the first frame, and to the first one with mappings in it.
    static func firstFrame(mappings count: Int, limit: Duration) -> Benchmark {
        Benchmark(name: "first frame, \(count) mappings", target: "≤ \(limit.milliseconds) ms") { time in
            let bench = try ConsoleHarness(time: time)
            defer { bench.remove() }
            let configuration = try bench.configuration(mappings: count)
            var frames: [Duration] = []
            var lists: [Duration] = []
            for _ in 0..<9 {
                let start = time.uptime
                let terminal = try bench.console("--config", configuration)
                defer { terminal.close() }
                // The tabs are part of every frame; states come with the list alone.
                guard terminal.wait(for: "Timeline") != nil else {
                    throw PseudoTerminalError.silent(ConsoleHarness.program)
                }
                frames.append(time.uptime - start)
                guard terminal.wait(for: "never") != nil else {
                    throw PseudoTerminalError.silent(ConsoleHarness.program)
                }
                lists.append(time.uptime - start)
            }
            let median = frames.percentile(0.5)
            return Measurement(
                text: "\(median.shown), with the mappings \(lists.percentile(0.5).shown)",
                reachesTarget: median <= limit
            )
        }
    }
}
