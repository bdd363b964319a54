package import struct FoundationEssentials.URL

/// The validated contents of the configuration file, with defaults applied.
package struct Configuration: Hashable, Sendable {
    package var identities: [ManagedIdentity]
    package var mappings: [RoleMapping]
    package var endpoints: Endpoints
    /// The Microsoft cloud, which supplies the Azure endpoints that are absent from ``endpoints``.
    package var cloud: MicrosoftCloud
    package var console: ConsoleSettings
    package var network: NetworkSettings
    /// Whether credentials are cached in the kernel keyring between runs.
    package var cachesCredentials: Bool
    package var history: HistorySettings
    /// The divisor of a watch's intervals; 1 outside the lab.
    package var watchSpeed: Double
    package var setup: SetupSettings
    package var fleet: FleetSettings

    package init(
        identities: [ManagedIdentity] = [],
        mappings: [RoleMapping] = [],
        endpoints: Endpoints = Endpoints(),
        cloud: MicrosoftCloud = .public,
        console: ConsoleSettings = ConsoleSettings(),
        network: NetworkSettings = NetworkSettings(),
        cachesCredentials: Bool = true,
        history: HistorySettings = HistorySettings(),
        watchSpeed: Double = 1,
        setup: SetupSettings = SetupSettings(),
        fleet: FleetSettings = FleetSettings()
    ) {
        self.identities = identities
        self.mappings = mappings
        self.endpoints = endpoints
        self.cloud = cloud
        self.console = console
        self.network = network
        self.cachesCredentials = cachesCredentials
        self.history = history
        self.watchSpeed = watchSpeed
        self.setup = setup
        self.fleet = fleet
    }

    /// Returns the mapping with this name, if any.
    package func mapping(_ id: RoleMapping.ID) -> RoleMapping? {
        mappings.first { $0.id == id }
    }

    /// Returns the identity with this name, if any.
    package func identity(_ id: ManagedIdentity.ID) -> ManagedIdentity? {
        identities.first { $0.id == id }
    }
}

/// Endpoints that override the public endpoints.
package struct Endpoints: Hashable, Sendable {
    package var sts: URL?
    package var iam: URL?
    package var graph: URL?
    package var arm: URL?
    /// The base URL of Entra's token and key endpoints; the Microsoft cloud's URL if absent.
    package var authority: URL?
    /// The base URL of the instance metadata service; `http://169.254.169.254/` if absent.
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

/// The console's theme, keys, and notifications.
package struct ConsoleSettings: Hashable, Sendable {
    package var theme: String
    package var usesMouse: Bool
    package var ringsBell: Bool
    package var notification: NotificationChannel
    /// Keys by binding name, as configured under `keys:`.
    package var keys: [String: String]
    /// Attributes by theme and style slot, as configured under `themes:`.
    package var themes: [String: [String: [String: String]]]
    /// The columns of the Mappings panel, in order; empty for the default columns.
    package var columns: [String]

    package init(
        theme: String = "auto",
        usesMouse: Bool = false,
        ringsBell: Bool = true,
        notification: NotificationChannel = .osc9,
        keys: [String: String] = [:],
        themes: [String: [String: [String: String]]] = [:],
        columns: [String] = []
    ) {
        self.theme = theme
        self.usesMouse = usesMouse
        self.ringsBell = ringsBell
        self.notification = notification
        self.keys = keys
        self.themes = themes
        self.columns = columns
    }
}

/// The channel for the notification at the end of a watch.
package enum NotificationChannel: Hashable, Sendable {
    case osc9
    case off
    /// The argument vector of a program that receives the event as JSON on standard input.
    case command([String])
}

/// Additional certificate authorities and the proxy.
package struct NetworkSettings: Hashable, Sendable {
    /// A PEM file with additional trusted certificate authorities.
    package var caFile: String?
    /// The proxy; loopback and link-local addresses and the ``proxyExceptions`` bypass the proxy.
    package var proxy: URL?
    /// Hosts and domain suffixes that bypass the proxy, in the format of `NO_PROXY`.
    package var proxyExceptions: [String]

    package init(caFile: String? = nil, proxy: URL? = nil, proxyExceptions: [String] = []) {
        self.caFile = caFile
        self.proxy = proxy
        self.proxyExceptions = proxyExceptions
    }
}

/// The retention limits of the history, and the options for storing and forwarding exchanges.
package struct HistorySettings: Hashable, Sendable {
    package var days: Int
    package var rows: Int
    /// Whether each exchange is stored with its decoded claims.
    package var keepsClaims: Bool
    /// Whether each exchange is also stored in the outbox for the fleet's database.
    package var isForwarded: Bool

    package init(
        days: Int = 400,
        rows: Int = 2_000_000,
        keepsClaims: Bool = true,
        isForwarded: Bool = false
    ) {
        self.days = days
        self.rows = rows
        self.keepsClaims = keepsClaims
        self.isForwarded = isForwarded
    }
}

/// The PostgreSQL database that many hosts share, with the names of this node and the operator.
package struct FleetSettings: Hashable, Sendable {
    /// The URI of the database, without a password; `nil` without a fleet.
    package var store: FleetAddress?
    /// The name of this node; the name of the host if absent.
    package var node: FleetNode.ID?
    /// The operator's name in requests; the user's login name if absent.
    package var `operator`: String?

    package init(store: FleetAddress? = nil, node: FleetNode.ID? = nil, operator: String? = nil) {
        self.store = store
        self.node = node
        self.operator = `operator`
    }
}

/// The AWS profile and the identity for Microsoft Graph that `cambist setup` uses.
package struct SetupSettings: Hashable, Sendable {
    package var graphIdentity: ManagedIdentity.ID?
    package var awsProfile: String?

    package init(graphIdentity: ManagedIdentity.ID? = nil, awsProfile: String? = nil) {
        self.graphIdentity = graphIdentity
        self.awsProfile = awsProfile
    }
}

/// A lookup table of mappings by name.
///
/// The table shares storage with the configuration's array of mappings.
package struct MappingTable: Sendable {
    private let mappings: [RoleMapping]
    private let indices: [RoleMapping.ID: Int]

    /// Creates a table; if several mappings have the same name, only the first is found.
    package init(_ mappings: [RoleMapping] = []) {
        self.mappings = mappings
        indices = Dictionary(zip(mappings.lazy.map(\.id), mappings.indices)) { first, _ in first }
    }

    /// The mapping with this name, if any.
    package subscript(id: RoleMapping.ID) -> RoleMapping? {
        indices[id].map { mappings[$0] }
    }
}
