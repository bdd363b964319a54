import Azure
import Federation

/// A command that is run with the new credentials to verify the role's permissions.
struct Probe: Sendable {
    static let limit = Duration.seconds(60)

    let command: [String]
    let environment: [String: String]

    /// Runs the command without a shell.
    ///
    /// The command's standard output is discarded; only the last line of the standard error is used.
    func run(
        with credentials: SessionCredentials,
        region: String,
        time: any TimeSource
    ) async -> StepResult<Void> {
        guard let name = command.first else { return .skipped("No probe is configured.") }
        let variables: [String: String]
        do throws(UnprintableMember) {
            variables = try ChildEnvironment.variables(for: credentials, region: region, parent: environment)
        } catch {
            return .failed(Self.notStarted(name, reason: error.description))
        }
        let program = Program(name: name, variables: variables, limit: Self.limit, outputSize: nil)
        do throws(Program.Problem) {
            let output = try await program.run(Array(command.dropFirst()), time: time)
            if output.status == 0 { return .ok((), note: "\(name) succeeded.") }
            return .failed(refused(name, status: output.status, standardError: output.standardError))
        } catch {
            return .failed(Self.failure(of: name, error))
        }
    }

    /// Returns the failure of a probe that did not start, or that did not exit by itself.
    static func failure(of program: String, _ problem: Program.Problem) -> Failure {
        switch problem {
        case .timedOut: timedOut(program)
        case .canceled: canceled(program)
        case .notFound: notStarted(program, reason: "the program is not in PATH")
        case .notStarted(let reason): notStarted(program, reason: reason)
        case .tooMuchOutput: tooMuchOutput(program)
        }
    }

    private func refused(_ program: String, status: Int, standardError: String) -> Failure {
        let last =
            standardError.split(whereSeparator: \.isNewline).last.map(String.init) ?? "nothing on stderr"
        return Failure(
            kind: .refused,
            code: "probe-failed",
            message: "\(program) exited with status \(status): \(last)",
            fix:
                "The role was assumed. Its policies, its permissions boundary, or the session policy may deny the call."
        )
    }

    private static func timedOut(_ program: String) -> Failure {
        Failure(
            kind: .tryAgain,
            code: "probe-timed-out",
            message: "\(program) did not end within \(DurationText.format(limit)).",
            fix: "Choose a probe that ends quickly."
        )
    }

    private static func canceled(_ program: String) -> Failure {
        Failure(
            kind: .tryAgain,
            code: "probe-canceled",
            message: "\(program) was canceled before it ended.",
            fix: "Exchange again to run the probe."
        )
    }

    private static func tooMuchOutput(_ program: String) -> Failure {
        Failure(
            kind: .refused,
            code: "probe-output-too-large",
            message: "\(program) wrote more to its standard error than cambist reads.",
            fix: "Choose a probe that reports errors briefly, or redirect its standard error."
        )
    }

    private static func notStarted(_ program: String, reason: String) -> Failure {
        Failure(
            kind: .refused,
            code: "probe-not-started",
            message: "\(program) could not be run: \(reason)",
            fix: "Correct `probe` of the mapping, or install the program."
        )
    }
}
