import AWS
import ArgumentParser
import CredentialDelivery
import Federation
import Operations

/// `cambist sign-in`: prints a URL that opens the AWS console as the mapping's role.
struct SignInCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign-in",
        abstract: "Print a URL that opens the AWS console as a mapping's role.",
        discussion: HelpText(
            """
            The URL is a secret: any browser that opens it within 15 minutes is signed in. It is written \
            to stdout only, never to a log.
            """,
            statuses: [
                .done: "the URL was printed",
                .no: "the exchange or the sign-in was refused",
                .unreachable: "no token source, or a service is unreachable",
                .tryAgain: HelpText.tryAgain,
            ],
            examples: [
                #"xdg-open "$(cambist sign-in audit)""#,
                "cambist sign-in audit | xclip -selection clipboard",
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Name of the mapping.", completion: .mappings)
    var mapping: String

    @Flag(name: .shortAndLong, help: "Print one JSON object.")
    var json = false

    func run() async throws {
        var provider = try CachedCredentialProvider(of: mapping, options.context)
        if let credentials = provider.cached() { return try await signIn(provider.mapping, credentials) }
        let mapping = provider.mapping
        try await provider.exchange(progress: Progress.exchange(of: mapping.id, options.context)) {
            try await signIn(mapping, $0)
        }
    }

    private func signIn(_ mapping: RoleMapping, _ credentials: SessionCredentials) async throws {
        let url = try await ApplicationContext.with(options) { context in
            try await Progress.waiting("\(mapping.id): signing in…", options, time: context.time) {
                do throws(SignInError) {
                    return try await context.signInURL(for: mapping, credentials)
                } catch {
                    throw CommandFailure(error.failure, of: mapping.id)
                }
            }
        }
        guard json else { return try Report.answer(url.reveal()) }
        try Report.answer(SignInReport(mapping: mapping.id, url: url.reveal()))
    }
}

extension SignInCommand: JSONAnswering {
    var answersInJSON: Bool { json }

    func report(_ error: ErrorReport) -> any Encodable {
        SignInReport(mapping: mapping, error: error)
    }
}

/// The output of `sign-in --json`; the URL is a secret.
private struct SignInReport: Encodable {
    let version = 1
    let mapping: String
    var url: String?
    var error: ErrorReport?
}
