import Federation

/// The part of a URL because of which IAM can have no provider with the URL.
///
/// Source: IAM API reference, CreateOpenIDConnectProvider: the URL has no port and no query.
package struct ProviderURLDefect: Hashable, Sendable {
    /// The part with its text: `a port (:8443)`.
    package let part: String
    /// The URL without such parts, without `https://`.
    package let corrected: String

    /// Finds the first such part; `nil` if IAM can have the URL.
    ///
    /// - Parameter url: The URL, with or without `https://`.
    package init?(in url: String) {
        let text = OIDCProvider.hostAndPath(of: url)
        let plain = text.withoutBlanks.filter { !Self.quotes.contains($0) && $0 != " " }
        let rest = plain.prefix { !"?#".contains($0) }
        let host = rest.prefix { $0 != "/" }
        let name = host.prefix { $0 != ":" }
        let port = host.dropFirst(name.count)
        let surplus = plain.dropFirst(rest.count)
        if let blank = text.firstBlank(missingIn: String(text.unicodeScalars.filter { !$0.isBlank })) {
            part = blank
        } else if text.contains(where: Self.quotes.contains) {
            part = "quotation marks"
        } else if !port.isEmpty {
            part = "a port (\(port))"
        } else if !surplus.isEmpty {
            part = "\(surplus.hasPrefix("?") ? "a query" : "a fragment") (\(surplus))"
        } else {
            return nil
        }
        corrected = String(name) + rest.dropFirst(host.count)
    }

    private static let quotes: Set<Character> = ["\"", "'", "`", "\u{201C}", "\u{201D}"]
}
