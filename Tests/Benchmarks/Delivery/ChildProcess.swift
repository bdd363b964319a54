import Federation
import Foundation

/// A program that runs until it exits and is measured by the kernel's counters.
struct ChildProcess: Sendable {
    /// The program's path and arguments.
    let command: [String]
    let environment: [String: String]

    /// The cost of one run.
    struct Usage: Sendable {
        let status: Int32
        let wall: Duration
        /// The user and system time of the program and of the children it waited for.
        let cpu: Duration
        /// The largest resident set of these processes in KiB.
        let peak: Int
    }

    /// Starts the program with its input and output at `/dev/null`.
    ///
    /// - Throws: ``BenchmarkError`` if it cannot be started.
    func start() throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let arguments = command.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for copy in arguments + variables { free(copy) } }
        var child = pid_t()
        let problem = posix_spawnp(&child, command[0], &actions, nil, arguments, variables)
        guard problem == 0 else {
            throw BenchmarkError("\(command[0]): \(String(cString: strerror(problem)))")
        }
        return child
    }

    /// Runs the program until it exits.
    func run(time: any TimeSource) throws -> Usage {
        let began = time.uptime
        let child = try start()
        var status = Int32()
        var usage = rusage()
        guard wait4(child, &status, 0, &usage) == child else {
            throw BenchmarkError("\(command[0]): wait4 failed")
        }
        return Usage(
            status: status,
            wall: time.uptime - began,
            cpu: Duration(usage.ru_utime) + Duration(usage.ru_stime),
            peak: usage.ru_maxrss
        )
    }

    /// Runs the program `count` times after a warm-up run.
    ///
    /// - Throws: ``BenchmarkError`` if a run fails.
    func runs(_ count: Int, time: any TimeSource) throws -> [Usage] {
        _ = try run(time: time)
        return try (0..<count).map { _ in
            let usage = try run(time: time)
            guard usage.status == 0 else {
                throw BenchmarkError("\(command.joined(separator: " ")) ended with status \(usage.status)")
            }
            return usage
        }
    }
}

/// An error that prevents a measurement.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension Duration {
    fileprivate init(_ value: timeval) {
        self = .seconds(value.tv_sec) + .microseconds(value.tv_usec)
    }

    /// The duration in milliseconds with one decimal.
    var text: String {
        let tenths = Int((seconds * 10_000).rounded())
        return "\(tenths / 10).\(tenths % 10) ms"
    }
}

extension Sequence<Duration> {
    /// The median.
    var median: Duration {
        let sorted = sorted()
        return sorted.isEmpty ? .zero : sorted[sorted.count / 2]
    }
}
