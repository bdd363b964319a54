/// A Microsoft Entra identity that requests tokens, as configured.
package struct ManagedIdentity: Hashable, Sendable, Identifiable {
    /// The name under `identities:`.
    package let id: String
    /// The tenant's GUID; required by sources that call Entra directly.
    package var tenantID: String?
    /// The client (application) ID, the token's `appid`; selects the identity.
    package var clientID: String?
    /// The object ID, the token's `oid` and `sub`; selects the identity only if no other selector is set.
    package var principalID: String?
    /// The Azure Resource Manager ID of a user-assigned identity; selects the identity.
    package var resourceID: String?
    /// Whether this is the host's system-assigned identity, which needs no selector.
    package var isSystemAssigned: Bool
    package var source: TokenSourceKind
    /// Settings that only some sources use.
    package var settings: TokenSourceSettings

    package init(
        id: String,
        tenantID: String? = nil,
        clientID: String? = nil,
        principalID: String? = nil,
        resourceID: String? = nil,
        isSystemAssigned: Bool = false,
        source: TokenSourceKind = .auto,
        settings: TokenSourceSettings = TokenSourceSettings()
    ) {
        self.id = id
        self.tenantID = tenantID
        self.clientID = clientID
        self.principalID = principalID
        self.resourceID = resourceID
        self.isSystemAssigned = isSystemAssigned
        self.source = source
        self.settings = settings
    }
}
