import Federation

/// The content of the simulated AWS when the lab starts.
struct AWSSetup: Sendable {
    var accounts: [Account] = []
    var settling = Settling()
    var faults = AWSFaultRates()

    /// One AWS account of the partition `aws`.
    struct Account: Sendable {
        /// Twelve digits.
        var id: String
        var providers: [Provider] = []
        var roles: [Role] = []
        var accessKeys: [AccessKey] = []
        /// The opt-in regions that this account has enabled.
        var enabledRegions: Set<String> = []
        /// The region of its callers, for an exchange at an STS endpoint that serves every region.
        var callerRegion = "us-east-1"
        /// Whether STS answers every exchange for this account with `Throttling`.
        var isThrottled = false
    }

    /// An IAM OIDC provider.
    struct Provider: Sendable {
        /// With `https://`, and with the final slash where the issuer has one.
        var url: String
        var clientIDs: [String]
        var tags: [String: String] = [:]
        var connection = Connection.trusted

        /// The outcome of STS's connection to the issuer.
        enum Connection: Sendable {
            case trusted
            /// The issuer's certificate is not the registered one.
            case thumbprintMismatch
            /// The issuer does not answer in time.
            case unreachable
            /// The issuer reports the token as revoked.
            case claimRejected
        }
    }

    /// An IAM role.
    struct Role: Sendable {
        var name: String
        var path = "/"
        /// The trust policy's JSON.
        var trustPolicy: String
        var maxSession = Duration.seconds(3600)
        /// ARNs.
        var managedPolicies: [String] = []
        /// Documents by name.
        var inlinePolicies: [String: String] = [:]
        var tags: [String: String] = [:]
        /// Whether a resource control policy of the organization forbids assuming it, in spite of its trust policy.
        var isDeniedByOrganization = false
    }

    /// A long-term access key of an IAM user.
    struct AccessKey: Sendable {
        var id: String
        var secret: Secret
        var userName: String
        /// The identity policies of the user, as JSON.
        var policies: [String] = [Self.administrator]

        /// Allows everything, as the managed policy AdministratorAccess does.
        static let administrator =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
    }

    /// The propagation delay of a change; each change draws its own, which the lab's speed divides.
    struct Settling: Sendable {
        /// Until STS applies it.
        ///
        /// AWS documents no bound: two seconds are usual, ten to thirty have been observed.
        var sts: ClosedRange<Duration> = .seconds(2)...(.seconds(12))
        /// Until IAM's own reads return it.
        var reads: ClosedRange<Duration> = .zero...(.seconds(2))
        /// One in this many changes is late in IAM's own reads; 0 for none.
        var oneLateReadIn = 8
    }
}

/// The rate of each kind of failure of the simulated AWS, as a fraction of all requests.
struct AWSFaultRates: Hashable, Sendable {
    /// `Throttling`, HTTP 400.
    var throttled = 0.0
    /// `InternalFailure` 500 or `ServiceUnavailable` 503.
    var failing = 0.0
    /// Answered after ``slowness``.
    var slow = 0.0
    /// The connection is cut in place of an answer.
    var cut = 0.0
    /// The delay of a slow answer.
    var slowness = Duration.seconds(5)
}
