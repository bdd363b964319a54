package import Federation

/// An Azure or AWS error, with its meaning and its fix.
package struct KnownError: Hashable, Sendable {
    /// A short, stable name in the output of `explain`: `no-provider`, `role-unassigned`.
    package let id: String
    /// The meaning of the error, in one sentence.
    package let summary: String
    /// The advice, without the advice to wait.
    private let advice: String
    /// The default time to wait (for example, `a minute`); `nil` if waiting alone does not help.
    private let pause: String?

    package init(id: String, summary: String, pause: String? = nil, fix: String) {
        self.id = id
        self.summary = summary
        self.pause = pause
        advice = fix
    }

    /// The advice, preceded by the default time to wait, if any.
    package var fix: String { fix(after: nil) }

    /// Returns the advice, preceded by the time to wait, if any.
    ///
    /// A `retryAfter` from the server replaces the default time.
    package func fix(after retryAfter: Duration?) -> String {
        let wait = retryAfter.map { "\(DurationText.format($0)), as the server asked (Retry-After)" } ?? pause
        guard let wait else { return advice }
        return "Wait \(wait), then retry." + (advice.isEmpty ? "" : " \(advice)")
    }

    /// A service that returns errors to cambist; for a token source, see ``TokenSourceKind``.
    package enum CloudService: String, Hashable, Sendable {
        case sts
        case iam
        case graph
        case arm
    }

    /// Finds an error in the tables; `nil` for an unlisted error.
    ///
    /// - Parameters:
    ///   - service: The service that returned the error.
    ///   - code: The error code: `AccessDenied`, an HTTP status.
    ///   - message: The text of the response.
    /// - Returns: The meaning and the fix.
    package static func find(_ service: CloudService, code: String, message: String) -> KnownError? {
        row(service, code: code, message: message)?.error
    }

    /// Finds an error of a token source in the tables; `nil` for an unlisted error.
    ///
    /// - Parameters:
    ///   - source: The source; not `auto`.
    ///   - code: The error code: `invalid_request`, `AADSTS501051`, an HTTP status.
    ///   - message: The text of the response. Sources relay Entra's errors, so an AADSTS code in `code` or `message`
    ///     takes precedence over the source's own codes.
    /// - Returns: The meaning and the fix.
    package static func find(_ source: TokenSourceKind, code: String, message: String) -> KnownError? {
        row(source, code: code, message: message)?.error
    }

    /// Finds the error that a token source reported; `nil` for an unlisted error.
    ///
    /// With ``TokenSourceKind/auto``, any of the host's services may have returned the error. In that case, the codes
    /// that cambist itself assigns are ignored.
    package static func find(_ source: TokenSourceKind, failure: Failure) -> KnownError? {
        row(source, failure: failure)?.error
    }

    static func row(_ service: CloudService, code: String, message: String) -> Row? {
        table(of: service).first { $0.matches(code: code, message: message) }
    }

    static func row(_ source: TokenSourceKind, failure: Failure) -> Row? {
        let (code, message) = (failure.code, failure.message)
        guard source == .auto else { return row(source, code: code, message: message) }
        if failure.isOwnCode { return nil }
        return TokenSourceKind.hostServices.lazy.compactMap { row($0, code: code, message: message) }.first
    }

    private static func row(_ source: TokenSourceKind, code: String, message: String) -> Row? {
        entraRow(code: code, message: message)
            ?? table(of: source).first { $0.matches(code: code, message: message) }
    }

    private static func entraRow(code: String, message: String) -> Row? {
        guard let number = AADSTSCode(in: code) ?? AADSTSCode(in: message) else { return nil }
        return entraErrors.first { $0.matches(number) }
    }

    /// The rows of a service, specific rows before general rows.
    static func table(of service: CloudService) -> [Row] {
        switch service {
        case .sts: stsErrors
        case .iam: iamErrors
        case .graph: graphErrors
        case .arm: armErrors
        }
    }

    /// The rows of a token source, specific rows before general rows.
    ///
    /// The source's own errors come first. For a source with a token endpoint, the errors of all token endpoints
    /// follow. For the instance metadata service, the errors that only the HTTP status identifies come last.
    private static func table(of source: TokenSourceKind) -> [Row] {
        ownErrors[source, default: []] + (source.origin == .local ? [] : tokenEndpointErrors)
            + (source == .imds ? imdsStatuses : [])
    }

    /// The errors that are specific to a token source, in addition to ``tokenEndpointErrors``.
    private static let ownErrors: [TokenSourceKind: [Row]] = [
        .imds: imdsErrors,
        .appService: appServiceErrors,
        .azureML: appServiceErrors,
        .azureArc: azureArcErrors + imdsErrors,
        .serviceFabric: serviceFabricErrors,
        .azureCLI: azureCLIErrors,
    ]
}

extension KnownError {
    /// One known error: the matching responses, the meaning, and the fix.
    struct Row: Sendable {
        /// The responses that a row matches.
        enum Match: Sendable {
            /// One of these codes and, if `text` is set, a message with this text, ignoring letter case.
            case codes(Set<String>, text: String?)
            /// Any code, with a message that contains this text, ignoring letter case.
            case text(String)
            /// One of these codes, in a response without a message.
            case withoutMessage(Set<String>)
            /// One of these Entra error codes.
            case aadsts([Int])

            static func code(_ codes: String..., text: String? = nil) -> Match {
                .codes(Set(codes), text: text)
            }
        }

        /// The reason that a fix contains no command; the text of the fix also states the reason.
        enum CommandAbsence: Sendable {
            /// No change is necessary, or waiting is sufficient.
            case noChange
            /// An administrator, the author of a policy, or the operator of the token's issuer makes the change.
            case otherOwner
            /// The change is in a program or a platform whose commands cambist does not know.
            case otherProgram
            /// The change is in the operator's own document.
            case document
            /// The operator makes the change in the portal.
            ///
            /// A command could revert other changes, because Graph replaces whole lists.
            case portal
        }

        let matches: [Match]
        let error: KnownError
        /// The reason that the fix contains no command; `nil` if the fix contains a command.
        ///
        /// The default for a row with a `pause` is ``CommandAbsence/noChange``.
        let commandAbsence: CommandAbsence?
        /// Returns the fix with the mapping's values.
        let fix: @Sendable (DiagnosisContext) -> Fix
        /// Returns additional facts about this error, if any.
        let detail: @Sendable (DiagnosisContext) -> String?
        /// Returns the possible causes if the response does not identify the cause.
        let possibleCauses: @Sendable (DiagnosisContext) -> PossibleCauses?

        init(
            _ id: String,
            _ matches: Match...,
            cause: String,
            pause: String? = nil,
            fix: String,
            noCommand: CommandAbsence? = nil,
            mappingFix: (@Sendable (DiagnosisContext) -> Fix?)? = nil,
            detail: @escaping @Sendable (DiagnosisContext) -> String? = { _ in nil },
            possibleCauses: @escaping @Sendable (DiagnosisContext) -> PossibleCauses? = { _ in nil }
        ) {
            self.matches = matches
            let error = KnownError(id: id, summary: cause, pause: pause, fix: fix)
            self.error = error
            commandAbsence = noCommand ?? (pause == nil ? nil : .noChange)
            self.fix = { context in mappingFix?(context) ?? Fix(error.fix(after: context.retryAfter)) }
            self.detail = detail
            self.possibleCauses = possibleCauses
        }

        func matches(code: String, message: String) -> Bool {
            matches.contains { match in
                switch match {
                case .codes(let codes, let text):
                    codes.contains(code) && (text.map { Self.contains($0, in: message) } ?? true)
                case .text(let text): Self.contains(text, in: message)
                case .withoutMessage(let codes): codes.contains(code) && Failure.isBlank(message)
                case .aadsts: false
                }
            }
        }

        func matches(_ number: AADSTSCode) -> Bool {
            matches.contains { match in
                if case .aadsts(let numbers) = match { numbers.contains(number.value) } else { false }
            }
        }

        private static func contains(_ text: String, in message: String) -> Bool {
            message.lowercased().contains(text.lowercased())
        }

        /// Returns the cause that the diagnosis reports for this error.
        func cause(evidence: String, in context: DiagnosisContext) -> Cause {
            Cause(
                error.id,
                error.summary,
                evidence: detail(context).map { "\(evidence.trimmingSuffix(".")); \($0)" } ?? evidence,
                fix: fix(context).filled(in: context),
                possibleCauses: possibleCauses(context)
            )
        }
    }
}

/// The number of an Entra error: 501051 in `AADSTS501051: Application … is not assigned to a role …`.
package struct AADSTSCode: Hashable, Sendable {
    package let value: Int

    /// Parses the first AADSTS code in a text.
    package init?(in text: String) {
        guard let prefix = text.firstRange(of: "AADSTS"),
            let value = Int(text[prefix.upperBound...].prefix { $0.isASCII && $0.isNumber })
        else { return nil }
        self.value = value
    }
}

extension Failure {
    /// The codes that cambist itself assigns to failed token requests, AWS calls, and probes.
    ///
    /// Any other code is from a service.
    private static let ownCodes: Set = [
        // Token sources.
        "arc-key-unreadable", "not-a-token-endpoint", "source-unavailable", "token-format",
        // Connections.
        "answer-too-large", CertificateDate.failureCode, "canceled", "not-http", "timed-out", "tls",
        "unreachable",
        // Calls.
        "caller-mismatch", ClockComparison.code, "invalid-request", "not-aws", "not-azure",
        "unknown-endpoint", "unreadable-policy", "unusable-credentials",
        // Probes.
        "probe-canceled", "probe-failed", "probe-not-started", "probe-output-too-large", "probe-timed-out",
    ]

    /// Whether cambist itself assigned the code.
    package var isOwnCode: Bool { Self.isOwn(code) }

    /// Whether cambist itself assigns the code to failures.
    package static func isOwn(_ code: String) -> Bool { ownCodes.contains(code) }
}
