import Federation
import FoundationEssentials
import Glibc

/// An AWS account: its IAM entities, and its settings for STS.
struct IAMAccount: Sendable {
    let id: String
    /// The providers, by ARN.
    var providers = ReplicatedTable<IAMProvider>()
    /// The roles, by lowercase name; IAM does not allow two names that differ only in case.
    private(set) var roles = ReplicatedTable<IAMRole>()
    /// The users, by access key ID.
    let users: [String: IAMUser]
    private let enabledRegions: Set<String>
    let callerRegion: String
    let isThrottled: Bool

    /// Creates the account from a setup, with all entities already propagated.
    init(_ setup: AWSSetup.Account, seed: Seed, now: Date) {
        id = setup.id
        enabledRegions = setup.enabledRegions
        callerRegion = setup.callerRegion
        isThrottled = setup.isThrottled
        let account = setup.id
        let users = setup.accessKeys.map { key in
            let user = IAMUser(
                arn: "arn:aws:iam::\(account):user/\(key.userName)",
                id: UniqueID.user(seed, "\(account) \(key.userName)"),
                secretAccessKey: key.secret,
                policies: key.policies
            )
            return (key.id, user)
        }
        self.users = Dictionary(users) { first, _ in first }
        let visibility = Visibility(iam: now, sts: now)
        // Entities of the setup were created before the lab started.
        let created = now - 86400
        for provider in setup.providers.map({ IAMProvider($0, account: account, created: created) }) {
            providers.write(provider, to: provider.arn, visibility: visibility, at: now)
        }
        for role in setup.roles.map({ IAMRole($0, account: account, seed: seed, created: created) }) {
            write(role, named: role.name, visibility: visibility, at: now)
        }
    }

    /// Returns the role with this name, as IAM's read operations or STS currently see the role.
    func role(_ name: String, for reader: Reader, at now: Date) -> IAMRole? {
        roles.value(name.lowercased(), for: reader, at: now).flatMap { $0.name == name ? $0 : nil }
    }

    /// Returns the role with this name, as last written.
    func latestRole(_ name: String) -> IAMRole? {
        roles.latest(name.lowercased()).flatMap { $0.name == name ? $0 : nil }
    }

    /// Writes a role; `nil` deletes it.
    mutating func write(_ role: IAMRole?, named name: String, visibility: Visibility, at now: Date) {
        roles.write(role, to: name.lowercased(), visibility: visibility, at: now)
    }

    /// Whether STS is enabled for the account in a region; always true for `aws-global`.
    func isEnabled(region: String) -> Bool {
        !Self.optInRegions.contains(region) || enabledRegions.contains(region)
    }

    /// The regions that are disabled by default.
    ///
    /// Source: AWS account management guide, regions with their opt-in status.
    private static let optInRegions: Set = [
        "af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4",
        "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1",
        "eu-south-2", "il-central-1", "me-central-1", "me-south-1", "mx-central-1",
    ]
}

extension IAMProvider {
    fileprivate init(_ setup: AWSSetup.Provider, account: String, created: Date) {
        url = OIDCProvider.hostAndPath(of: setup.url)
        arn = Self.arn(account: account, issuer: setup.url)
        self.created = created
        clientIDs = setup.clientIDs
        thumbprints = []
        tags = setup.tags.sorted { $0.key < $1.key }.map { IAMTag(key: $0.key, value: $0.value) }
        connection = setup.connection
    }
}

extension IAMRole {
    fileprivate init(_ setup: AWSSetup.Role, account: String, seed: Seed, created: Date) {
        id = UniqueID.role(seed, "\(account) \(setup.name)")
        name = setup.name
        path = setup.path
        arn = Self.arn(account: account, path: setup.path, name: setup.name)
        self.created = created
        trustDocument = setup.trustPolicy
        maxSessionDuration = setup.maxSession.wholeSeconds
        tags = setup.tags.sorted { $0.key < $1.key }.map { IAMTag(key: $0.key, value: $0.value) }
        inlinePolicies = setup.inlinePolicies
        attachedPolicies = setup.managedPolicies
        isDeniedByOrganization = setup.isDeniedByOrganization
    }
}
