import Federation

/// The resource and the client in the text of an Entra error.
///
/// Source: Microsoft Entra authentication and authorization error codes; texts as in public reports.
struct RefusalFacts: Hashable {
    /// The requested resource: an identifier URI or a client ID.
    let resource: String?
    /// The client ID of the application that requested the token.
    let clientID: String?

    init(_ message: String) {
        resource = Self.value(
            in: message,
            /\bresource principal named '?([^\s']+)'? was not found/,
            /\bservice principal for resource '([^\s']+)'/,
            /\bto a role for the application '([^\s']+)'/,
            /\baccess to a service \(["']([^\s"']+)["']\)/
        )
        clientID = Self.value(
            in: message,
            /\bapp '([-0-9A-Fa-f]{36})'/,
            /\bApplication '([-0-9A-Fa-f]{36})'.*? is (?:not assigned|disabled)/,
            /\bApplication with identifier '([-0-9A-Fa-f]{36})'/,
            /\bclient application '?([-0-9A-Fa-f]{36})'? is missing/
        )
    }

    private static func value(in text: String, _ patterns: Regex<(Substring, Substring)>...) -> String? {
        patterns.lazy.compactMap { text.firstMatch(of: $0) }.first.map { String($0.output.1) }
    }
}

extension DiagnosisContext {
    private var refusalFacts: RefusalFacts? { tokenFailure.map { RefusalFacts($0.message) } }

    /// The requested audience, from the mapping or from Entra's error.
    var requestedAudience: String? { request.audience ?? refusalFacts?.resource }

    /// The client ID in Entra's error.
    var refusedClientID: String? { refusalFacts?.clientID }
}
