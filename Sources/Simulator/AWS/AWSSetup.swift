import Federation

/// The initial state of the simulated AWS.
struct AWSSetup: Sendable {
    var accounts: [Account] = []
    var propagationDelays = PropagationDelays()
    var faults = AWSFaultRates()

    /// An AWS account in the partition `aws`.
    struct Account: Sendable {
        /// The twelve-digit account ID.
        var id: String
        var providers: [Provider] = []
        var roles: [Role] = []
        var accessKeys: [AccessKey] = []
        /// The opt-in regions that are enabled for the account.
        var enabledRegions: Set<String> = []
        /// The region of a call, for an STS endpoint that serves all regions.
        var callerRegion = "us-east-1"
        var isThrottled = false
    }

    /// An IAM OIDC provider.
    struct Provider: Sendable {
        /// The URL, including `https://` and a trailing slash, if any.
        var url: String
        var clientIDs: [String]
        var tags: [String: String] = [:]
        var connection = Connection.trusted

        /// The outcome of STS's connection to the issuer.
        enum Connection: Sendable {
            case trusted
            /// The thumbprint of the issuer's certificate is not registered.
            case thumbprintMismatch
            /// The issuer does not respond in time.
            case unreachable
            /// The issuer reports that the token has been revoked.
            case claimRejected
        }
    }

    /// An IAM role.
    struct Role: Sendable {
        var name: String
        var path = "/"
        /// The trust policy, as JSON.
        var trustPolicy: String
        var maxSession = Duration.seconds(3600)
        /// The ARNs of attached managed policies.
        var managedPolicies: [String] = []
        /// The inline policy documents, by name.
        var inlinePolicies: [String: String] = [:]
        var tags: [String: String] = [:]
        /// Whether the organization's resource control policy forbids new sessions of the role.
        var isDeniedByOrganization = false
    }

    /// A long-term access key of an IAM user.
    struct AccessKey: Sendable {
        var id: String
        var secret: Secret
        var userName: String
        /// The identity-based policies of the user, as JSON.
        var policies: [String] = [Self.administrator]

        /// A policy that allows everything, like the managed policy AdministratorAccess.
        static let administrator =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
    }

    /// The ranges of propagation delays.
    ///
    /// The lab draws a delay for each change and divides the delay by the lab's speed.
    struct PropagationDelays: Sendable {
        /// The delay until STS applies a change.
        ///
        /// AWS documents no upper bound. A delay of two seconds is typical; delays of ten to thirty seconds are
        /// possible.
        var sts: ClosedRange<Duration> = .seconds(2)...(.seconds(12))
        /// The delay until IAM's read operations return a late change (see ``oneLateReadIn``).
        var reads: ClosedRange<Duration> = .zero...(.seconds(2))
        /// The interval of late changes: with 8, IAM's read operations return every eighth change late; with 0, none.
        var oneLateReadIn = 8
    }
}

/// The rate of each kind of fault, as a fraction of all requests.
///
/// The simulated Azure uses the same rates.
struct AWSFaultRates: Hashable, Sendable {
    /// `Throttling`, HTTP status 400; in Azure 429.
    var throttled = 0.0
    /// `InternalFailure` (500) or `ServiceUnavailable` (503).
    var failing = 0.0
    /// A response delayed by ``slowness``.
    var slow = 0.0
    /// A connection closed without a response.
    var cut = 0.0
    /// The delay of a slow response.
    var slowness = Duration.seconds(5)
}
