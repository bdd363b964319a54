import ArgumentParser
import Federation
import FoundationEssentials
import Glibc
import LabInterface
import Simulator
import Transport

/// Runs the simulated clouds as servers on the loopback address.
///
/// A signal ends the program. With `--exit-with-parent`, the end of standard input also ends the program.
@main
struct CambistLab: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cambist-lab",
        abstract: LabArguments.abstract,
        discussion: LabArguments.discussion(for: "cambist-lab")
    )

    @OptionGroup var arguments: LabArguments

    @Flag(
        help: ArgumentHelp(
            "Print a report for the parent process, and exit when the parent exits.",
            visibility: .hidden
        )
    )
    var exitWithParent = false

    /// Opens missing standard streams before any thread exists.
    ///
    /// Dispatch's threads briefly open files in /proc. A file could get the number of a missing stream, so that the
    /// check would not find the missing stream.
    @MainActor static func main() async {
        FileDescriptors.completeStandardStreams(discardsOutput: true)
        await main(nil)
    }

    func run() async throws {
        do throws(LabFailure) {
            try requireDescriptors()
            // Signal handlers are installed before any file is written, because a client can send a signal as soon as a
            // file exists.
            let events = await ShutdownEvents(includingParent: exitWithParent)
            let lab = try await start()
            do throws(LabFailure) {
                try announce(lab)
            } catch {
                await lab.stop()
                throw error
            }
            await events.first()
            await lab.stop()
        } catch {
            if case .closedOutput = error { FileDescriptors.endByPipe() }
            for message in error.messages { StandardError.print("cambist-lab: \(message)") }
            throw ExitCode(error.status)
        }
    }

    /// Raises the soft limit of open files to the hard limit.
    ///
    /// An event loop needs descriptors for epoll, an event, and a timer. Without enough descriptors, the event loop
    /// crashes the process.
    ///
    /// - Throws: ``LabFailure/system(_:)`` if the hard limit is too low.
    private func requireDescriptors() throws(LabFailure) {
        let (connections, perLoop) = (64, 4)
        let needed = connections + perLoop * max(1, ProcessInfo.processInfo.activeProcessorCount)
        let limit = FileDescriptors.raiseLimit()
        guard limit < needed else { return }
        throw .system(
            "The lab needs \(needed) open files; the limit is \(limit). Raise it: ulimit -n \(needed)"
        )
    }

    private func start() async throws(LabFailure) -> RunningLab {
        var options = LabOptions(
            scenario: arguments.scenario.scenario ?? BuiltInScenario.steady.name,
            speed: arguments.scenario.speed,
            port: arguments.port,
            tlsDirectory: arguments.tls,
            seed: arguments.scenario.seed
        )
        if arguments.printRequests { options.observe = { StandardError.print($0.description) } }
        do throws(LabError) {
            return try await Lab.start(options, time: SystemTime())
        } catch {
            throw .lab(error)
        }
    }

    /// Writes the files and the output with the lab's addresses.
    private func announce(_ lab: RunningLab) throws(LabFailure) {
        // The file of environment variables is written last, because clients wait for this file.
        if let file = arguments.configFile { try write(lab.configurationText, to: file) }
        if let file = arguments.envFile { try write(lab.environmentText, to: file) }
        if exitWithParent {
            try StandardOutput.write(try reportLine(of: lab))
        } else {
            try StandardOutput.write(Data(lab.exportLines.utf8))
            StandardError.print("The lab listens at \(lab.url.absoluteString); Ctrl-C ends it.")
        }
    }

    private func reportLine(of lab: RunningLab) throws(LabFailure) -> Data {
        do {
            return try lab.report.line()
        } catch {
            throw .system("The report for the parent cannot be encoded as JSON: \(error)")
        }
    }

    private func write(_ text: String, to file: String) throws(LabFailure) {
        do {
            try PrivateFile.write(text, to: URL(filePath: file))
        } catch {
            throw .lab(.cannotWrite(path: file, reason: "\(error)"))
        }
    }
}

extension RunningLab {
    /// The shell commands that export the lab's environment variables, one per line.
    fileprivate var exportLines: String {
        environment.map { "export \($0.name)=\(ShellWord.posix($0.value))\n" }.joined()
    }
}

/// Writes the output of the program.
enum StandardOutput {
    /// Writes all bytes of `data`.
    ///
    /// - Throws: ``LabFailure/closedOutput`` for a closed pipe; ``LabFailure/output(errno:)`` for another error.
    static func write(_ data: Data) throws(LabFailure) {
        // The lab must remove its files before it ends with SIGPIPE.
        signal(SIGPIPE, SIG_IGN)
        let number = FileDescriptors.writeAll(data, to: STDOUT_FILENO)
        if number == EPIPE { throw .closedOutput }
        if number != 0 { throw .output(errno: number) }
    }
}

/// Writes messages for the operator.
enum StandardError {
    /// Writes a message on one line, with visible characters; ignores errors, because there is no place to report them.
    static func print(_ message: String) {
        _ = FileDescriptors.writeAll(Data((VisibleText.line(message) + "\n").utf8), to: STDERR_FILENO)
    }
}
