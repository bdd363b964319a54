import Crypto
import ExchangeEngine
package import Federation
package import FoundationEssentials

/// A cache of credentials that persists between runs, in the kernel keyring.
///
/// If the kernel refuses to read or write an entry, the cache reports the error once and disables itself.
package struct CredentialCache: Sendable {
    private var keyring: Keyring?
    private let endpoints: Endpoints
    private let hostFacts: @Sendable (ManagedIdentity) -> [String]
    private let reportError: @Sendable (String) -> Void

    /// Whether the cache stores credentials; `false` after the kernel has refused to read or write an entry.
    package var isEnabled: Bool { keyring != nil }

    /// Creates a cache in the keyring, or a disabled cache.
    ///
    /// - Parameters:
    ///   - isEnabled: Whether the keyring is used.
    ///   - endpoints: The endpoints of the configuration.
    ///   - hostFacts: Returns the facts about this host, such as environment variables, that determine the identity of
    ///     a token.
    ///   - reportError: Receives the kernel's error.
    package init(
        isEnabled: Bool,
        endpoints: Endpoints,
        hostFacts: @escaping @Sendable (ManagedIdentity) -> [String],
        reportError: @escaping @Sendable (String) -> Void
    ) {
        keyring = isEnabled ? Keyring() : nil
        self.endpoints = endpoints
        self.hostFacts = hostFacts
        self.reportError = reportError
    }

    /// Returns the cached credentials of a mapping if enough lifetime is left.
    package mutating func credentials(
        for mapping: RoleMapping,
        of identity: ManagedIdentity,
        at now: Date
    ) -> SessionCredentials? {
        do throws(KeyringError) {
            let data = try keyring?.read(name(of: mapping, identity))
            let stored = data.flatMap { StoredCredentials(data: $0, now: now) }
            return stored.flatMap { $0.hasSufficientLifetime(at: now) ? $0.credentials : nil }
        } catch {
            disable(error)
            return nil
        }
    }

    /// Returns the issue time and the expiration of the mapping's stored credentials, if any.
    package mutating func life(
        for mapping: RoleMapping,
        of identity: ManagedIdentity,
        at now: Date
    ) -> (issued: Date, expiry: Date)? {
        do throws(KeyringError) {
            let data = try keyring?.read(name(of: mapping, identity))
            let stored = data.flatMap { StoredCredentials(data: $0, now: now) }
            return stored.map { ($0.credentials.issued, $0.credentials.expiration) }
        } catch {
            disable(error)
            return nil
        }
    }

    /// Stores credentials until they expire.
    package mutating func keep(
        _ credentials: SessionCredentials,
        for mapping: RoleMapping,
        of identity: ManagedIdentity,
        at now: Date
    ) {
        guard let keyring, let data = try? StoredCredentials(credentials).data() else { return }
        do throws(KeyringError) {
            try keyring.write(name(of: mapping, identity), data, life: credentials.remaining(at: now))
        } catch {
            disable(error)
        }
    }

    private mutating func disable(_ error: KeyringError) {
        keyring = nil
        reportError(error.description)
    }

    /// Removes the credentials of a mapping; ignores the kernel's error, if any.
    package func remove(_ mapping: RoleMapping, of identity: ManagedIdentity) {
        try? keyring?.remove(name(of: mapping, identity))
    }

    /// Returns the name of a mapping's entry; includes a digest of the settings that affect the issued credentials.
    func name(of mapping: RoleMapping, _ identity: ManagedIdentity) -> String {
        var digest = SHA256()
        let facts =
            Self.facts(of: mapping) + Self.facts(of: identity) + facts(of: endpoints) + hostFacts(identity)
        for fact in facts {
            // The length before each value makes the encoding unambiguous.
            digest.update(data: Data("\(fact.utf8.count):\(fact)".utf8))
        }
        return "\(mapping.id):\(digest.finalize().prefix(8).hexadecimal)"
    }

    private static func facts(of mapping: RoleMapping) -> [String] {
        var facts = ownFacts(of: mapping)
        if let hub = mapping.hub, let chained = mapping.chained {
            facts += [chained.externalID ?? "", chained.sourceIdentity ?? "", String(chained.tags.count)]
            facts += chained.tags.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
            facts += [String(chained.transitiveTags.count)] + chained.transitiveTags + Self.facts(of: hub)
        }
        return facts
    }

    private static func ownFacts(of mapping: RoleMapping) -> [String] {
        [
            mapping.audience, mapping.roleARN.description, mapping.sessionName, mapping.region,
            DurationText.format(mapping.duration), mapping.policyFile ?? "",
            mapping.policyFile.flatMap { try? PolicyFile.read($0) }.map { text in
                SHA256.hash(data: Data(text.utf8)).hexadecimal
            } ?? "",
            String(mapping.policyARNs.count),
        ] + mapping.policyARNs.map(\.description)
    }

    private static func facts(of identity: ManagedIdentity) -> [String] {
        let settings = identity.settings
        let optional = [
            identity.tenantID, identity.clientID, identity.principalID, identity.resourceID,
            settings.secretVariable, settings.secretFile, settings.certificateFile,
            settings.certificatePasswordVariable, settings.tokenFile, settings.authority?.absoluteString,
            settings.federatedIdentity,
        ]
        return [identity.id, String(identity.isSystemAssigned), identity.source.rawValue]
            + optional.map { $0 ?? "" } + [String(settings.command.count)] + settings.command
    }

    private func facts(of endpoints: Endpoints) -> [String] {
        [endpoints.sts, endpoints.authority, endpoints.imds].map { $0?.absoluteString ?? "" }
    }
}
