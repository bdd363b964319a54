import ConfigurationFile
import CredentialDelivery
import ExchangeEngine
package import Federation
import Foundation
import Transport

/// Credentials of one mapping for one process: from the kernel's keyring while they last, otherwise from an exchange.
///
/// The configuration is read once, by the initializer; a cache hit opens nothing else.
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
    /// - Throws: ``CommandFailure`` when it cannot be used, or has no such mapping.
    package init(of name: RoleMapping.ID, _ options: ContextOptions) throws(CommandFailure) {
        self.options = options
        text = try ConfigurationText.find(options)
        configuration = try text.read()
        mapping = try configuration.requiredMapping(name)
        identity = configuration.identity(of: mapping)
        cache = CredentialCache(
            isEnabled: configuration.cachesCredentials,
            endpoints: configuration.endpoints,
            reportError: options.warn
        )
    }

    /// Returns the credentials in the keyring, if their remaining lifetime is sufficient.
    package mutating func cached() -> SessionCredentials? {
        cache.credentials(for: mapping, of: identity, at: time.now)
    }

    /// Exchanges the mapping's token, passes the credentials to `deliver`, and stores them in the keyring.
    ///
    /// If several processes do this for one mapping concurrently, one exchanges and the others deliver its
    /// credentials. The record of the exchange is stored after the delivery.
    ///
    /// - Parameters:
    ///   - replacesProcess: Whether `deliver` does not return; the record is then stored before it, within two seconds.
    ///   - progress: Runs the exchange, and may show progress if it takes long.
    ///   - deliver: Receives the credentials.
    /// - Throws: ``CommandFailure`` with the reason why there are no credentials, and what `deliver` throws.
    package mutating func exchange(
        replacesProcess: Bool = false,
        progress: (() async throws -> SessionCredentials) async throws -> SessionCredentials,
        deliver: (SessionCredentials) async throws -> Void
    ) async throws {
        let lock = FileLock(
            path: "\(options.location.stateDirectory)/locks/\(mapping.id).lock",
            time: time
        )
        let context = try ApplicationContext.open(text, options, configuration: configuration)
        do {
            let credentials = try await progress {
                try await lock.hold {
                    if let credentials = cached() { return credentials }
                    let exchange = await context.engine.exchange(
                        mapping,
                        options: ExchangeOptions(verifies: false)
                    )
                    let credentials = try exchange.requireCredentials()
                    cache.keep(credentials, for: mapping, of: identity, at: time.now)
                    return credentials
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
    /// The credentials.
    ///
    /// - Throws: ``CommandFailure`` with the reason why there are none.
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
