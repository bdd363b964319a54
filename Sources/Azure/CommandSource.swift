import Federation
import Foundation

/// A program whose standard output is a token: a raw JWT, or JSON with the token in it.
struct CommandSource: TokenSource {
    private static let usualLimit = Duration.seconds(30)

    let kind: TokenSourceKind
    private let program: Program
    private let arguments: @Sendable (TokenRequest) -> [String]
    private let time: any TimeSource

    /// The command of the identity.
    init(_ site: SourceSite) throws(TokenSourceError) {
        let command = site.identity.settings.command
        guard let name = command.first else { throw .unavailable(source: .command, missing: "command") }
        self.init(.command, name: name, site, variables: [:]) { _ in Array(command.dropFirst()) }
    }

    /// The Azure CLI, with whatever identity is signed in there.
    ///
    /// Source: Azure CLI, `az account get-access-token`.
    init(azureCLI site: SourceSite) {
        let tenant = site.identity.tenantID.map { ["--tenant=\($0)"] } ?? []
        self.init(.azureCLI, name: "az", site, variables: ["AZURE_CORE_NO_COLOR": "true"]) { request in
            ["account", "get-access-token", "--output=json", "--resource=\(request.audience)"] + tenant
        }
    }

    private init(
        _ kind: TokenSourceKind,
        name: String,
        _ site: SourceSite,
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
            let said = VisibleText.lastWords(output.standardError)
            throw .refused(
                SourceRefusal(
                    source: kind,
                    status: nil,
                    code: "exit-\(output.status)",
                    message: "\(program.name) said: \(said.isEmpty ? "nothing" : said)"
                )
            )
        }
        guard let answer = TokenAnswer(text: output.standardOutput, now: time.now) else {
            throw .unintelligible(
                source: kind,
                seen: "\(program.name) printed neither a JWT nor JSON with a token"
            )
        }
        return AccessToken(answer, source: kind, received: time.now)
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
                throw .unintelligible(
                    source: kind,
                    seen: "\(program.name) printed more than \(TokenAnswer.size) bytes"
                )
            case .cancelled: throw .cancelled(source: kind)
            }
        }
    }
}
