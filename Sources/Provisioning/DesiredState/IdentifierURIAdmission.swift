import Federation
import TrustPolicy

/// The directory's expected decision on a new identifier URI, for an application with version 1 tokens.
///
/// Since 2025, a tenant's default policy accepts a new URI only with the tenant ID, the application ID, or a verified
/// domain.
///
/// Source: Microsoft Entra, "Restrictions on identifier URIs of Microsoft Entra applications".
package enum IdentifierURIAdmission: Hashable, Sendable {
    case accepted
    /// Accepted if the host is a verified domain of the tenant; only the directory knows the domains.
    case needsVerifiedDomain(String)
    /// Accepted if the GUID in the URI is the ID of the application, which is assigned at creation.
    case needsApplicationID(String)
    /// Refused by the default policy, or not a valid identifier URI.
    case refused(reason: String)

    /// Evaluates a URI; GUIDs are compared ignoring case.
    package init(_ uri: String, tenantID: String) {
        let parts = uri.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, ["api", "https", "http", "ms-appx"].contains(parts[0].lowercased()) else {
            self = .refused(reason: "it does not begin with api://, https://, http://, or ms-appx://")
            return
        }
        let segments = parts[1].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let host = segments.first, !segments.contains(""), uri.count <= 255,
            !uri.contains(where: \.isWhitespace)
        else {
            self = .refused(reason: "it is too long, or has a space, an empty segment, or a trailing slash")
            return
        }
        self = Self.evaluated(
            scheme: parts[0].lowercased(),
            host: host,
            segments: segments,
            tenantID: tenantID
        )
    }

    private static func evaluated(
        scheme: String,
        host: String,
        segments: [String],
        tenantID: String
    ) -> IdentifierURIAdmission {
        if scheme != "api" { return .needsVerifiedDomain(host) }
        if host.lowercased() == tenantID.lowercased() {
            return segments.count > 1
                ? .accepted : .refused(reason: "a name is missing after the tenant's ID")
        }
        if let id = segments.first(where: \.isGUID) { return .needsApplicationID(id.lowercased()) }
        if host.contains(".") { return .needsVerifiedDomain(host) }
        return .refused(reason: "it names neither the tenant nor the application nor a verified domain")
    }
}

extension Failure {
    /// Returns the failure of a setup for the audience of a Microsoft application; `nil` for any other audience.
    ///
    /// A tenant cannot change a Microsoft application. Tokens for the application are valid for a Microsoft service.
    /// AWS receives the tokens and could replay the tokens to the service.
    static func microsoftAudience(_ audience: String, tenantID: String) -> Failure? {
        guard let resource = MicrosoftResource(audience: audience) else { return nil }
        return Failure(
            kind: .refused,
            code: "audience-microsoft",
            message:
                "The audience \(audience) is \(resource.name), an application of Microsoft that setup does not change. With "
                + "this audience, AWS would receive tokens that are valid for \(resource.name).",
            fix:
                "Set audience to the identifier URI of your own application, such as api://\(tenantID)/NAME "
                + "(`cambist config edit`)."
        )
    }
}
