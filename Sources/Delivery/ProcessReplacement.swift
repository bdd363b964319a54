import Foundation

/// Turns this process into another program, which then has our terminal, signals and exit status for its own.
package enum ProcessReplacement {
    /// Signals that libraries ignore or block in us and that the program must find as a shell leaves them.
    private static let restored = [SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCHLD, SIGWINCH]

    /// Replaces the program; returns only when that failed, with the kernel's error number.
    ///
    /// The command is found through `PATH` and run without a shell. Our files are not inherited, but for the
    /// three standard ones.
    package static func run(_ command: [String], environment: [String: String]) -> Int32 {
        guard let program = command.first else { return ENOENT }
        for signal in restored { Foundation.signal(signal, SIG_DFL) }
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        for descriptor in 3..<Int32(1024) {
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
        }
        clearenv()
        for (name, value) in environment { setenv(name, value, 1) }
        return withArguments(command) { arguments in
            _ = execvp(program, arguments)
            return errno
        }
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
