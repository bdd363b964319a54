extension FaultRow {
    /// Faults, the exit status, and a fragment of the output.
    private typealias Outcome = ([Fault], status: Int32?, message: String)

    /// Returns the rows of one component and one command; `suite` covers them, unless it is `nil`.
    private static func rows(
        _ component: ExternalComponent,
        _ command: String,
        _ kept: Kept,
        in suite: String? = nil,
        _ outcomes: Outcome...
    ) -> [FaultRow] {
        outcomes.map { FaultRow(component, $0.0, command, $0.status, $0.message, kept, suite: suite) }
    }

    /// Returns the rows of a token endpoint; `name` is the endpoint's name in messages, by default the source.
    private static func tokenEndpoint(
        _ component: ExternalComponent,
        _ source: String,
        _ name: String? = nil
    ) -> [FaultRow] {
        let name = name ?? source
        return rows(
            component,
            "cambist test audit",
            .record,
            ([.refused, .reset], 69, "\(name) is unreachable"),
            ([.slow, .never], 75, "\(name) did not respond within 3s"),
            ([.throttled], 75, "\(name) throttled every attempt (HTTP 429)"),
            ([.serverError], 75, "\(name) failed at every attempt (HTTP 503)"),
            (
                [.wrongType, .truncated, .huge, .garbage], 69,
                "The response is not from the token source \(source)"
            ),
            ([.expired], 1, "The token has expired")
        )
    }

    /// Returns the rows of a service of AWS or Azure.
    ///
    /// The statuses are those for an unusable response and for a failure that may be temporary.
    private static func service(
        _ component: ExternalComponent,
        of cloud: String,
        _ command: String,
        _ kept: Kept,
        _ statuses: (unusable: Int32, tryAgain: Int32) = (69, 75),
        throttled: String,
        failed: String
    ) -> [FaultRow] {
        rows(
            component,
            command,
            kept,
            ([.refused, .reset], statuses.unusable, "cannot be reached"),
            ([.slow, .never], statuses.tryAgain, "did not respond"),
            ([.throttled], statuses.tryAgain, throttled),
            ([.serverError], statuses.tryAgain, failed),
            ([.wrongType, .truncated], statuses.unusable, "without a valid \(cloud) response"),
            ([.huge], statuses.unusable, "returned more than 1048576 bytes"),
            ([.garbage], statuses.unusable, "a response that is not HTTP")
        )
    }

    /// The faults of cloud services, over HTTP.
    static let clouds =
        tokenEndpoint(.imds, "imds") + tokenEndpoint(.appService, "app-service")
        + tokenEndpoint(.entra, "client-secret", "Entra's token endpoint (source client-secret)")
        + rows(
            .keys,
            "cambist claims audit --verify",
            .claims,
            (
                [
                    .refused, .reset, .slow, .never, .throttled, .serverError, .wrongType, .truncated, .huge,
                    .garbage,
                ], 0, "signature not verified: "
            )
        )
        + service(
            .sts,
            of: "AWS",
            "cambist test audit",
            .record,
            throttled: "Throttling: Rate exceeded",
            failed: "ServiceUnavailable: HTTP 503"
        )
        + rows(.sts, "cambist test audit", .record, ([.expired], 69, "credentials that cannot be used"))
        + service(
            .iam,
            of: "AWS",
            "cambist setup plan audit",
            .clouds,
            throttled: "Rate exceeded.",
            failed: "HTTP 503 without a body."
        )
        + service(
            .graph,
            of: "Azure",
            "cambist setup plan audit",
            .clouds,
            throttled: "too_many_requests",
            failed: "HTTP 503 without a message."
        )
        + service(
            .arm,
            of: "Azure",
            "cambist discover",
            .findings,
            (0, 0),
            throttled: "too_many_requests",
            failed: "HTTP 503 without a message"
        )

    /// The faults of this host.
    static let local =
        rows(
            .history,
            "cambist exchange audit",
            .exchanges,
            ([.full], 0, "is full. Nothing is stored"),
            ([.readOnly], 0, "is not writable")
        )
        + rows(.history, "cambist exchange audit", .file, ([.corrupt], 0, "is corrupt. Nothing is stored"))
        + rows(.history, "cambist history", .shown, ([.readOnly], 0, "audit"))
        + rows(.history, "cambist status", .shown, ([.readOnly], 0, "audit"))
        + rows(
            .fleet,
            "cambist fleet status",
            .nothing,
            ([.refused, .reset, .garbage], 69, "database is unreachable"),
            ([.slow, .never], 75, "database did not respond within 10s")
        )
        + rows(
            .fleet,
            "cambist exchange audit",
            .credentials,
            ([.refused, .reset, .slow, .never, .garbage], 0, "secretAccessKey")
        )
        + rows(
            .keyring,
            "cambist credential-process audit",
            .credentials,
            ([.refused], 0, "keyring cannot be used: Operation not permitted"),
            ([.full], 0, "keyring cannot be used: Disk quota exceeded")
        )
        + rows(.terminal, "cambist console", .nothing, ([.refused], 64, "The console needs a terminal"))
        + rows(
            .clock,
            "cambist test audit",
            .record,
            ([.hourAhead], 69, "This host's clock is 1h fast"),
            ([.yearsAhead], 69, "This host's clock is ")
        )
        + rows(
            .clock,
            "cambist test audit",
            .success,
            ([.hourBehind], 0, "This host's clock is 1h slow"),
            ([.yearsBehind], 0, "This host's clock is ")
        )
        + rows(
            .disk,
            "cambist exchange audit --format credentials-file",
            .file,
            ([.full], 77, "cannot be written: No space left on device"),
            ([.readOnly], 77, "cannot be created: Read-only file system")
        )
        + rows(
            .disk,
            "cambist exchange audit --log-file full/log",
            .credentials,
            ([.full], 0, "The log cannot be written: No space left on device")
        )
        + rows(.disk, "cambist config init", .nothing, ([.readOnly], 77, "Read-only file system"))

    /// The faults whose tests need more than a command: a process that is killed, a lock, a terminal.
    static let elsewhere =
        rows(
            .history,
            "cambist exchange audit",
            .credentials,
            in: "HostileInputTests",
            ([.locked], 0, "was locked by another process")
        )
        + rows(.history, "cambist serve", .everything, in: "KillTests", ([.killed], nil, ""))
        + rows(.fleet, "cambist serve", .everything, in: "OutboxKillTests", ([.killed], nil, ""))
        + rows(.fleet, "cambist fleet status", .nothing, in: "ConnectionTests", ([.readOnly], nil, ""))
        + rows(
            .keyring,
            "cambist credential-process audit",
            .credentials,
            in: "KeyringTests",
            ([.corrupt, .expired], nil, "")
        )
        + rows(
            .terminal,
            "cambist console",
            .nothing,
            in: "ConsoleTerminalTests",
            ([.wrongType], 64, "TERM"),
            ([.reset], nil, "")
        )
        + rows(.terminal, "cambist console", .nothing, in: "FuzzTests", ([.garbage], nil, ""))
        + rows(.terminal, "cambist console", .modes, in: "ConsoleTests", ([.killed], nil, ""))
        + rows(
            .disk,
            "cambist exchange audit --format credentials-file",
            .file,
            in: "SafeFileTests",
            ([.killed], nil, "")
        )
}
