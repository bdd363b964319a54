import ConfigurationFile
import CredentialDelivery
import ExchangeEngine
import Federation
import Transport

/// Credentials of one mapping for one process: from the kernel's keyring while they are worth giving, else from an
/// exchange.
struct CachedCredentialProvider: Sendable {
    let mapping: RoleMapping
    private let identity: ManagedIdentity
    private let text: ConfigurationText
    private let configuration: Configuration
    private let time = SystemTime()
    private var cache: CredentialCache

    /// Reads the configuration, and asks nobody; `file` is the one that was named, if one was.
    ///
    /// `complain` hears of a keyring that refuses.
    ///
    /// - Throws: ``CommandFailure`` when it cannot be used, or has no such mapping.
    init(
        of name: RoleMapping.ID,
        file: String?,
        complain: @escaping @Sendable (String) -> Void = Report.complain
    ) throws(CommandFailure) {
        text = try ConfigurationText.find(file)
        configuration = try text.read()
        mapping = try configuration.requiredMapping(name)
        identity = configuration.identity(mapping.identity) ?? ManagedIdentity(id: mapping.identity)
        cache = CredentialCache(
            isEnabled: configuration.keepsCredentials,
            endpoints: configuration.endpoints,
            complain: complain
        )
    }

    /// What the keyring has, found without waiting for anybody.
    mutating func kept() -> SessionCredentials? {
        cache.credentials(for: mapping, of: identity, at: time.now)
    }

    /// Exchanges the mapping's token, and keeps what came of it.
    ///
    /// Of several processes that ask at the same time for one mapping, one exchanges and the others take what it got.
    ///
    /// - Throws: ``CommandFailure`` with the reason why there are no credentials.
    mutating func exchanged(_ options: GlobalOptions) async throws -> SessionCredentials {
        let location = ConfigurationLocation(named: options.config, environment: ProcessEnvironment.variables)
        let lock = FileLock(path: "\(location.stateDirectory)/locks/\(mapping.id).lock", time: time)
        return try await lock.hold {
            if let kept = kept() { return kept }
            let fresh = try await Progress.waiting("\(mapping.id): exchanging…", options, time: time) {
                try await Workspace.with(text, options, configuration: configuration) { [mapping] workspace in
                    try await workspace.engine.exchange(mapping, options: ExchangeOptions(verifies: false))
                        .obtained()
                }
            }
            cache.keep(fresh, for: mapping, of: identity, at: time.now)
            return fresh
        }
    }

    /// What the keyring has, else what an exchange gives.
    ///
    /// - Throws: ``CommandFailure`` with the reason why there are no credentials.
    mutating func credentials(_ options: GlobalOptions) async throws -> SessionCredentials {
        if let kept = kept() { return kept }
        return try await exchanged(options)
    }
}

extension Configuration {
    /// The mapping of that name.
    ///
    /// - Throws: ``CommandFailure`` that names the mappings there are.
    func requiredMapping(_ name: String) throws(CommandFailure) -> RoleMapping {
        if let mapping = mapping(name) { return mapping }
        throw CommandFailure(
            .usage,
            code: "unknown-mapping",
            "There is no mapping \(name).",
            fix: knownMappings
        )
    }

    /// Tells the names of the mappings, or of the first of many.
    var knownMappings: String {
        let names = mappings.map(\.id)
        if names.isEmpty { return "The configuration has none; `cambist config init` writes an example." }
        let shown = names.prefix(8).joined(separator: ", ")
        return "There are: \(shown)\(names.count > 8 ? ", and \(names.count - 8) more" : "")."
    }
}
