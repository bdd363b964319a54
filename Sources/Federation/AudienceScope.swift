/// The scope that follows an application's identifier URI: `/.default` in `api://…/.default`.
///
/// Authentication libraries request scopes; the token endpoint of a managed identity expects the URI alone.
/// Source: Microsoft identity platform, scopes and permissions; formats of identifier URIs.
package struct AudienceScope: Hashable, Sendable {
    /// The identifier URI without the scope.
    package let uri: String
    /// The scope's name with its leading slash.
    package let name: String

    private static let commonNames: Set = [".default", "user_impersonation", "access_as_user"]

    /// Splits an audience; `nil` if the last segment may belong to the URI.
    ///
    /// - Parameters:
    ///   - audience: The audience.
    ///   - tenantID: The tenant's ID, `nil` if unknown; in `api://TENANT/NAME`, the name belongs to the URI.
    package init?(of audience: String, tenantID: String?) {
        let bytes = audience.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8),
            let scheme = bytes.index(colon, offsetBy: 3, limitedBy: bytes.endIndex),
            let slash = bytes.lastIndex(of: UInt8(ascii: "/")), slash > scheme
        else { return nil }
        let name = audience[audience.index(after: slash)...]
        let isUsual = Self.commonNames.contains(name.lowercased())
        guard isUsual || Self.isScope(name, following: audience[scheme..<slash], tenantID, audience) else {
            return nil
        }
        uri = String(audience[..<slash])
        self.name = String(audience[slash...])
    }

    /// Splits an audience that begins with the identifier URI of an application; `nil` for another audience.
    package init?(of audience: String, uri: String) {
        let name = audience.utf8.dropFirst(uri.utf8.count)
        guard audience.utf8.starts(with: uri.utf8), name.count > 1, name.first == UInt8(ascii: "/"),
            !name.dropFirst().contains(UInt8(ascii: "/"))
        else { return nil }
        self.uri = uri
        self.name = String(name) ?? ""
    }

    /// Whether a name follows an application's ID and not the tenant's ID, as in `api://APPLICATION/NAME`.
    private static func isScope(
        _ name: Substring,
        following authority: Substring,
        _ tenantID: String?,
        _ audience: String
    ) -> Bool {
        guard let tenantID, audience.hasPrefix("api://"), !name.isEmpty, authority.isGUID, !name.isGUID else {
            return false
        }
        return authority.lowercased() != tenantID.lowercased()
    }
}

/// Proposes an identifier URI that keeps the name of another identifier URI.
package enum AudienceName {
    /// The characters that are accepted in a name in every tenant.
    private static let accepted = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")

    /// Returns an identifier URI in the form that the tenant's default policy accepts.
    ///
    /// The name is from `uri`; if `uri` has no suitable name, the name is `cambist`.
    ///
    /// Source: Microsoft Entra, "Restrictions on identifier URIs of applications": `api://TENANT/NAME`.
    package static func uri(like uri: String, tenantID: String) -> String {
        let parts = uri.split(separator: "/").map(String.init).filter { !$0.hasSuffix(":") }
        let named = parts.last { part in part.allSatisfy(accepted.contains) && part != tenantID }
        return "api://\(tenantID)/\(named ?? "cambist")"
    }
}
