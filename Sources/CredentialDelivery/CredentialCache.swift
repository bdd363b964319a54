import Crypto
package import Federation
package import Foundation

/// Credentials kept between runs of the program, one entry for each mapping as it is configured now.
///
/// A kernel that refuses is complained of once; from then on nothing is kept and nothing found.
package struct CredentialCache: Sendable {
    private var keyring: Keyring?
    private let endpoints: Endpoints
    private let complain: @Sendable (String) -> Void

    /// A cache in the kernel's keyring, or none; `complain` hears why the kernel refuses.
    package init(isEnabled: Bool, endpoints: Endpoints, complain: @escaping @Sendable (String) -> Void) {
        keyring = isEnabled ? Keyring() : nil
        self.endpoints = endpoints
        self.complain = complain
    }

    /// Credentials of the mapping with enough life left to hand out.
    package mutating func credentials(
        for mapping: RoleMapping,
        of identity: ManagedIdentity,
        at now: Date
    ) -> SessionCredentials? {
        do throws(KeyringError) {
            let data = try keyring?.read(name(of: mapping, identity))
            let stored = data.flatMap { StoredCredentials(data: $0, now: now) }
            return stored.flatMap { $0.isWorthGiving(at: now) ? $0.credentials : nil }
        } catch {
            giveUp(error)
            return nil
        }
    }

    /// Keeps credentials until they end.
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
            giveUp(error)
        }
    }

    private mutating func giveUp(_ error: KeyringError) {
        keyring = nil
        complain(error.description)
    }

    /// Throws a mapping's credentials away.
    package func forget(_ mapping: RoleMapping, of identity: ManagedIdentity) {
        try? keyring?.remove(name(of: mapping, identity))
    }

    /// The entry's name: it changes with everything that the credentials depend on.
    private func name(of mapping: RoleMapping, _ identity: ManagedIdentity) -> String {
        let facts =
            [
                mapping.audience, mapping.roleARN.description, mapping.sessionName, mapping.region,
                DurationText.format(mapping.duration), mapping.policyFile ?? "",
                mapping.policyFile.flatMap(FileManager.default.contents).map(Self.digest) ?? "",
            ] + mapping.policyARNs.map(\.description)
            + [
                identity.id, identity.tenantID, identity.clientID, identity.principalID, identity.resourceID,
                identity.source.rawValue, endpoints.sts?.absoluteString,
            ].map { $0 ?? "" }
        return "\(mapping.id):\(Self.digest(Data(facts.joined(separator: "\u{0}").utf8)))"
    }

    private static func digest(_ data: Data) -> String {
        SHA256.hash(data: data).prefix(8).hexadecimal
    }
}
