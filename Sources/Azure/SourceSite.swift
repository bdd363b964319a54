import Federation
import Foundation
import Transport

/// What a source is made from: this host, and the identity that it shall serve.
struct SourceSite: Sendable {
    let identity: ManagedIdentity
    let transport: HTTPTransport
    let endpoints: Endpoints
    let environment: SourceEnvironment
    let time: any TimeSource

    /// The value of a variable that a source cannot do without.
    func variable(_ name: String, for kind: TokenSourceKind) throws(TokenSourceError) -> Secret {
        guard let value = environment.value(name) else { throw .unavailable(source: kind, missing: name) }
        return Secret(value)
    }

    /// The address that a variable holds.
    func address(_ name: String, for kind: TokenSourceKind) throws(TokenSourceError) -> URL {
        guard let value = environment.value(name) else { throw .unavailable(source: kind, missing: name) }
        guard let url = URL(string: value), url.host() != nil else {
            throw .unavailable(source: kind, missing: "an address in \(name)")
        }
        return url
    }

    /// The asking side of a source's endpoint, with the identity's own time bound where it has one.
    func endpoint(_ kind: TokenSourceKind, _ rules: RetryRules, gate: RequestGate? = nil) -> TokenEndpoint {
        var endpoint = TokenEndpoint(kind: kind, transport: transport, time: time, rules: rules, gate: gate)
        if let timeout = identity.settings.timeout { endpoint.limit = timeout }
        return endpoint
    }
}

extension URL {
    /// This address with a query, added to the one that it may have.
    func asking(_ query: [(name: String, value: String)]) -> URL {
        let separator = self.query() == nil ? "?" : "&"
        return URL(string: absoluteString + separator + FormEncoding.encode(query)) ?? self
    }
}
