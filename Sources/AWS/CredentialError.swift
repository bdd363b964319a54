package import Federation
package import Transport

/// The reason that the operator's own AWS credentials cannot be obtained.
package enum CredentialError: Error, Hashable, Sendable {
    /// The environment variables contain no credentials, and there is no profile `default`.
    case none
    case unknownProfile(String, setting: String)
    case partial(source: String, missing: String)
    /// The profile uses a mechanism that cambist does not support.
    case unsupported(profile: String, key: String)
    /// The `source_profile` settings of the profiles form a cycle.
    case profileLoop([String])
    /// A chain of `source_profile` settings has more than `limit` profiles.
    case profileChain(limit: Int)
    /// The credential process returned no credentials; `source` is the profile (for example, `profile admin`).
    case processFailed(source: String, reason: String)
    case unreadableToken(FileReadError)
    /// One of AWS's configuration files exists but could not be read.
    case unreadableProfiles(FileReadError)
    /// The role could not be assumed.
    case refused(RoleARN, CloudError)
    case noEndpoint(AWSEndpointError)
}

extension CredentialError: CustomStringConvertible {
    package var description: String {
        fix.isEmpty ? problem : "\(problem) \(fix)"
    }

    /// The problem, as a sentence.
    package var problem: String {
        switch self {
        case .none: "No AWS credentials were found."
        case .unknownProfile(let name, _):
            "The AWS configuration and credentials files have no profile \(name)."
        case .partial(let source, let missing): "The AWS credentials of \(source) lack \(missing)."
        case .unsupported(let profile, let key): "The profile \(profile) uses \(key), which is not supported."
        case .profileLoop(let names):
            "The source_profile settings of these profiles form a cycle: \(names.joined(separator: ", "))."
        case .profileChain(let limit):
            "The chain of source_profile settings has more than \(limit) profiles."
        case .processFailed(let source, let reason):
            "The credential_process of \(source) failed: \(VisibleText.oneLine(reason))."
        case .unreadableToken(let error): "The web identity token cannot be read: \(error)."
        case .unreadableProfiles(let error): "\(error)."
        case .refused(let role, let error): "\(role) could not be assumed: \(error.failure.message)"
        case .noEndpoint(let error): error.description
        }
    }

    /// The fix, as a sentence; empty if ``problem`` contains the fix.
    package var fix: String {
        switch self {
        case .none: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or setup.aws_profile."
        case .unknownProfile(_, let setting):
            "Correct \(setting); `aws configure list-profiles` lists the profiles."
        case .partial: "Add the missing value, or set setup.aws_profile to another profile."
        case .unsupported(let profile, _):
            "Set setup.aws_profile to another profile with `credential_process = "
                + "aws configure export-credentials --profile \(ShellWord.posix(profile)) --format process`."
        case .profileLoop:
            "In one of these profiles, set source_profile to a profile with keys or a credential_process."
        case .profileChain: "Set source_profile to a profile with keys or a credential_process."
        case .processFailed:
            "Run the command in a shell: it must print the JSON document that AWS specifies, with Version 1."
        case .unreadableToken:
            "Correct web_identity_token_file or AWS_WEB_IDENTITY_TOKEN_FILE, or the file's mode."
        case .unreadableProfiles: "Correct the file, AWS_CONFIG_FILE, or AWS_SHARED_CREDENTIALS_FILE."
        case .refused(_, let error): error.failure.fix
        case .noEndpoint: ""
        }
    }
}
