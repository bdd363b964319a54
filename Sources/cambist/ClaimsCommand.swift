import ArgumentParser
import Azure
import Engine
import Federation
import Foundation

/// `cambist claims`: what the live token says.
struct ClaimsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claims",
        abstract: "Show the claims of the mapping's live token.",
        discussion: """
            The token itself is a bearer credential for about a day; it is printed only with --raw.

            Examples:
              cambist claims audit
              cambist claims audit --verify
              cambist claims audit --json | jq .claims.roles
              ssh vm1 cambist claims audit --raw
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The mapping whose token is asked for.", completion: .mappings)
    var mapping: String

    @Flag(help: "Answer with one JSON object.")
    var json = false

    @Flag(help: "Check the signature against the keys that the issuer publishes.")
    var verify = false

    @Flag(help: "Print the token itself; refused on a terminal without --yes.")
    var raw = false

    @Flag(help: "Print the token even on a terminal.")
    var yes = false

    func run() async throws {
        if raw, !yes, Surroundings.isTerminal(STDOUT_FILENO) {
            throw CommandFailure(
                .notPermitted,
                code: "terminal",
                "The raw token is a secret and stdout is a terminal.",
                fix: "Add --yes to show it all the same."
            )
        }
        let (entry, signature) = try await Workspace.with(options, ask)
        if raw { return Report.answer(entry.token.rawValue.reveal()) }
        try answer(entry, signature)
    }

    /// The token, and its signature's verdict where that is wanted.
    private func ask(_ workspace: Workspace) async throws -> (TokenCache.Entry, TokenSignature?) {
        let entry = try await token(workspace)
        guard verify else { return (entry, nil) }
        return (entry, await signature(of: entry.token, workspace))
    }

    private func signature(of token: AccessToken, _ workspace: Workspace) async -> TokenSignature {
        let keys = IssuerKeys(
            transport: workspace.transport,
            authority: workspace.configuration.endpoints.authority,
            time: workspace.time
        )
        return await keys.signature(of: token.rawValue)
    }

    private func token(_ workspace: Workspace) async throws(CommandFailure) -> TokenCache.Entry {
        let mapping = try workspace.mapping(mapping)
        do throws(TokenSourceError) {
            return try await workspace.engine.token(for: mapping)
        } catch {
            throw CommandFailure(error.failure, of: mapping.id)
        }
    }

    private func answer(_ entry: TokenCache.Entry, _ signature: TokenSignature?) throws {
        let claims: Claims
        do throws(TokenFormatError) {
            claims = try Claims(decoding: entry.token.rawValue)
        } catch {
            throw CommandFailure(TokenFinding(error).failure, of: mapping)
        }
        guard json else {
            let text = ClaimsText(claims: claims, signature: signature, now: entry.token.received)
            return Report.answer(text.text)
        }
        try Report.answer(
            ClaimsReport(
                mapping: mapping,
                header: claims.header,
                claims: claims.payload,
                signature: (signature ?? .unverified(reason: "")).word,
                seenBefore: entry.seenBefore,
                source: entry.token.source.rawValue
            )
        )
    }
}

extension ClaimsCommand: JSONAnswering {
    var answersInJSON: Bool { json }

    func report(_ error: ErrorReport) -> any Encodable {
        ClaimsReport(mapping: mapping, error: error)
    }
}
