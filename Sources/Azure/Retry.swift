/// When a source is asked again, as its documentation has it.
struct RetryRules: Hashable, Sendable {
    /// Statuses after which asking again may help.
    let statuses: Set<Int>
    /// The pause before each further attempt; its count is the number of further attempts.
    let delays: [Duration]
    /// The least pause after a 5xx.
    var serverErrorDelay = Duration.zero
    /// The pauses after a 410, which says that the service is being updated; counted apart from the others.
    var goneDelays: [Duration] = []
    /// How often a broken or refused connection is tried again, a second later each time.
    var reconnects = 1
    /// No pause may end later than this after the first attempt began.
    var budget = Duration.seconds(150)

    /// Instance metadata: 0, 2, 6, 14 and 30 s on 404, 429 and 5xx; a 410 ends within 70 s.
    ///
    /// Source: Microsoft, "How to use managed identities on an Azure VM to acquire an access token",
    /// retry guidance; MSAL.NET for the ten seconds between attempts after a 410.
    static let imds = RetryRules(
        statuses: Set(500...599).union([404, 410, 429]),
        delays: [.zero, .seconds(2), .seconds(6), .seconds(14), .seconds(30)],
        serverErrorDelay: .seconds(1),
        goneDelays: Array(repeating: .seconds(10), count: 7)
    )

    /// The other hosts' endpoints: three times more, a second apart.
    ///
    /// Source: MSAL.NET, retry policy of managed identity sources other than instance metadata.
    static let host = RetryRules(
        statuses: [404, 408, 429, 500, 503, 504],
        delays: Array(repeating: .seconds(1), count: 3)
    )

    /// Service Fabric: on 429 only, at doubling intervals.
    ///
    /// Source: Microsoft, "How to leverage a Service Fabric application's managed identity", retry guidance.
    static let serviceFabric = RetryRules(
        statuses: [429],
        delays: [.seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(16)]
    )

    /// Entra's token endpoint: once more, when it says so or fails.
    ///
    /// Source: MSAL's retry of 5xx; Microsoft identity platform, error handling, for 429 with `Retry-After`.
    static let entra = RetryRules(statuses: Set(500...599).union([429]), delays: [.seconds(1)])
}

/// The state of one ask: how often it was repeated, and what to do next.
struct Retry: Hashable, Sendable {
    /// What came of an attempt.
    enum Event: Hashable, Sendable {
        case answered(status: Int, retryAfter: Duration?)
        /// The connection was refused or broke.
        case disconnected
        /// Time ran out, no trust, too large, a proxy's page: repeating mends nothing.
        case beyondRepair
    }

    enum Action: Hashable, Sendable {
        /// The answer is final.
        case finish
        /// Ask again after a pause.
        case wait(Duration)
    }

    private let rules: RetryRules
    private var delays: ArraySlice<Duration>
    private var goneDelays: ArraySlice<Duration>
    private var reconnects: Int

    init(rules: RetryRules) {
        self.rules = rules
        delays = rules.delays[...]
        goneDelays = rules.goneDelays[...]
        reconnects = rules.reconnects
    }

    /// What follows an attempt that ended `elapsed` after the first one began.
    mutating func event(_ event: Event, elapsed: Duration) -> Action {
        guard let pause = pause(after: event), elapsed + pause <= rules.budget else { return .finish }
        return .wait(pause)
    }

    private mutating func pause(after event: Event) -> Duration? {
        switch event {
        case .beyondRepair:
            return nil
        case .disconnected:
            guard reconnects > 0 else { return nil }
            reconnects -= 1
            return .seconds(1)
        case .answered(let status, let retryAfter):
            guard rules.statuses.contains(status) else { return nil }
            let isGone = status == 410 && !rules.goneDelays.isEmpty
            guard let delay = isGone ? goneDelays.popFirst() : delays.popFirst() else { return nil }
            let least = status >= 500 ? rules.serverErrorDelay : .zero
            return retryAfter ?? max(delay, least)
        }
    }
}
