import TrustPolicy

/// Whether the directory takes a URI as a new identifier URI of an application with v1 tokens.
///
/// Since 2025 a policy of every tenant refuses what names neither the tenant, nor the application, nor a verified
/// domain. URIs that an application has already are not touched. Source: Microsoft Entra, "Restrictions on
/// identifier URIs of Microsoft Entra applications".
package enum IdentifierURIAdmission: Hashable, Sendable {
    case accepted
    /// Taken when the host is a domain that the tenant has verified, which only the directory knows.
    case needsVerifiedDomain(String)
    /// Names the application's own id, which is not known before the application exists.
    case needsApplicationID(String)
    /// The tenant's default policy refuses it, or it breaks the form of identifier URIs.
    case refused(reason: String)

    /// Judges a URI; GUIDs are compared without regard to case.
    package init(_ uri: String, tenantID: String) {
        let parts = uri.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, ["api", "https", "http", "ms-appx"].contains(parts[0].lowercased()) else {
            self = .refused(reason: "it begins with none of api://, https://, http:// and ms-appx://")
            return
        }
        let segments = parts[1].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let host = segments.first, !segments.contains(""), uri.count <= 255,
            !uri.contains(where: \.isWhitespace)
        else {
            self = .refused(reason: "it is too long, or has a blank, an empty segment or a slash at the end")
            return
        }
        self = Self.judged(scheme: parts[0].lowercased(), host: host, segments: segments, tenantID: tenantID)
    }

    private static func judged(
        scheme: String,
        host: String,
        segments: [String],
        tenantID: String
    ) -> IdentifierURIAdmission {
        if scheme != "api" { return .needsVerifiedDomain(host) }
        if host.lowercased() == tenantID.lowercased() {
            return segments.count > 1
                ? .accepted : .refused(reason: "the tenant's id stands alone; a name belongs after it")
        }
        if let id = segments.first(where: \.isGUID) { return .needsApplicationID(id.lowercased()) }
        if host.contains(".") { return .needsVerifiedDomain(host) }
        return .refused(reason: "it names neither the tenant nor the application nor a verified domain")
    }
}
