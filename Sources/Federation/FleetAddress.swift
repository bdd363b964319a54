import FoundationEssentials

/// The URI of the fleet's database, without a password.
///
/// Source: PostgreSQL 15, libpq, 34.1.1.2 "Connection URIs"; names and values are percent-encoded.
package struct FleetAddress: Hashable, Sendable {
    package let uri: String

    private static let secretParameters: Set = ["password", "sslpassword"]

    /// Returns `nil` unless the text has the scheme of a PostgreSQL URI.
    ///
    /// A text with a password, a space, or a control character is also refused.
    package init?(_ uri: String) {
        guard
            let rest = ["postgresql://", "postgres://"].lazy.compactMap({ uri.dropping(prefix: $0) }).first,
            uri.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
        else { return nil }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let user = authority.lastIndex(of: "@").map { authority[..<$0] }
        let parameters = rest.firstIndex(of: "?").map { rest[rest.index(after: $0)...] } ?? ""
        let names = parameters.split(separator: "&").map { parameter in
            let name = String(parameter.prefix { $0 != "=" })
            return name.percentDecoded ?? name
        }
        guard user?.contains(":") != true, Self.secretParameters.isDisjoint(with: names) else { return nil }
        self.uri = uri
    }
}

extension String {
    fileprivate func dropping(prefix: String) -> Substring? {
        hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }
}
