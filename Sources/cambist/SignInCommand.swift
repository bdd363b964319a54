import AWS
import ArgumentParser
import Delivery
import Federation

/// `cambist sign-in`: a URL that opens the AWS console as the mapping's role.
struct SignInCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign-in",
        abstract: "Print a URL that opens the AWS console as the mapping's role.",
        discussion: """
            Whoever has the URL is signed in: open it within 15 minutes, and give it to nobody. It is written to \
            stdout alone, never to a log.

            Examples:
              xdg-open "$(cambist sign-in audit)"
              cambist sign-in audit | xclip -selection clipboard
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The mapping to sign in as.", completion: .mappings)
    var mapping: String

    func run() async throws {
        var vendor = try CredentialVendor(of: mapping, file: options.config)
        let credentials = try await vendor.credentials(options)
        let url = try await Workspace.with(options) { [mapping = vendor.mapping] workspace in
            do throws(SignInError) {
                return try await workspace.signInURL(for: mapping, credentials)
            } catch {
                throw CommandFailure(error.failure, of: mapping.id)
            }
        }
        Report.answer(url.reveal())
    }
}

extension Workspace {
    /// A URL that opens the AWS console with the mapping's credentials.
    func signInURL(
        for mapping: RoleMapping,
        _ credentials: SessionCredentials
    ) async throws(SignInError) -> Secret {
        let endpoint = try SignInEndpoint(
            region: mapping.region,
            override: configuration.endpoints.signin
        )
        return try await SignInClient(transport: transport, endpoint: endpoint)
            .url(for: credentials, duration: mapping.duration)
    }
}
