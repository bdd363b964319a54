import CKeyutils
import Federation
import FoundationEssentials
import Glibc
import Transport

/// Replaces this process with another program, which keeps the terminal, signal dispositions, and PID.
///
/// At startup, ``init()`` records the arguments, the environment, the open files, and the ignored signals. Arguments
/// reach the program unchanged even if they are not UTF-8. Open files (for example, a shell's `<(…)`) stay open.
package struct ProcessReplacement: Sendable {
    private static let largestSignal = Int32(31)
    /// A size in bytes that exceeds the kernel's limit for arguments and environment together.
    private static let sizeLimit = 16 << 20

    private let arguments: [[UInt8]]
    private let environment: [[UInt8]]
    /// The descriptors that the command inherits.
    let inherited: Set<Int32>
    private let ignored: Set<Int32>

    /// Records the startup state of this process; must be called before the process opens any files.
    package init() {
        arguments = Self.strings("/proc/self/cmdline")
        environment = Self.strings("/proc/self/environ")
        inherited = Set(Self.inheritableDescriptors)
        ignored = Self.ignoredSignals
    }

    /// Creates a replacement with the given startup state, for tests.
    init(arguments: [[UInt8]], environment: [[UInt8]]) {
        self.arguments = arguments
        self.environment = environment
        inherited = Set(Self.inheritableDescriptors)
        ignored = Self.ignoredSignals
    }

    /// Replaces the process; returns only on failure.
    ///
    /// The command is looked up in `PATH` and executed without a shell.
    ///
    /// - Parameters:
    ///   - command: The command, usually the last arguments of this process.
    ///   - variables: The environment variables to set.
    ///   - removed: The names of environment variables to remove.
    /// - Returns: The `errno` value.
    package func run(
        _ command: [String],
        setting variables: [String: String],
        removing removed: Set<String>
    ) -> Int32 {
        let arguments = rawArguments(of: command)
        guard let program = arguments.first else { return ENOENT }
        let environment = rawEnvironment(setting: variables, removing: removed)
        for number in 1...Self.largestSignal { signal(number, ignored.contains(number) ? SIG_IGN : SIG_DFL) }
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        for descriptor in Self.inheritableDescriptors where !inherited.contains(descriptor) && descriptor > 2
        {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        return Self.withStrings(arguments) { arguments in
            Self.withStrings(environment) { environment in
                program.map { CChar(truncatingIfNeeded: $0) }.withUnsafeBufferPointer { program in
                    ck_execute(program.baseAddress, arguments, environment)
                }
            }
        }
    }

    /// Returns the bytes of a command: this process's last arguments if those arguments equal the command.
    func rawArguments(of command: [String]) -> [[UInt8]] {
        let raw = arguments.suffix(command.count)
        let isEnd =
            raw.count == command.count
            && zip(raw, command).allSatisfy { String(decoding: $0, as: UTF8.self) == $1 }
        return (isEnd ? Array(raw) : command.map { Array($0.utf8) }).map { $0 + [0] }
    }

    /// Returns the inherited environment with variables set and removed, as `NAME=value` bytes.
    func rawEnvironment(setting variables: [String: String], removing removed: Set<String>) -> [[UInt8]] {
        let replaced = removed.union(variables.keys)
        let kept = environment.filter { entry in
            let name = entry.prefix { $0 != UInt8(ascii: "=") }
            return !replaced.contains(String(decoding: name, as: UTF8.self))
        }
        let added = variables.sorted { $0.key < $1.key }.map { Array("\($0.key)=\($0.value)".utf8) }
        return (kept + added).map { $0 + [0] }
    }

    /// Reads the NUL-terminated strings in a file of proc(5).
    private static func strings(_ path: String) -> [[UInt8]] {
        guard let data = try? BoundedFile.read(path, limit: sizeLimit) else { return [] }
        var parts = data.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
        if parts.last?.isEmpty == true { parts.removeLast() }
        return parts
    }

    /// The ignored signals, from the bit mask `SigIgn` in proc_pid_status(5); the lowest bit is signal 1.
    private static var ignoredSignals: Set<Int32> {
        let status = (try? BoundedFile.text("/proc/self/status", limit: sizeLimit)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("SigIgn:") }
        let mask =
            line.flatMap { UInt64($0.dropFirst(7).trimmed, radix: 16) } ?? 0
        return Set((1...largestSignal).filter { mask >> UInt64($0 - 1) & 1 == 1 })
    }

    /// The open descriptors that a program started with `exec` inherits.
    ///
    /// Omits descriptors that close at `exec`, such as those of libdispatch's thread. Once such a descriptor is closed,
    /// another file can get its number.
    private static var inheritableDescriptors: [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap(Int32.init).filter {
            let flags = fcntl($0, F_GETFD)
            return flags >= 0 && flags & FD_CLOEXEC == 0
        }
    }

    private static func withStrings(
        _ strings: [[UInt8]],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Int32
    ) -> Int32 {
        let copies = strings.map { bytes in
            bytes.map { CChar(truncatingIfNeeded: $0) }.withUnsafeBufferPointer {
                $0.baseAddress.flatMap { strdup($0) }
            }
        }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
