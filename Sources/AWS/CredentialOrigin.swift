package import Federation

/// Where the operator's own AWS credentials come from.
package indirect enum CredentialOrigin: Hashable, Sendable {
    case keys(SigningCredentials)
    /// A program that prints them, in words.
    case process([String])
    /// A role that other credentials assume.
    case role(SourcedRole, from: CredentialOrigin)
    /// A role that the token in a file is exchanged for.
    case webIdentity(role: RoleARN, tokenFile: String, sessionName: String)
}

/// A role that a profile names, and how it is assumed.
package struct SourcedRole: Hashable, Sendable {
    package let arn: RoleARN
    package let sessionName: String
    package let externalID: String?
    package let duration: Duration
}

/// The operator's own credentials before they are got, with a name to show.
package struct ResolvedCredentials: Hashable, Sendable {
    /// `AWS_ACCESS_KEY_ID`, `profile admin`.
    package let source: String
    package let origin: CredentialOrigin
    /// The region that the variables or the profile name.
    package let region: String?

    /// Looks where AWS's tools look, in their order: variables, then the profile.
    ///
    /// A profile that is named here, not by a variable, counts before the variables, as `--profile` does.
    /// Source: botocore 1.43 `credentials.py`.
    ///
    /// - Parameters:
    ///   - variables: the environment.
    ///   - profile: the profile that the configuration names.
    ///   - profiles: what AWS's files have.
    /// - Returns: where the credentials come from.
    /// - Throws: ``CredentialError`` when there are none, or they cannot be used from here.
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
        guard profiles[name] != nil else { throw name == "default" ? .none : .unknownProfile(name) }
        var search = ProfileSearch(variables: variables, profiles: profiles)
        let origin = try search.origin(of: name)
        return ResolvedCredentials(source: "profile \(name)", origin: origin, region: region(name))
    }

    /// The profile that the variables name.
    package static func profileName(_ variables: [String: String]) -> String {
        variables["AWS_DEFAULT_PROFILE"] ?? variables["AWS_PROFILE"] ?? "default"
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

/// Follows a profile to where its credentials come from.
private struct ProfileSearch {
    let variables: [String: String]
    let profiles: AWSProfiles
    private var visited: [String] = []

    init(variables: [String: String], profiles: AWSProfiles) {
        self.variables = variables
        self.profiles = profiles
    }

    mutating func origin(of name: String) throws(CredentialError) -> CredentialOrigin {
        guard let profile = profiles[name] else { throw .unknownProfile(name) }
        // A profile may be its own source: then its keys are meant.
        let isRepeated = visited.last == name
        guard isRepeated || !visited.contains(name) else { throw .profileLoop(visited + [name]) }
        visited.append(name)
        if !isRepeated, let role = profile.text("role_arn") {
            return try assumed(role, profile)
        }
        if let keys = try keys(profile, inCredentialsFile: true) { return .keys(keys) }
        if let line = profile.text("credential_process") {
            guard let words = CommandWords.split(line), !words.isEmpty else {
                throw .processFailed(profile: name, reason: "the command's quotation marks do not end")
            }
            return .process(words)
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
            duration: .seconds(profile.text("duration_seconds").flatMap { Int($0) } ?? 3600)
        )
        if let source = profile.text("source_profile") {
            return .role(role, from: try origin(of: source))
        }
        guard profile.text("credential_source") == "Environment" else {
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
