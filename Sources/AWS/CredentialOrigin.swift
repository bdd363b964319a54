package import Federation

/// The origin of the operator's own AWS credentials.
package indirect enum CredentialOrigin: Hashable, Sendable {
    case keys(SigningCredentials)
    /// The credential process of a profile, as an argument vector.
    case process([String], profile: String)
    /// A role to assume with other credentials.
    case role(SourcedRole, from: CredentialOrigin)
    /// A role to assume with the web identity token in a file.
    case webIdentity(role: RoleARN, tokenFile: String, sessionName: String)
}

/// The role of a profile, and the parameters for assuming it.
package struct SourcedRole: Hashable, Sendable {
    package let arn: RoleARN
    package let sessionName: String
    package let externalID: String?
    package let duration: Duration
}

/// The origin of the operator's own credentials, with a display name and the region.
package struct ResolvedCredentials: Hashable, Sendable {
    /// The display name (for example, `profile admin`).
    package let source: String
    package let origin: CredentialOrigin
    /// The region set in the environment variables or the profile.
    package let region: String?

    /// The profile that supplied the credentials, if any.
    package var profile: String? {
        source.hasPrefix(Self.profilePrefix) ? String(source.dropFirst(Self.profilePrefix.count)) : nil
    }

    private static let profilePrefix = "profile "

    /// Finds credentials in the same order as AWS tools.
    ///
    /// The order is:
    /// 1. keys in the environment variables
    /// 2. the selected profile if it has `role_arn`
    /// 3. the web identity in the environment variables
    /// 4. the selected profile
    ///
    /// A profile in cambist's configuration takes precedence over the variables, like `--profile` of the AWS CLI.
    ///
    /// Source: botocore 1.43 `credentials.py`.
    ///
    /// - Parameters:
    ///   - variables: The environment variables.
    ///   - profile: The profile set in cambist's configuration.
    ///   - profiles: The profiles in AWS's files.
    /// - Returns: The origin of the credentials.
    /// - Throws: ``CredentialError`` if no credentials exist or cambist does not support their mechanism.
    package static func find(
        variables: [String: String],
        profile: String? = nil,
        profiles: AWSProfiles
    ) throws(CredentialError) -> ResolvedCredentials {
        let region = { (name: String) in
            variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] ?? profiles[name]?.text("region")
        }
        if profile == nil, let keys = try keys(in: variables) {
            return ResolvedCredentials(
                source: "AWS_ACCESS_KEY_ID",
                origin: .keys(keys),
                region: region(profileName(variables))
            )
        }
        let name = profile ?? profileName(variables)
        if profile == nil, profiles[name]?.text("role_arn") == nil,
            let origin = try webIdentity(in: variables)
        {
            return ResolvedCredentials(
                source: "AWS_WEB_IDENTITY_TOKEN_FILE",
                origin: origin,
                region: region(name)
            )
        }
        guard profiles[name] != nil else {
            if let problem = profiles.problems.first { throw .unreadableProfiles(problem) }
            if name == "default" { throw .none }
            let setting = profile == nil ? profileVariable(variables) : "setup.aws_profile"
            throw .unknownProfile(name, setting: setting)
        }
        var search = ProfileSearch(variables: variables, profiles: profiles)
        let origin = try search.origin(of: name)
        return ResolvedCredentials(source: profilePrefix + name, origin: origin, region: region(name))
    }

    /// The variables that set the profile, in order of precedence.
    ///
    /// Source: botocore 1.43 `configprovider.py`, the session variable `profile`.
    static let profileVariables = ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"]

    /// Returns the name of the profile in the environment variables; `default` if no variable sets a profile.
    package static func profileName(_ variables: [String: String]) -> String {
        variables[profileVariable(variables)] ?? "default"
    }

    /// Returns the variable that sets the profile; `AWS_PROFILE` by default.
    package static func profileVariable(_ variables: [String: String]) -> String {
        profileVariables.first { variables[$0] != nil } ?? "AWS_PROFILE"
    }

    static func keys(in variables: [String: String]) throws(CredentialError) -> SigningCredentials? {
        guard let id = variables["AWS_ACCESS_KEY_ID"], !id.isEmpty else { return nil }
        guard let secret = variables["AWS_SECRET_ACCESS_KEY"], !secret.isEmpty else {
            throw .partial(source: "the environment", missing: "AWS_SECRET_ACCESS_KEY")
        }
        let token = variables["AWS_SESSION_TOKEN"] ?? variables["AWS_SECURITY_TOKEN"]
        return SigningCredentials(
            accessKeyID: id,
            secretAccessKey: Secret(secret),
            sessionToken: token.flatMap { $0.isEmpty ? nil : Secret($0) }
        )
    }

    private static func webIdentity(
        in variables: [String: String]
    ) throws(CredentialError) -> CredentialOrigin? {
        guard let file = variables["AWS_WEB_IDENTITY_TOKEN_FILE"] else { return nil }
        guard let role = variables["AWS_ROLE_ARN"].flatMap(RoleARN.init) else {
            throw .partial(source: "the environment", missing: "AWS_ROLE_ARN")
        }
        return .webIdentity(
            role: role,
            tokenFile: file,
            sessionName: variables["AWS_ROLE_SESSION_NAME"] ?? "cambist"
        )
    }
}

/// Follows `source_profile` settings to the origin of a profile's credentials.
private struct ProfileSearch {
    let variables: [String: String]
    let profiles: AWSProfiles
    private var visited: [String] = []
    /// The maximum number of profiles in a chain; each profile requires a call to STS and a level of recursion.
    private static let longestChain = 16

    init(variables: [String: String], profiles: AWSProfiles) {
        self.variables = variables
        self.profiles = profiles
    }

    mutating func origin(of name: String) throws(CredentialError) -> CredentialOrigin {
        guard let profile = profiles[name] else {
            let setting = visited.last.map { "source_profile of the profile \($0)" } ?? "setup.aws_profile"
            throw .unknownProfile(name, setting: setting)
        }
        // A profile can be its own `source_profile`. The profile's keys are used in this case.
        let isRepeated = visited.last == name
        guard isRepeated || !visited.contains(name) else { throw .profileLoop(visited + [name]) }
        guard visited.count < Self.longestChain else { throw .profileChain(limit: Self.longestChain) }
        // The keys of a source profile take precedence over its role.
        let usesKeys = !visited.isEmpty && profile.hasKeys
        visited.append(name)
        if !isRepeated, !usesKeys, let role = profile.text("role_arn") {
            return try assumed(role, profile)
        }
        if let keys = try keys(profile, inCredentialsFile: true) { return .keys(keys) }
        if let line = profile.text("credential_process") {
            guard let words = CommandLineSplitter.split(line), !words.isEmpty else {
                throw .processFailed(source: "profile \(name)", reason: "the command is empty or incomplete")
            }
            return .process(words, profile: name)
        }
        if let keys = try keys(profile, inCredentialsFile: false) { return .keys(keys) }
        for key in ["sso_session", "sso_start_url", "login_session"] where profile.text(key) != nil {
            throw .unsupported(profile: name, key: key)
        }
        throw .partial(source: "profile \(name)", missing: "aws_access_key_id or credential_process")
    }

    private mutating func assumed(
        _ text: String,
        _ profile: AWSProfile
    ) throws(CredentialError) -> CredentialOrigin {
        guard let arn = RoleARN(text) else {
            throw .partial(source: "profile \(profile.name)", missing: "a valid role_arn")
        }
        let sessionName = profile.text("role_session_name") ?? "cambist"
        if let file = profile.text("web_identity_token_file") {
            return .webIdentity(role: arn, tokenFile: file, sessionName: sessionName)
        }
        guard profile.text("mfa_serial") == nil else {
            throw .unsupported(profile: profile.name, key: "mfa_serial")
        }
        let role = SourcedRole(
            arn: arn,
            sessionName: sessionName,
            externalID: profile.text("external_id"),
            duration: Duration(
                clampingSeconds: profile.text("duration_seconds").flatMap { Int($0) } ?? 3600
            )
        )
        if let source = profile.text("source_profile") {
            return .role(role, from: try origin(of: source))
        }
        guard let source = profile.text("credential_source") else {
            throw .partial(
                source: "profile \(profile.name)",
                missing: "source_profile or credential_source"
            )
        }
        guard source == "Environment" else {
            throw .unsupported(profile: profile.name, key: "credential_source")
        }
        guard let keys = try ResolvedCredentials.keys(in: variables) else {
            throw .partial(source: "the environment", missing: "AWS_ACCESS_KEY_ID")
        }
        return .role(role, from: .keys(keys))
    }

    private func keys(
        _ profile: AWSProfile,
        inCredentialsFile: Bool
    ) throws(CredentialError) -> SigningCredentials? {
        let setting = { (key: String) in profile.secret(key, inCredentialsFile: inCredentialsFile) }
        guard let id = setting("aws_access_key_id") else { return nil }
        guard let secret = setting("aws_secret_access_key") else {
            throw .partial(source: "profile \(profile.name)", missing: "aws_secret_access_key")
        }
        return SigningCredentials(
            accessKeyID: id.reveal(),
            secretAccessKey: secret,
            sessionToken: setting("aws_session_token")
        )
    }
}
