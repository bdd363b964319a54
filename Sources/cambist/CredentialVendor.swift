import Delivery
import Engine
import Federation
import Settings
import Transport

/// Credentials for one process: from the kernel's keyring while they are worth giving, else from an exchange.
struct CredentialVendor {
    let text: ConfigurationText
    let options: GlobalOptions

    /// The mapping's credentials, and the region they are for.
    ///
    /// Of several processes that ask at the same time for one mapping, one exchanges and the others take what it got.
    func credentials(
        for name: RoleMapping.ID
    ) async throws -> (credentials: SessionCredentials, mapping: RoleMapping) {
        let configuration = try text.read()
        let mapping = try configuration.requiredMapping(name)
        let identity = configuration.identity(mapping.identity) ?? ManagedIdentity(id: mapping.identity)
        let time = SystemTime()
        let cache = CredentialCache(
            isEnabled: configuration.keepsCredentials,
            endpoints: configuration.endpoints,
            complain: Report.complain
        )
        if let kept = cache.credentials(for: mapping, of: identity, at: time.now) { return (kept, mapping) }
        let location = ConfigurationLocation(named: options.config, environment: Surroundings.variables)
        let lock = FileLock(path: "\(location.stateDirectory)/locks/\(mapping.id).lock", time: time)
        let credentials = try await lock.hold {
            if let kept = cache.credentials(for: mapping, of: identity, at: time.now) { return kept }
            let fresh = try await Workspace.with(text, options) { workspace in
                try await workspace.engine.exchange(mapping, options: ExchangeOptions(verifies: false))
                    .obtained()
            }
            cache.keep(fresh, for: mapping, of: identity, at: time.now)
            return fresh
        }
        return (credentials, mapping)
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

    private var knownMappings: String {
        let names = mappings.map(\.id)
        if names.isEmpty { return "The configuration has none; `cambist config init` writes an example." }
        let shown = names.prefix(8).joined(separator: ", ")
        return "There are: \(shown)\(names.count > 8 ? ", and \(names.count - 8) more" : "")."
    }
}
