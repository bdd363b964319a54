import Federation
import Fleet
import Foundation
import PostgresServer

extension Benchmark {
    /// The time from a change on a node to the console, and the load of the server and of the console.
    static let fleet: [Benchmark] = [100, 300, 1000].map { fleet(nodes: $0) }

    private static let latencyLimit = Duration.seconds(1)
    /// The limit of the server's processor time, in percent of a core.
    private static let serverLimit = 25.0
    private static let duration = Duration.seconds(60)
    /// A session lasts at least 15 minutes, so no mapping needs more exchanges.
    private static let exchangeInterval = Duration.seconds(900)

    private static func fleet(nodes count: Int) -> Benchmark {
        let mappings = SimulatedNode.mappings * count
        return Benchmark(
            name: "fleet of \(count) nodes, \(mappings) mappings, an exchange of each every 15 minutes",
            target: "p99 ≤ 1 s, server ≤ 25% of a core"
        ) { time in
            try await PostgresServer.with { server in
                try await server.stop()
                try await server.start(options: "-c max_connections=\(count + 200) -c fsync=on")
                let owner = FleetStore(try server.settings("owner"), time: time)
                _ = try await owner.initialize()
                owner.close()
                try await server.run(
                    """
                    "$B/psql" -h "$D/run" -U owner -d postgres -q -c "CREATE ROLE node LOGIN; CREATE ROLE operator LOGIN;
                        GRANT cambist_node TO node, operator; GRANT cambist_operator TO operator"
                    """
                )
                return try await measure(count, server, time)
            }
        }
    }

    private static func measure(
        _ count: Int,
        _ server: PostgresServer,
        _ time: any TimeSource
    ) async throws -> Measurement {
        // Each node has a socket and a pipe.
        var files = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        files.rlim_cur = files.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        let nodes = try (0..<count).map { try SimulatedNode($0) }
        let arrivals = FleetArrivals(time: time)
        let settings = try server.settings("node")
        let observer = FleetObserver(
            try server.settings("operator"),
            operatorName: "operator",
            time: time
        ) { _ in }
        let observing = Task { await observer.run { arrivals.note($0) } }
        var running: [Task<Void, Never>] = []
        for node in nodes {
            running.append(Task { await node.service(settings, time: time).run() })
            // In a real fleet, the heartbeats are spread over their interval.
            try await time.sleep(for: .seconds(FleetNode.beatInterval) / count)
        }
        let harness = try ConsoleHarness(time: time)
        let configuration = try fleetConfiguration(server, harness)
        let terminal = try harness.console(configuration, showing: ConsoleHarness.firstMapping)
        _ = terminal.press("0")
        while arrivals.mappings < SimulatedNode.mappings * count { try await time.sleep(for: .seconds(1)) }
        // The console's first reads and the checks of notifications are not measured.
        _ = await bytes(of: terminal, in: .seconds(10))

        let before = (console: ProcessFigures(of: terminal.process), server: ServerFigures(server))
        let changing = Task {
            var generator = SystemRandomNumberGenerator()
            while !Task.isCancelled {
                if let node = nodes.randomElement(using: &generator) {
                    let (id, at) = try node.exchange(now: time.now)
                    arrivals.expect(id, at)
                }
                let pause = exchangeInterval / (SimulatedNode.mappings * count)
                try await time.sleep(for: pause * Double.random(in: 0.5..<1.5, using: &generator))
            }
        }
        _ = await bytes(of: terminal, in: duration)
        let after = (console: ProcessFigures(of: terminal.process), server: ServerFigures(server))
        changing.cancel()
        try await time.sleep(for: .seconds(2))
        for task in running + [observing] { task.cancel() }
        for task in running + [observing] { await task.value }
        terminal.close()
        harness.remove()

        let console = after.console.since(before.console).processorTime / duration.seconds * 100
        let load = (after.server.processorTime - before.server.processorTime) / duration.seconds * 100
        let p99 = arrivals.latencies.percentile(0.99)
        return Measurement(
            text:
                "\(arrivals.latencies.count) changes: p50 \(arrivals.latencies.percentile(0.5).milliseconds) ms, "
                + "p99 \(p99.milliseconds) ms, \(arrivals.missing) missing; server \(rounded(load))% of a core, "
                + "\(Int(after.server.memory)) MiB; console \(rounded(console))% of a core, "
                + "\(Int(after.console.peakMemory)) MiB",
            reachesTarget: p99 <= latencyLimit && arrivals.missing == 0 && load <= serverLimit
        )
    }

    /// A console that shows the fleet and is a node with one mapping.
    private static func fleetConfiguration(
        _ server: PostgresServer,
        _ harness: ConsoleHarness
    ) throws -> String {
        let path = try harness.configuration(mappings: 1)
        let fleet = "fleet: {store: \"\(try server.address("operator").uri)\", node: zz-console}\n"
        try (fleet + String(contentsOfFile: path, encoding: .utf8))
            .write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private static func bytes(of terminal: PseudoTerminal, in duration: Duration) async -> Int {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: terminal.bytes(in: duration)) }
        }
    }

    private static func rounded(_ number: Double) -> Double { (number * 10).rounded() / 10 }
}

/// The processor time and the memory of a server with all its processes.
private struct ServerFigures {
    /// The user and system time in seconds.
    private(set) var processorTime = 0.0
    /// The resident memory in MiB, with shared pages divided among the processes.
    private(set) var memory = 0.0

    init(_ server: PostgresServer) {
        let pid = Self.text("\(server.directory)/data/postmaster.pid").split(separator: "\n").first ?? ""
        let children = Self.text("/proc/\(pid)/task/\(pid)/children").split(separator: " ")
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        for process in [pid] + children {
            let fields =
                Self.text("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
            guard fields.count > 14 else { continue }
            // utime, stime, and for the first process those of the processes that have ended.
            let own = fields[11...(process == pid ? 14 : 12)].compactMap { Double($0) }.reduce(0, +)
            processorTime += own / ticks
            let line = Self.text("/proc/\(process)/smaps_rollup").split(separator: "\n")
                .first { $0.hasPrefix("Pss:") }
            memory += (line.flatMap { Double($0.filter(\.isNumber)) } ?? 0) / 1024
        }
    }

    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
