import Federation

package import struct Foundation.URL

/// What the variables and the profiles of AWS's tools say together.
package struct AWSSettings: Sendable {
    private let variables: [String: String]
    private let profiles: AWSProfiles
    /// The profile that the configuration names for what the operator does.
    private let ownProfile: String?

    package init(variables: [String: String], profiles: AWSProfiles, profile: String? = nil) {
        self.variables = variables
        self.profiles = profiles
        ownProfile = profile
    }

    /// Where the operator's credentials come from.
    ///
    /// - Throws: ``CredentialError`` when there are none.
    package func credentials() throws(CredentialError) -> ResolvedCredentials {
        try ResolvedCredentials.find(variables: variables, profile: ownProfile, profiles: profiles)
    }

    /// Where credentials of an account come from, by the first profile that says to be of it and can be used.
    package func credentials(ofAccount account: String) -> ResolvedCredentials? {
        profiles.names(ofAccount: account).lazy.compactMap { name in
            try? ResolvedCredentials.find(variables: variables, profile: name, profiles: profiles)
        }
        .first
    }

    /// What the variables name as well and what does not count for all that: `profile admin (AWS_PROFILE)`.
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

    /// Which of AWS's public endpoints the variables, else the profile, ask for.
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

    /// How often a call is tried: `AWS_MAX_ATTEMPTS`, else the profile's `max_attempts`, else three times.
    package var attempts: Int {
        let profile = profiles[ResolvedCredentials.profileName(variables)]
        return (variables["AWS_MAX_ATTEMPTS"] ?? profile?.text("max_attempts")).flatMap { Int($0) } ?? 3
    }

    /// A service's address of one's own: its variable, the variable for all, the profile's services, the profile.
    ///
    /// `nil` where there is none, or where `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` says so. Source: AWS SDKs and Tools
    /// reference guide, service-specific endpoints.
    ///
    /// - Throws: ``AWSEndpointError/unusableAddress(_:)`` when it is no URL, or none that may be asked in the clear.
    package func address(of service: Service) throws(AWSEndpointError) -> URL? {
        guard let text = setting(of: service)?.text else { return nil }
        guard let url = URL(string: text), let host = url.host(),
            url.scheme == "https" || url.scheme == "http" && LocalNetwork.contains(host)
        else { throw .unusableAddress(text) }
        return url
    }

    /// What says where a service is: a variable's name, or a profile; `nil` for AWS's public address.
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

    /// Services whose address can be set.
    package enum Service: String, CaseIterable, Sendable {
        case sts
        case iam
    }

    /// Exchanges have nothing to do with the profile that set-up uses.
    private func profileName(for service: Service) -> String {
        let usual = ResolvedCredentials.profileName(variables)
        return service == .iam ? ownProfile ?? usual : usual
    }
}
