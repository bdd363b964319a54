import Azure
import ConfigurationFile
package import CredentialDelivery
import ExchangeEngine
package import Federation
import FoundationEssentials
import Transport

/// Provides a mapping's credentials from the kernel's keyring or by an exchange.
///
/// An exchange is necessary if the credentials in the keyring are missing or expire too soon. Only an exchange opens
/// the log, the history, and connections.
package struct CachedCredentialProvider: Sendable {
    package let mapping: RoleMapping
    private let identity: ManagedIdentity
    private let text: ConfigurationText
    private let configuration: Configuration
    private let options: ContextOptions
    private let time = SystemTime()
    private var cache: CredentialCache

    /// Reads the configuration.
    ///
    /// - Throws: ``CommandFailure`` when the configuration cannot be used, or has no mapping of this name.
    package init(of name: RoleMapping.ID, _ options: ContextOptions) throws(CommandFailure) {
        self.options = options
        text = try ConfigurationText.find(options)
        configuration = try text.read()
        mapping = try configuration.requiredMapping(name)
        identity = configuration.identity(of: mapping)
        cache = CredentialCache(configuration, variables: options.variables, reportError: options.warn)
    }

    /// Returns the credentials in the keyring, if their remaining lifetime is sufficient.
    package mutating func cached() -> SessionCredentials? {
        cache.credentials(for: mapping, of: identity, at: time.now)
    }

    /// Exchanges the mapping's token.
    ///
    /// For a mapping with a hub, the keyring provides the hub's credentials if possible. New credentials of the hub are
    /// stored in the keyring.
    private mutating func exchanged(_ engine: Engine) async throws -> SessionCredentials {
        guard let hub = mapping.hub, await !adopt(hub, engine) else {
            return try await exchangeAndStore(engine)
        }
        return try await locked(hub) {
            if await !adopt(hub, engine), let outer = hub.hub { _ = await adopt(outer, engine) }
            let credentials = try await exchangeAndStore(engine)
            for hub in mapping.chain.dropLast() {
                guard let session = await engine.credentials(ofHub: hub) else { continue }
                cache.keep(session, for: hub, of: identity, at: time.now)
            }
            return credentials
        }
    }

    private mutating func exchangeAndStore(_ engine: Engine) async throws -> SessionCredentials {
        let exchange = await engine.exchange(mapping, options: ExchangeOptions(verifies: false))
        let credentials = try exchange.requireCredentials()
        cache.keep(credentials, for: mapping, of: identity, at: time.now)
        return credentials
    }

    /// Passes a hub's credentials from the keyring to the engine.
    ///
    /// Returns `false` if the keyring has no credentials with a sufficient lifetime.
    private mutating func adopt(_ hub: RoleMapping, _ engine: Engine) async -> Bool {
        guard let credentials = cache.credentials(for: hub, of: identity, at: time.now) else { return false }
        await engine.adopt(credentials, of: hub)
        return true
    }

    /// Runs `body` with the mapping's lock, or without the lock after a wait of 30 s.
    ///
    /// Without a cache, `body` runs immediately, because the processes could not share the result.
    private func locked<Value>(_ mapping: RoleMapping, _ body: () async throws -> Value) async throws -> Value
    {
        guard cache.isEnabled else { return try await body() }
        let path = "\(options.location.stateDirectory)/locks/\(mapping.id).lock"
        return try await FileLock(path: path, time: time).hold(body)
    }

    /// Exchanges the mapping's token, stores the credentials in the keyring, and passes them to `deliver`.
    ///
    /// Several processes may call this function for one mapping. With a keyring, one process makes the exchange. The
    /// other processes wait up to 30 s for the exchange, and deliver the credentials of a successful exchange.
    ///
    /// - Parameters:
    ///   - replacesProcess: Whether `deliver` replaces the process and does not return. If so, the call first waits up
    ///     to two seconds until the exchange's record is stored.
    ///   - progress: Runs the exchange and may show its progress.
    ///   - deliver: Receives the credentials.
    /// - Throws: ``CommandFailure`` with the reason why there are no credentials; any error that `deliver` throws.
    package mutating func exchange(
        replacesProcess: Bool = false,
        progress: (() async throws -> SessionCredentials) async throws -> SessionCredentials,
        deliver: (SessionCredentials) async throws -> Void
    ) async throws {
        let context = try ApplicationContext.open(text, options, configuration: configuration)
        do {
            let credentials = try await progress {
                try await locked(mapping) {
                    if let credentials = cached() { return credentials }
                    return try await exchanged(context.engine)
                }
            }
            if replacesProcess { await context.flushHistory() }
            try await deliver(credentials)
            await context.close()
        } catch {
            await context.close()
            throw error
        }
    }
}

extension Exchange {
    /// Returns the credentials of a successful exchange.
    ///
    /// - Throws: ``CommandFailure`` with the reason why there are no credentials.
    package func requireCredentials() throws(CommandFailure) -> SessionCredentials {
        if let credentials { return credentials }
        guard let failure = record.failure else {
            throw CommandFailure(
                .internalError,
                code: "no-reason",
                "\(record.mapping): there are no credentials, and no reason was reported.",
                fix: "Try again with --log-file, and report the log."
            )
        }
        throw CommandFailure(failure, of: record.mapping)
    }
}

extension CredentialCache {
    /// Creates the cache that a configuration describes, for a process with these environment variables.
    ///
    /// `isEnabled` overrides the configuration.
    package init(
        _ configuration: Configuration,
        isEnabled: Bool? = nil,
        variables: [String: String],
        reportError: @escaping @Sendable (String) -> Void
    ) {
        let environment = SourceEnvironment.machine(variables: variables)
        self.init(
            isEnabled: isEnabled ?? configuration.cachesCredentials,
            endpoints: configuration.endpoints,
            hostFacts: { environment.facts(of: $0) },
            reportError: reportError
        )
    }
}
