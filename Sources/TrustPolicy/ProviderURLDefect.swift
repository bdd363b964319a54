import Federation

/// A part of a provider's URL that IAM does not accept (for example, a port).
///
/// Sources:
/// - IAM API reference, CreateOpenIDConnectProvider: the URL begins with `https://` and has no port and no query.
/// - OpenID Connect Core 1.0, section 2, `iss`: only a host, a port, and a path follow the scheme.
package struct ProviderURLDefect: Hashable, Sendable {
    /// The description of the part: `a port (:8443)`.
    package let part: String
    /// The URL without `https://` and without any part that IAM does not accept.
    package let corrected: String

    /// Finds the first part that IAM does not accept in a URL, with or without `https://`; `nil` for a valid URL.
    package init?(in url: String) {
        let text = OIDCProvider.hostAndPath(of: url)
        let visible = text.withoutBlanks.filter { !Self.quotes.contains($0) && $0 != " " }
        let separator = visible.firstRange(of: "://").flatMap { range in
            visible[..<range.lowerBound].allSatisfy { $0.isASCII && $0.isLetter } ? range : nil
        }
        let scheme = separator.map { visible[..<$0.upperBound] } ?? ""
        let plain = visible.dropFirst(scheme.count)
        let rest = plain.prefix { !"?#".contains($0) }
        let authority = rest.prefix { $0 != "/" }
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        let address = host.hasPrefix("[") ? host.prefix { $0 != "]" } : host.prefix(0)
        let name = host.prefix(address.count + host.dropFirst(address.count).prefix { $0 != ":" }.count)
        let port = host.dropFirst(name.count)
        let surplus = plain.dropFirst(rest.count)
        if let blank = text.firstBlank(missingIn: String(text.unicodeScalars.filter { !$0.isBlank })) {
            part = blank
        } else if text.contains(where: Self.quotes.contains) {
            part = "quotation marks"
        } else if !scheme.isEmpty {
            part = "the scheme \(scheme)"
        } else if authority.count > host.count {
            part = "user information (before the @)"
        } else if !port.isEmpty {
            part = "a port (\(port))"
        } else if !surplus.isEmpty {
            part = "\(surplus.hasPrefix("?") ? "a query" : "a fragment") (\(surplus))"
        } else {
            return nil
        }
        corrected = String(name) + rest.dropFirst(authority.count)
    }

    private static let quotes: Set<Character> = ["\"", "'", "`", "\u{201C}", "\u{201D}"]
}
