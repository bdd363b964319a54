import ArgumentParser
import Azure
import Diagnosis
import ExchangeEngine
import Federation
import FoundationEssentials
import Glibc
import Operations
import Transport

/// `cambist claims`: the claims of the current token.
struct ClaimsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claims",
        abstract: "Show the claims of a mapping's current token.",
        discussion: HelpText(
            """
            The token is a bearer credential. It is valid until its `exp`; tokens from some sources are valid for about \
            a day. The token is printed only with --raw; on a terminal, --raw also requires --yes.
            """,
            statuses: [
                .usage: "usage error, or the file of --diff-file cannot be read",
                .no: "the source refused to issue a token, or the signature is invalid",
                .unreachable: "no token source, or the source is unreachable",
                .tryAgain: HelpText.tryAgain,
                .notPermitted:
                    "the configuration cannot be read, the log cannot be written, or --yes is missing for --raw on a "
                    + "terminal",
            ],
            examples: [
                "cambist claims audit",
                "cambist claims audit --verify",
                "cambist claims audit --json | jq .claims.roles",
                "cambist claims audit --diff payroll",
                "cambist claims audit --diff-file yesterday.json",
                "ssh vm1 cambist claims audit --raw",
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Name of the mapping.", completion: .mappings)
    var mapping: String

    @Flag(name: .shortAndLong, help: "Print one JSON object.")
    var json = false

    @Flag(help: "Check the signature against the keys that the issuer publishes.")
    var verify = false

    @Option(
        help: ArgumentHelp("Mapping whose token is compared with this token.", valueName: "mapping"),
        completion: .mappings
    )
    var diff: String?

    @Option(
        help: ArgumentHelp(
            "File to compare with: a token, its claims, or the output of `claims --json`; - is stdin.",
            valueName: "file"
        ),
        completion: .file()
    )
    var diffFile: String?

    @Flag(help: "Print only the token; refused on a terminal without --yes.")
    var raw = false

    @Flag(name: .shortAndLong, help: "Print the token even on a terminal.")
    var yes = false

    func validate() throws {
        if diff != nil, diffFile != nil {
            throw ValidationError("--diff and --diff-file are mutually exclusive.")
        }
        guard raw else { return }
        if json || verify || diff != nil || diffFile != nil {
            throw ValidationError("--raw cannot be combined with --json, --verify, --diff, or --diff-file.")
        }
    }

    func run() async throws {
        if raw, !yes, ProcessEnvironment.isTerminal(STDOUT_FILENO) {
            throw CommandFailure(
                .notPermitted,
                code: "terminal",
                "The raw token is a secret and stdout is a terminal.",
                fix: "Add --yes to print it."
            )
        }
        let (entry, signature, other) = try await ApplicationContext.with(options) { context in
            try await Progress.waiting("\(mapping): requesting a token…", options, time: context.time) {
                try await ask(context)
            }
        }
        if raw { return try Report.answer(entry.token.rawValue.reveal()) }
        let failure = signature.flatMap(Self.failure)
        try answer(entry, signature, other, failure.map(ErrorReport.init))
        if let failure { throw failure.answered(true) }
    }

    /// Returns the failure for an invalid signature; `nil` for other results.
    private static func failure(of signature: TokenSignature) -> CommandFailure? {
        guard case .invalid(let reason) = signature else { return nil }
        return CommandFailure(
            .no,
            code: "signature-invalid",
            "The token was not signed by the issuer: \(reason)",
            fix: "Do not trust the token's claims. `cambist doctor` shows the address of the token source."
        )
    }

    /// Returns the token and, if requested, the result of the signature check and the claims to compare.
    private func ask(_ context: ApplicationContext) async throws -> (
        TokenCache.Entry, TokenSignature?, Claims?
    ) {
        let entry = try await token(of: mapping, context)
        let other = try await other(context)
        guard verify else { return (entry, nil, other) }
        return (entry, await context.signature(of: entry.token), other)
    }

    private func other(_ context: ApplicationContext) async throws(CommandFailure) -> Claims? {
        if let diffFile { return try EvidenceFile.claims(diffFile) }
        guard let diff else { return nil }
        return try claims(of: try await token(of: diff, context), mapping: diff)
    }

    private func claims(of entry: TokenCache.Entry, mapping: String) throws(CommandFailure) -> Claims {
        do throws(TokenFormatError) {
            return try entry.claims.get()
        } catch {
            throw CommandFailure(TokenFinding(error).failure, of: mapping)
        }
    }

    private func token(
        of name: String,
        _ context: ApplicationContext
    ) async throws(CommandFailure) -> TokenCache.Entry {
        let mapping = try context.mapping(name)
        do throws(TokenSourceError) {
            return try await context.engine.token(for: mapping)
        } catch {
            throw CommandFailure(error.failure, of: mapping.id)
        }
    }

    private func answer(
        _ entry: TokenCache.Entry,
        _ signature: TokenSignature?,
        _ other: Claims?,
        _ error: ErrorReport?
    ) throws {
        let claims = try claims(of: entry, mapping: mapping)
        let differences = other.map { claims.differences(from: $0) }
        guard json else {
            if let differences {
                let isStyled =
                    ProcessEnvironment.isTerminal(STDOUT_FILENO)
                    && ProcessEnvironment.variables["NO_COLOR", default: ""].isEmpty
                return try Report.answer(
                    ClaimDifferenceText(differences: differences, isStyled: isStyled).text,
                    isStyled: isStyled
                )
            }
            let text = ClaimsText(
                claims: claims,
                signature: signature,
                now: entry.token.received,
                localTime: .host
            )
            return try Report.answer(text.text)
        }
        try Report.answer(
            ClaimsReport(
                mapping: mapping,
                header: claims.header,
                claims: claims.payload,
                signature: (signature ?? .unverified(reason: "")).word,
                signatureReason: signature?.reason,
                seenBefore: entry.seenBefore,
                source: entry.token.source.rawValue,
                differences: differences?.map(ClaimDifferenceReport.init),
                error: error
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
