import Federation
import Foundation

/// A program whose standard output is a token: a JWT, or JSON with the token as a member.
struct CommandSource: TokenSource {
    static let declaration = SourceDeclaration(kind: .command, isLocal: true) {
        site throws(TokenSourceError) in
        try CommandSource(site)
    } obstacle: { site in
        site.missingProgram(site.identity.settings.command.first)
    }

    static let azureCLIDeclaration = SourceDeclaration(kind: .azureCLI, isLocal: true) {
        site throws(TokenSourceError) in
        CommandSource(azureCLI: site)
    } obstacle: { site in
        site.missingProgram("az")
    }

    private static let usualLimit = Duration.seconds(30)

    let kind: TokenSourceKind
    private let program: Program
    private let arguments: @Sendable (TokenRequest) -> [String]
    private let time: any TimeSource

    /// Creates a source for the identity's command.
    init(_ site: SourceContext) throws(TokenSourceError) {
        let command = site.identity.settings.command
        guard let name = command.first else { throw .unavailable(source: .command, missing: "command") }
        self.init(.command, name: name, site, variables: [:]) { _ in Array(command.dropFirst()) }
    }

    /// Creates a source for the identity that is signed in to the Azure CLI.
    ///
    /// Source: Azure CLI, `az account get-access-token`.
    init(azureCLI site: SourceContext) {
        let tenant = site.identity.tenantID.map { ["--tenant=\($0)"] } ?? []
        self.init(.azureCLI, name: "az", site, variables: ["AZURE_CORE_NO_COLOR": "true"]) { request in
            ["account", "get-access-token", "--output=json", "--resource=\(request.audience)"] + tenant
        }
    }

    private init(
        _ kind: TokenSourceKind,
        name: String,
        _ site: SourceContext,
        variables: [String: String],
        arguments: @escaping @Sendable (TokenRequest) -> [String]
    ) {
        self.kind = kind
        self.arguments = arguments
        program = Program(
            name: name,
            variables: site.environment.variables.merging(variables) { $1 },
            limit: site.identity.settings.timeout ?? Self.usualLimit,
            outputSize: TokenAnswer.size
        )
        time = site.time
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
            case .cancelled: throw .cancelled(source: kind)
            }
        }
    }
}
