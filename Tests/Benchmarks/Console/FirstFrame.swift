import Federation

extension Benchmark {
    /// The time from the start of the process until its screen shows the mappings; the median of nine starts.
    static func firstFrame(mappings count: Int, limit: Duration) -> Benchmark {
        Benchmark(
            name: "first frame with the mappings, \(count) mappings",
            target: "≤ \(limit.milliseconds) ms"
        ) { time in
            let harness = try ConsoleHarness(time: time)
            defer { harness.remove() }
            let configuration = try harness.configuration(mappings: count)
            var frames: [Duration] = []
            for _ in 0..<9 {
                let start = time.uptime
                let terminal = try harness.console(configuration, showing: ConsoleHarness.firstMapping)
                frames.append(time.uptime - start)
                terminal.close()
            }
            let median = frames.percentile(0.5)
            return Measurement(text: median.millisecondsText, reachesTarget: median <= limit)
        }
    }
}
