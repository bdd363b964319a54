package import struct Foundation.URL

/// The contents of the configuration file, checked, with defaults filled in.
package struct Configuration: Hashable, Sendable {
    package var identities: [ManagedIdentity]
    package var mappings: [RoleMapping]
    package var endpoints: Endpoints
    package var console: ConsoleSettings
    package var network: NetworkSettings
    /// Whether credentials are cached in the kernel keyring between runs.
    package var keepsCredentials: Bool
    package var history: HistorySettings
    /// A divisor of every interval of a watch; the lab sets it.
    package var watchSpeed: Double
    package var setup: SetupRights

    package init(
        identities: [ManagedIdentity] = [],
        mappings: [RoleMapping] = [],
        endpoints: Endpoints = Endpoints(),
        console: ConsoleSettings = ConsoleSettings(),
        network: NetworkSettings = NetworkSettings(),
        keepsCredentials: Bool = true,
        history: HistorySettings = HistorySettings(),
        watchSpeed: Double = 1,
        setup: SetupRights = SetupRights()
    ) {
        self.identities = identities
        self.mappings = mappings
        self.endpoints = endpoints
        self.console = console
        self.network = network
        self.keepsCredentials = keepsCredentials
        self.history = history
        self.watchSpeed = watchSpeed
        self.setup = setup
    }

    /// The mapping of that name.
    package func mapping(_ id: RoleMapping.ID) -> RoleMapping? {
        mappings.first { $0.id == id }
    }

    /// The identity of that name.
    package func identity(_ id: ManagedIdentity.ID) -> ManagedIdentity? {
        identities.first { $0.id == id }
    }
}

/// The clouds' endpoints that differ from the public ones.
package struct Endpoints: Hashable, Sendable {
    package var sts: URL?
    package var iam: URL?
    package var graph: URL?
    package var arm: URL?
    /// Entra's token and key endpoint; `https://login.microsoftonline.com/` when absent.
    package var authority: URL?
    /// The base of the instance metadata service; `http://169.254.169.254/` when absent.
    package var imds: URL?
    package var signin: URL?

    package init(
        sts: URL? = nil,
        iam: URL? = nil,
        graph: URL? = nil,
        arm: URL? = nil,
        authority: URL? = nil,
        imds: URL? = nil,
        signin: URL? = nil
    ) {
        self.sts = sts
        self.iam = iam
        self.graph = graph
        self.arm = arm
        self.authority = authority
        self.imds = imds
        self.signin = signin
    }
}

/// The console's theme, keys and notifications.
package struct ConsoleSettings: Hashable, Sendable {
    package var theme: String
    package var usesMouse: Bool
    package var ringsBell: Bool
    package var notification: NotificationChannel
    /// Binding name to key, as under `keys:`.
    package var keys: [String: String]
    /// Theme name to slot to attributes, as under `themes:`.
    package var themes: [String: [String: [String: String]]]

    package init(
        theme: String = "dark",
        usesMouse: Bool = false,
        ringsBell: Bool = true,
        notification: NotificationChannel = .osc9,
        keys: [String: String] = [:],
        themes: [String: [String: [String: String]]] = [:]
    ) {
        self.theme = theme
        self.usesMouse = usesMouse
        self.ringsBell = ringsBell
        self.notification = notification
        self.keys = keys
        self.themes = themes
    }
}

/// The way in which the end of a watch is reported.
package enum NotificationChannel: Hashable, Sendable {
    case osc9
    case off
    /// The argument vector of a program that reads the event as JSON from standard input.
    case command([String])
}

/// Certificate authorities and the proxy.
package struct NetworkSettings: Hashable, Sendable {
    /// A PEM file with additional trusted certificate authorities.
    package var caFile: String?
    /// The proxy for all but loopback and link-local addresses.
    package var proxy: URL?
    /// Hosts and domain suffixes reached without the proxy, in the form of `NO_PROXY`.
    package var proxyExceptions: [String]

    package init(caFile: String? = nil, proxy: URL? = nil, proxyExceptions: [String] = []) {
        self.caFile = caFile
        self.proxy = proxy
        self.proxyExceptions = proxyExceptions
    }
}

/// The limits of the history.
package struct HistorySettings: Hashable, Sendable {
    package var days: Int
    package var rows: Int
    /// Whether each exchange is stored with its decoded claims.
    package var keepsClaims: Bool

    package init(days: Int = 400, rows: Int = 2_000_000, keepsClaims: Bool = true) {
        self.days = days
        self.rows = rows
        self.keepsClaims = keepsClaims
    }
}

/// The identity and the profile whose permissions setup uses.
package struct SetupRights: Hashable, Sendable {
    package var graphIdentity: ManagedIdentity.ID?
    package var awsProfile: String?

    package init(graphIdentity: ManagedIdentity.ID? = nil, awsProfile: String? = nil) {
        self.graphIdentity = graphIdentity
        self.awsProfile = awsProfile
    }
}
