import AWS
import Discovery
import Federation
import FoundationEssentials
import Transport

/// Reads the profiles of AWS's tools for discovery.
struct ProfileImport {
    /// The maximum size of a token file, in bytes.
    private static let tokenSize = 64 * 1024

    let profiles: AWSProfiles
    let home: String?

    /// The profiles that assume a role or use this program, in alphabetical order.
    var found: [FoundProfile] {
        profiles.names.compactMap { profiles[$0].flatMap(read) }
    }

    /// Returns the mapping whose credentials a profile gets from this program, if any.
    static func mapping(of profile: AWSProfile) -> RoleMapping.ID? {
        profile.text("credential_process").flatMap(CommandLineSplitter.split).flatMap(mapping)
    }

    /// Returns the mapping whose credentials a command prints, if the command runs this program.
    private static func mapping(of words: [String]) -> RoleMapping.ID? {
        guard let program = words.first?.split(separator: "/").last, program == "cambist",
            let index = words.firstIndex(of: "credential-process"), index + 1 < words.count
        else { return nil }
        return words[(index + 1)...].first { !$0.hasPrefix("-") }
    }

    /// Whether credentials come from this program, directly or through roles.
    static func isOwn(_ origin: CredentialOrigin) -> Bool {
        switch origin {
        case .process(let words, _): mapping(of: words) != nil
        case .role(_, let source): isOwn(source)
        case .keys, .webIdentity: false
        }
    }

    private func read(_ profile: AWSProfile) -> FoundProfile? {
        if let mapping = Self.mapping(of: profile) {
            return FoundProfile(name: profile.name, role: nil, origin: .cambist(mapping: mapping))
        }
        guard let role = profile.text("role_arn").flatMap(RoleARN.init) else { return nil }
        let origin: FoundProfile.Origin =
            if let file = profile.text("web_identity_token_file") {
                .webIdentity(file: path(file), token(in: path(file)))
            } else if let source = profile.text("source_profile") {
                .source(profile: source)
            } else if let source = profile.text("credential_source") {
                .other("credential_source \(source)")
            } else {
                .other("no source_profile")
            }
        var found = FoundProfile(name: profile.name, role: role, origin: origin)
        found.externalID = profile.text("external_id")
        found.region = profile.text("region")
        found.sessionName = profile.text("role_session_name")
        found.duration = profile.text("duration_seconds").flatMap { Int($0) }
        found.needsMFA = profile.text("mfa_serial") != nil
        return found
    }

    private func path(_ file: String) -> String { file.expandingTilde(home: home) }

    /// The claims of a token in a file; the token itself is dropped.
    private func token(in file: String) -> FoundToken? {
        guard let text = try? BoundedFile.text(file, limit: Self.tokenSize),
            let claims = try? Claims(decoding: Secret(text.trimmed))
        else { return nil }
        return FoundToken(claims)
    }
}
