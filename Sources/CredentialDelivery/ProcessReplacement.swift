import Foundation

/// Turns this process into another program, which then has our terminal, signals and exit status for its own.
///
/// What the process was started with is noted before anything is opened or changed, and given on as it was: open
/// files beside the three standard ones, such as those of a shell's `<(…)`, and signals that the parent ignores.
package struct ProcessReplacement: Sendable {
    private static let largestSignal = Int32(31)

    private let inherited: Set<Int32>
    private let ignored: Set<Int32>

    /// Notes what this process was started with; to be called before it opens anything of its own.
    package init() {
        inherited = Set(Self.openDescriptors)
        ignored = Self.ignoredSignals
    }

    /// Replaces the program; returns only when that failed, with the kernel's error number.
    ///
    /// The command is found through `PATH` and run without a shell.
    package func run(_ command: [String], environment: [String: String]) -> Int32 {
        guard let program = command.first else { return ENOENT }
        for number in 1...Self.largestSignal { signal(number, ignored.contains(number) ? SIG_IGN : SIG_DFL) }
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        for descriptor in Self.openDescriptors where !inherited.contains(descriptor) && descriptor > 2 {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        clearenv()
        for (name, value) in environment { setenv(name, value, 1) }
        return Self.withArguments(command) { arguments in
            _ = execvp(program, arguments)
            return errno
        }
    }

    /// The signals that are ignored now: the bits of `SigIgn` in proc_pid_status(5), the lowest for signal 1.
    private static var ignoredSignals: Set<Int32> {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("SigIgn:") }
        let mask =
            line.flatMap { UInt64($0.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16) } ?? 0
        return Set((1...largestSignal).filter { mask >> UInt64($0 - 1) & 1 == 1 })
    }

    /// What is open now; the directory that tells it is among them.
    private static var openDescriptors: [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap(Int32.init).filter { fcntl($0, F_GETFD) >= 0 }
    }

    /// Calls `body` with a C array of C strings, ended by a null pointer.
    private static func withArguments(
        _ texts: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Int32
    ) -> Int32 {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
