import Federation
import FoundationEssentials

/// A program whose standard output is a token: a JWT, or JSON with the token as a member.
struct CommandSource: TokenSource {
    static let declaration = SourceDeclaration(kind: .command) { context throws(TokenSourceError) in
        try CommandSource(context)
    } obstacle: { context in
        context.missingProgram(context.identity.settings.command.first)
    }

    private static let defaultLimit = Duration.seconds(30)

    let kind: TokenSourceKind
    private let program: Program
    private let arguments: @Sendable (TokenRequest) -> [String]
    private let time: any TimeSource

    init(_ context: SourceContext) throws(TokenSourceError) {
        let command = context.identity.settings.command
        guard let name = command.first else { throw .unavailable(source: .command, missing: "command") }
        self.init(.command, name: name, context, variables: [:]) { _ in Array(command.dropFirst()) }
    }

    /// Creates a source for a program whose arguments depend on the request.
    init(
        _ kind: TokenSourceKind,
        name: String,
        _ context: SourceContext,
        variables: [String: String],
        arguments: @escaping @Sendable (TokenRequest) -> [String]
    ) {
        self.kind = kind
        self.arguments = arguments
        program = Program(
            name: name,
            variables: context.environment.variables.merging(variables) { $1 },
            limit: context.identity.settings.timeout ?? Self.defaultLimit,
            outputSize: TokenAnswer.size
        )
        time = context.time
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        let output = try await run(arguments(request))
        guard output.status == 0 else {
            let text = VisibleText.tail(output.standardError)
            throw .refused(
                SourceRefusal(
                    source: kind,
                    status: nil,
                    code: "exit-\(output.status)",
                    message: "\(program.name) printed: \(text.isEmpty ? "nothing" : text)"
                )
            )
        }
        do throws(TokenAnswerError) {
            let answer = try TokenAnswer(text: output.standardOutput, now: time.now)
            return AccessToken(answer, source: kind, received: time.now)
        } catch {
            throw .unexpectedResponse(source: kind, seen: "\(program.name) printed \(error)")
        }
    }

    private func run(_ arguments: [String]) async throws(TokenSourceError) -> Program.Output {
        do throws(Program.Problem) {
            return try await program.run(arguments, time: time)
        } catch {
            switch error {
            case .notFound: throw .unavailable(source: kind, missing: "the program \(program.name)")
            case .notStarted(let reason): throw .unreachable(source: kind, reason: reason)
            case .timedOut: throw .timedOut(source: kind, limit: program.limit)
            case .tooMuchOutput:
                throw .unexpectedResponse(
                    source: kind,
                    seen: "\(program.name) printed more than \(TokenAnswer.size) bytes"
                )
            case .canceled: throw .canceled(source: kind)
            }
        }
    }
}
