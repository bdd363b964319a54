import Foundation

/// A scope's name behind an application's identifier URI: `/.default` in `api://…/.default`.
///
/// Libraries for users request scopes; a managed identity's endpoint expects the URI alone.
/// Source: Microsoft identity platform, scopes and permissions; formats of identifier URIs.
package struct AudienceScope: Hashable, Sendable {
    /// The identifier URI without the scope.
    package let uri: String
    /// The scope's name with its slash.
    package let name: String

    private static let usualNames: Set = [".default", "user_impersonation", "access_as_user"]

    /// Finds the scope of an audience; `nil` where the last segment may belong to the URI.
    ///
    /// - Parameters:
    ///   - audience: The audience.
    ///   - tenantID: The tenant, behind whose id any name may stand; `nil` where it is unknown.
    package init?(of audience: String, tenantID: String?) {
        guard let scheme = audience.firstRange(of: "://")?.upperBound,
            let slash = audience.lastIndex(of: "/"), slash > scheme
        else { return nil }
        let name = audience[audience.index(after: slash)...]
        let isUsual = Self.usualNames.contains(name.lowercased())
        guard isUsual || Self.isScope(name, behind: audience[scheme..<slash], tenantID, audience) else {
            return nil
        }
        uri = String(audience[..<slash])
        self.name = String(audience[slash...])
    }

    /// Whether a name stands behind an application's id, `api://APPLICATION/NAME`, rather than a tenant's.
    private static func isScope(
        _ name: Substring,
        behind authority: Substring,
        _ tenantID: String?,
        _ audience: String
    ) -> Bool {
        guard let tenantID, audience.hasPrefix("api://"), !name.isEmpty,
            UUID(uuidString: String(name)) == nil
        else { return false }
        return UUID(uuidString: String(authority)) != nil && authority.lowercased() != tenantID.lowercased()
    }
}
