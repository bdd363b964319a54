/// The name in an identifier URI, with which another URI can be proposed.
package enum AudienceName {
    /// The characters of a name that every tenant accepts.
    private static let accepted = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")

    /// Returns the identifier URI with the same name that the default policy of the tenant accepts.
    ///
    /// Source: Microsoft Entra, "Restrictions on identifier URIs of applications": `api://TENANT/NAME`.
    package static func uri(like uri: String, tenantID: String) -> String {
        let parts = uri.split(separator: "/").map(String.init).filter { !$0.hasSuffix(":") }
        let named = parts.last { part in part.allSatisfy(accepted.contains) && part != tenantID }
        return "api://\(tenantID)/\(named ?? "cambist")"
    }
}
