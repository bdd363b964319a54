import Federation

package import struct FoundationEssentials.URL

/// The settings in the environment variables and profiles of AWS tools.
package struct AWSSettings: Sendable {
    private let variables: [String: String]
    private let profiles: AWSProfiles
    /// The profile that cambist's configuration sets for the operator's own credentials.
    private let configuredProfile: String?

    package init(variables: [String: String], profiles: AWSProfiles, profile: String? = nil) {
        self.variables = variables
        self.profiles = profiles
        configuredProfile = profile
    }

    /// Determines the origin of the operator's credentials.
    ///
    /// - Throws: ``CredentialError`` if no credentials exist or cambist does not support their mechanism.
    package func credentials() throws(CredentialError) -> ResolvedCredentials {
        try ResolvedCredentials.find(variables: variables, profile: configuredProfile, profiles: profiles)
    }

    /// The environment variable that the operator must set to select a different profile.
    package var profileVariable: String { ResolvedCredentials.profileVariable(variables) }

    /// The names of all profiles, sorted.
    package var profileNames: [String] { profiles.names }

    /// Returns the origin of a profile's credentials.
    ///
    /// - Throws: ``CredentialError`` if the profile has no credentials or cambist does not support their mechanism.
    package func credentials(ofProfile name: String) throws(CredentialError) -> ResolvedCredentials {
        try ResolvedCredentials.find(variables: variables, profile: name, profiles: profiles)
    }

    /// Returns the resolved credentials of an account's first usable profile, if any.
    package func credentials(ofAccount account: String) -> ResolvedCredentials? {
        profiles.names(ofAccount: account).lazy.compactMap { name in
            try? ResolvedCredentials.find(variables: variables, profile: name, profiles: profiles)
        }
        .first
    }

    /// The profiles in environment variables that have no effect (for example, `profile admin (AWS_PROFILE)`).
    ///
    /// Another variable (for example, `AWS_ACCESS_KEY_ID`) takes precedence over a variable in the list. The list is
    /// empty if cambist's configuration sets a profile.
    package var shadowed: [String] {
        guard configuredProfile == nil else { return [] }
        let named = ResolvedCredentials.profileVariables.filter { variables[$0]?.isEmpty == false }
        let overriddenNames =
            variables["AWS_ACCESS_KEY_ID"]?.isEmpty == false ? named[...] : named.dropFirst()
        let selectedProfile =
            variables["AWS_ACCESS_KEY_ID"]?.isEmpty == false ? nil : named.first.flatMap { variables[$0] }
        return overriddenNames.compactMap { name in
            variables[name].flatMap { $0 == selectedProfile ? nil : "profile \($0) (\(name))" }
        }
    }

    /// The endpoint variant; environment variables take precedence over the profile.
    package var variant: AWSEndpoint.Variant {
        let profile = profiles[ResolvedCredentials.profileName(variables)]
        let isEnabled = { (variable: String, key: String) in
            (variables[variable] ?? profile?.text(key))?.lowercased() == "true"
        }
        var variant: AWSEndpoint.Variant = []
        if isEnabled("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint") { variant.insert(.fips) }
        if isEnabled("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint") { variant.insert(.dualStack) }
        return variant
    }

    /// The maximum number of attempts per call: `AWS_MAX_ATTEMPTS` or, if unset, `max_attempts` of the profile.
    ///
    /// Without a valid number, the value is 3.
    package var attempts: Int {
        let profile = profiles[ResolvedCredentials.profileName(variables)]
        return (variables["AWS_MAX_ATTEMPTS"] ?? profile?.text("max_attempts")).flatMap { Int($0) } ?? 3
    }

    /// Returns the custom endpoint of a service, if any.
    ///
    /// The order of precedence is:
    /// 1. the service's environment variable (for example, `AWS_ENDPOINT_URL_STS`)
    /// 2. `AWS_ENDPOINT_URL`
    /// 3. the `services` section of the profile
    /// 4. the profile itself
    ///
    /// An empty value means no custom endpoint. All settings are ignored if `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` or
    /// the profile's `ignore_configured_endpoint_urls` is `true`.
    ///
    /// Source: AWS SDKs and Tools reference guide, service-specific endpoints.
    ///
    /// - Throws: ``AWSEndpointError/unusableAddress(_:)`` if the value is not an HTTPS URL. HTTP is accepted
    ///   only for loopback and link-local addresses.
    package func address(of service: Service) throws(AWSEndpointError) -> URL? {
        guard let text = setting(of: service)?.text else { return nil }
        guard let url = URL(string: text), let host = url.host(),
            url.scheme == "https" || url.scheme == "http" && LocalNetwork.contains(host)
        else { throw .unusableAddress(text) }
        return url
    }

    /// Returns the variable or profile that sets a custom endpoint; `nil` if there is none.
    package func addressOrigin(of service: Service) -> String? {
        setting(of: service)?.origin
    }

    private func setting(of service: Service) -> (text: String, origin: String)? {
        let profile = profileName(for: service)
        let ignored = [
            variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"],
            profiles[profile]?.text("ignore_configured_endpoint_urls"),
        ]
        if ignored.contains(where: { $0?.lowercased() == "true" }) { return nil }
        let names = ["AWS_ENDPOINT_URL_\(service.rawValue.uppercased())", "AWS_ENDPOINT_URL"]
        let found: (text: String, origin: String)? =
            names.lazy.compactMap { name in variables[name].map { (text: $0, origin: name) } }.first
            ?? profiles.endpoint(of: service.rawValue, in: profile).map { ($0, "profile \(profile)") }
        return found.flatMap { $0.text.isEmpty ? nil : $0 }
    }

    /// A service with a configurable endpoint.
    package enum Service: String, CaseIterable, Sendable {
        case sts
        case iam
    }

    /// Returns the profile for a service's endpoint; only IAM uses the profile in cambist's configuration.
    private func profileName(for service: Service) -> String {
        let usual = ResolvedCredentials.profileName(variables)
        return service == .iam ? configuredProfile ?? usual : usual
    }
}
