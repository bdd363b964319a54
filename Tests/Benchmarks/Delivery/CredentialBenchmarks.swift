import Federation

extension Benchmark {
    private static let rounds = 31
    private static let cachedCPU = Duration.milliseconds(8)
    private static let cachedWall = Duration.milliseconds(8)
    private static let coldCPU = Duration.milliseconds(15)
    private static let requiredRate = 1500.0

    /// A process that delivers credentials from the keyring.
    static let credentialProcess = Benchmark(
        name: "credential-process, cached",
        target: "≤ 8 ms CPU, ≤ 8 ms wall"
    ) { time in
        try LabHarness.with(time: time) { harness in
            let usages = try harness.cambist("credential-process", "audit").runs(rounds, time: time)
            let (cpu, wall) = (usages.map(\.cpu).median, usages.map(\.wall).median)
            return Measurement(
                text: "\(cpu.text) CPU, \(wall.text) wall",
                reachesTarget: cpu <= cachedCPU && wall <= cachedWall
            )
        }
    }

    /// A process that requests a token and exchanges it.
    static let exchange = Benchmark(name: "exchange, cold", target: "≤ 15 ms CPU") { time in
        try LabHarness.with(time: time) { harness in
            let usages = try harness.cambist("exchange", "audit").runs(rounds, time: time)
            let (cpu, wall) = (usages.map(\.cpu).median, usages.map(\.wall).median)
            return Measurement(text: "\(cpu.text) CPU, \(wall.text) wall", reachesTarget: cpu <= coldCPU)
        }
    }

    /// Exchanges per second of processor time, and the memory with many exchanges compared with few.
    static let testAll = Benchmark(
        name: "test --all, 1,000 mappings of one identity",
        target: "≥ 1,500 exchanges/s of client CPU, memory flat"
    ) { time in
        let (few, many) = (100, 1000)
        let usages = try [few, many].map { count in
            try LabHarness.with(LabHarness.oneIdentity(mappings: count), time: time) { harness in
                let usage = try harness.cambist("test", "--all").run(time: time)
                guard usage.status == 0 else { throw BenchmarkError("test --all found mappings that fail") }
                return usage
            }
        }
        let rate = Double(many) / usages[1].cpu.seconds
        let growth = Double(usages[1].peak) / Double(usages[0].peak)
        return Measurement(
            text:
                "\(Int(rate)) exchanges/s, \(usages[1].peak / 1024) MiB (\(usages[0].peak / 1024) of \(few))",
            reachesTarget: rate >= requiredRate && growth < 1.3
        )
    }
}
