import Azure
package import CredentialDelivery
package import Federation

extension CredentialCache {
    /// Creates the cache that a configuration describes, for a process with these environment variables.
    ///
    /// `isEnabled` overrides the configuration.
    package init(
        _ configuration: Configuration,
        isEnabled: Bool? = nil,
        variables: [String: String],
        reportError: @escaping @Sendable (String) -> Void
    ) {
        let environment = SourceEnvironment.machine(variables: variables)
        self.init(
            isEnabled: isEnabled ?? configuration.cachesCredentials,
            endpoints: configuration.endpoints,
            hostFacts: { environment.facts(of: $0) },
            reportError: reportError
        )
    }
}
