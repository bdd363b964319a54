import Federation

package import struct Foundation.URL

/// The settings in the variables and profiles of AWS's tools.
package struct AWSSettings: Sendable {
    private let variables: [String: String]
    private let profiles: AWSProfiles
    /// The profile that the configuration names for the operator's own actions.
    private let ownProfile: String?

    package init(variables: [String: String], profiles: AWSProfiles, profile: String? = nil) {
        self.variables = variables
        self.profiles = profiles
        ownProfile = profile
    }

    /// Returns the origin of the operator's credentials.
    ///
    /// - Throws: ``CredentialError`` when there are none.
    package func credentials() throws(CredentialError) -> ResolvedCredentials {
        try ResolvedCredentials.find(variables: variables, profile: ownProfile, profiles: profiles)
    }

    /// Returns the origin of an account's credentials: its first usable profile.
    package func credentials(ofAccount account: String) -> ResolvedCredentials? {
        profiles.names(ofAccount: account).lazy.compactMap { name in
            try? ResolvedCredentials.find(variables: variables, profile: name, profiles: profiles)
        }
        .first
    }

    /// The profiles in variables that have no effect: `profile admin (AWS_PROFILE)`.
    package var shadowed: [String] {
        guard ownProfile == nil else { return [] }
        let named = ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"].filter { variables[$0]?.isEmpty == false }
        let losers = variables["AWS_ACCESS_KEY_ID"]?.isEmpty == false ? named[...] : named.dropFirst()
        let winner =
            variables["AWS_ACCESS_KEY_ID"]?.isEmpty == false ? nil : named.first.flatMap { variables[$0] }
        return losers.compactMap { name in
            variables[name].flatMap { $0 == winner ? nil : "profile \($0) (\(name))" }
        }
    }

    /// The variant of AWS's public endpoints that the variables, else the profile, select.
    package var variant: AWSEndpoint.Variant {
        let profile = profiles[ResolvedCredentials.profileName(variables)]
        let isWanted = { (variable: String, key: String) in
            (variables[variable] ?? profile?.text(key))?.lowercased() == "true"
        }
        var variant: AWSEndpoint.Variant = []
        if isWanted("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint") { variant.insert(.fips) }
        if isWanted("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint") { variant.insert(.dualStack) }
        return variant
    }

    /// The attempts of a call: `AWS_MAX_ATTEMPTS`, else the profile's `max_attempts`, else 3.
    package var attempts: Int {
        let profile = profiles[ResolvedCredentials.profileName(variables)]
        return (variables["AWS_MAX_ATTEMPTS"] ?? profile?.text("max_attempts")).flatMap { Int($0) } ?? 3
    }

    /// Returns a service's custom endpoint: its variable, the variable for all, the profile's services, the profile.
    ///
    /// `nil` without one, or if `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is set. Source: AWS SDKs and Tools
    /// reference guide, service-specific endpoints.
    ///
    /// - Throws: ``AWSEndpointError/unusableAddress(_:)`` when it is not a URL, or plain HTTP to another machine.
    package func address(of service: Service) throws(AWSEndpointError) -> URL? {
        guard let text = setting(of: service)?.text else { return nil }
        guard let url = URL(string: text), let host = url.host(),
            url.scheme == "https" || url.scheme == "http" && LocalNetwork.contains(host)
        else { throw .unusableAddress(text) }
        return url
    }

    /// Returns the origin of a custom endpoint, a variable's name or a profile; `nil` for AWS's public endpoint.
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

    /// A service whose endpoint can be set.
    package enum Service: String, CaseIterable, Sendable {
        case sts
        case iam
    }

    /// Returns the profile of a service's settings; exchanges do not use the profile of setup.
    private func profileName(for service: Service) -> String {
        let usual = ResolvedCredentials.profileName(variables)
        return service == .iam ? ownProfile ?? usual : usual
    }
}
