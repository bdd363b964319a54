import Federation
import FoundationEssentials
import Transport

/// The properties of this host that determine the token source.
package struct SourceEnvironment: Sendable {
    package let variables: [String: String]
    /// The only accepted directory for key files of the Arc agent.
    package let arcKeyDirectory: String
    package let fileExists: @Sendable (String) -> Bool

    package init(
        variables: [String: String],
        arcKeyDirectory: String = "/var/opt/azcmagent/tokens",
        fileExists: @escaping @Sendable (String) -> Bool
    ) {
        self.variables = variables
        self.arcKeyDirectory = arcKeyDirectory
        self.fileExists = fileExists
    }

    /// Returns the environment of this machine, with the given environment variables.
    package static func machine(variables: [String: String]) -> SourceEnvironment {
        SourceEnvironment(variables: variables) { FileManager.default.fileExists(atPath: $0) }
    }

    /// Whether the program exists at its path or, for a bare name, in a directory of `PATH`.
    func hasProgram(_ name: String) -> Bool {
        if name.contains("/") { return fileExists(name) }
        return (value("PATH") ?? "").split(separator: ":").contains { fileExists("\($0)/\(name)") }
    }

    /// Returns the value of a variable; an empty value counts as absent.
    func value(_ name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// The context for creating a source: this host and the identity.
struct SourceContext: Sendable {
    let identity: ManagedIdentity
    let sources: TokenSources

    var environment: SourceEnvironment { sources.environment }
    var time: any TimeSource { sources.time }

    /// The base URL of Entra for the identity.
    var authority: URL {
        identity.settings.authority ?? sources.endpoints.authority ?? EntraClient.publicAuthority
    }

    /// Returns the value of a variable that the source requires.
    func variable(_ name: String, for kind: TokenSourceKind) throws(TokenSourceError) -> Secret {
        guard let value = environment.value(name) else { throw .unavailable(source: kind, missing: name) }
        return Secret(value)
    }

    /// Returns the URL in a variable that the source requires.
    func address(_ name: String, for kind: TokenSourceKind) throws(TokenSourceError) -> URL {
        guard let value = environment.value(name) else { throw .unavailable(source: kind, missing: name) }
        guard let url = URL(string: value), url.host() != nil else {
            throw .unavailable(source: kind, missing: "an address in \(name)")
        }
        return url
    }

    /// Returns a client for the source's endpoint.
    ///
    /// The identity's `timeout`, if set, limits the time of each attempt and the total time of all attempts.
    func endpoint(_ kind: TokenSourceKind, _ policy: RetryPolicy, limiter: RequestLimiter? = nil)
        -> TokenEndpoint
    {
        var policy = policy
        if let timeout = identity.settings.timeout { policy.limit = min(policy.limit, timeout) }
        var endpoint = TokenEndpoint(
            kind: kind,
            transport: sources.transport,
            time: time,
            policy: policy,
            limiter: limiter
        )
        if let timeout = identity.settings.timeout { endpoint.limit = timeout }
        return endpoint
    }

    /// Returns the obstacle to a source that needs the file; `nil` if the file exists.
    func missingFile(_ file: String?) -> String? {
        guard let file, !environment.fileExists(file) else { return nil }
        return "the file \(file) is missing"
    }

    /// Returns the obstacle to a source that needs the program; `nil` if the program exists.
    func missingProgram(_ name: String?) -> String? {
        guard let name, !environment.hasProgram(name) else { return nil }
        return "the program \(name) is missing"
    }
}

extension URL {
    /// Returns this URL with the query parameters appended.
    func appending(query: [(name: String, value: String)]) -> URL {
        let separator = self.query() == nil ? "?" : "&"
        return URL(string: absoluteString + separator + FormEncoding.encode(query)) ?? self
    }
}
