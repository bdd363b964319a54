package import Federation

/// Why the operator's own AWS credentials are not at hand.
package enum CredentialError: Error, Hashable, Sendable {
    /// Neither the variables nor a profile have any.
    case none
    case unknownProfile(String)
    /// Something is there, but not enough.
    case partial(source: String, missing: String)
    /// The profile gets them in a way that is not understood here.
    case unsupported(profile: String, key: String)
    /// Profiles that name each other as their source.
    case profileLoop([String])
    case processFailed(profile: String, reason: String)
    case unreadableToken(file: String)
    /// AWS did not give the role that the profile names.
    case refused(RoleARN, AWSError)
    case noEndpoint(AWSEndpointError)
}

extension CredentialError: CustomStringConvertible {
    package var description: String {
        "\(seen) \(fix)"
    }

    /// What was seen.
    package var seen: String {
        switch self {
        case .none: "There are no AWS credentials of yours here."
        case .unknownProfile(let name): "AWS's files have no profile \(name)."
        case .partial(let source, let missing): "The AWS credentials of \(source) lack \(missing)."
        case .unsupported(let profile, let key): "The profile \(profile) gets its credentials by \(key)."
        case .profileLoop(let names):
            "Profiles name each other as source_profile: \(names.joined(separator: ", "))."
        case .processFailed(let profile, let reason): "credential_process of \(profile): \(reason)."
        case .unreadableToken(let file): "The web identity token \(file) cannot be read as text."
        case .refused(let role, let error): "\(role) was not assumed: \(error.failure.message)"
        case .noEndpoint(let error): error.description
        }
    }

    /// What to do.
    package var fix: String {
        switch self {
        case .none: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or setup.aws_profile."
        case .unknownProfile:
            "`aws configure list-profiles` lists them; correct AWS_PROFILE or setup.aws_profile."
        case .partial: "Complete them, or choose another profile by AWS_PROFILE or setup.aws_profile."
        case .unsupported(let profile, _):
            "Name in setup.aws_profile another profile, whose setting is `credential_process = "
                + "aws configure export-credentials --profile \(ShellWord.posix(profile)) --format process`."
        case .profileLoop: "Give the last of them keys or a credential_process."
        case .processFailed: "Run the command by hand: it must print the JSON that AWS documents, Version 1."
        case .unreadableToken: "Correct the file's name or its mode."
        case .refused(_, let error): error.failure.fix
        case .noEndpoint: ""
        }
    }
}
