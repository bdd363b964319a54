package import Federation
package import Transport

/// The profiles in `~/.aws/config` and `~/.aws/credentials`.
///
/// Source: AWS SDKs and Tools reference guide, shared configuration files; botocore 1.43 `configloader.py`.
package struct AWSProfiles: Sendable {
    private var profiles: [String: AWSProfile] = [:]
    private var services: [String: [String: [String: String]]] = [:]
    /// The errors for existing files that could not be read.
    package private(set) var problems: [FileReadError] = []
    /// The maximum file size, in bytes.
    private static let fileSize = 1 << 20

    /// Reads both files from the paths in `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE`.
    ///
    /// The default paths are below the home directory.
    package init(variables: [String: String]) {
        var problems: [FileReadError] = []
        let read = { (variable: String, name: String) -> Secret? in
            guard let path = variables[variable] ?? variables["HOME"].map({ "\($0)/.aws/\(name)" }) else {
                return nil
            }
            do throws(FileReadError) {
                return Secret(try BoundedFile.text(path, limit: Self.fileSize))
            } catch {
                if error.reason != .missing { problems.append(error) }
                return nil
            }
        }
        let config = read("AWS_CONFIG_FILE", "config")
        let credentials = read("AWS_SHARED_CREDENTIALS_FILE", "credentials")
        self.init(config: config, credentials: credentials)
        self.problems = problems
    }

    /// Parses the contents of both files.
    ///
    /// Pass `nil` for a missing file. Lines that are not settings are skipped.
    package init(config: Secret? = nil, credentials: Secret? = nil) {
        for section in ProfileSection.sections(in: config?.reveal() ?? "") {
            if let name = section.name(after: "services") {
                services[name] = section.nested
            } else if section.title == "default" {
                add(section, to: "default", isCredentials: false)
            } else if let name = section.name(after: "profile") {
                add(section, to: name, isCredentials: false)
            }
        }
        for section in ProfileSection.sections(in: credentials?.reveal() ?? "") {
            add(section, to: section.title, isCredentials: true)
        }
    }

    /// Returns the profile with this name, if any.
    package subscript(name: String) -> AWSProfile? {
        profiles[name]
    }

    /// The names of all profiles, sorted.
    package var names: [String] { profiles.keys.sorted() }

    /// Returns the names of the profiles that belong to an account, sorted.
    ///
    /// A profile belongs to the accounts in its `aws_account_id`, `sso_account_id`, and `role_arn`.
    package func names(ofAccount account: String) -> [String] {
        profiles.values.filter { profile in
            let role = profile.text("role_arn").flatMap(RoleARN.init)?.account
            return [profile.text("aws_account_id"), profile.text("sso_account_id"), role].contains(account)
        }
        .map(\.name).sorted()
    }

    /// Returns the custom endpoint of a service in a profile, if any.
    ///
    /// An endpoint for the service takes precedence over an endpoint for all services.
    ///
    /// Source: AWS SDKs and Tools reference guide, service-specific endpoints.
    package func endpoint(of service: String, in name: String) -> String? {
        guard let profile = profiles[name] else { return nil }
        let section = profile.text("services").flatMap { services[$0] }
        return section?[service]?["endpoint_url"] ?? profile.text("endpoint_url")
    }

    private mutating func add(_ section: ProfileSection, to name: String, isCredentials: Bool) {
        var profile = profiles[name] ?? AWSProfile(name: name)
        profile.add(section.values, isCredentials: isCredentials)
        profiles[name] = profile
    }
}

/// The settings of a profile.
package struct AWSProfile: Sendable {
    package let name: String
    private var config: [String: Secret] = [:]
    private var credentials: [String: Secret] = [:]

    init(name: String) {
        self.name = name
    }

    /// Returns a setting that is not a secret; the credentials file takes precedence.
    package func text(_ key: String) -> String? {
        (credentials[key] ?? config[key])?.reveal()
    }

    /// Returns a secret setting from one of the two files, if any.
    func secret(_ key: String, inCredentialsFile: Bool) -> Secret? {
        inCredentialsFile ? credentials[key] : config[key]
    }

    /// Whether the files contain an access key ID or a secret access key.
    var hasKeys: Bool {
        ["aws_access_key_id", "aws_secret_access_key"].contains { credentials[$0] ?? config[$0] != nil }
    }

    fileprivate mutating func add(_ values: [String: String], isCredentials: Bool) {
        let secrets = values.mapValues(Secret.init)
        if isCredentials {
            credentials.merge(secrets) { _, last in last }
        } else {
            config.merge(secrets) { _, last in last }
        }
    }
}

/// A section of a file: `[title]` and its settings.
private struct ProfileSection {
    let title: String
    var values: [String: String] = [:]
    /// The indented settings below a setting without a value (for example, `endpoint_url = …` below `sts =`).
    var nested: [String: [String: String]] = [:]

    /// Returns the name after `kind` in a title (for example, `admin` in `profile "admin"`); `nil` for any other title.
    func name(after kind: String) -> String? {
        let words = title.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0] == kind else { return nil }
        return words[1].trimmingPrefix("\"").trimmed(suffix: "\"")
    }

    static func sections(in text: String) -> [ProfileSection] {
        var sections: [ProfileSection] = []
        var parent: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let content = line.trimmed
            guard let first = content.first, first != "#", first != ";" else { continue }
            if first == "[", let end = content.firstIndex(of: "]") {
                sections.append(ProfileSection(title: content[..<end].dropFirst().trimmed))
                parent = nil
            } else if let equals = content.firstIndex(of: "="), !sections.isEmpty {
                let key = content[..<equals].trimmed.lowercased()
                let value = content[content.index(after: equals)...].trimmed
                let last = sections.count - 1
                if line.first?.isWhitespace == true, let parent {
                    sections[last].nested[parent, default: [:]][key] = value
                } else {
                    sections[last].values[key] = value
                    parent = value.isEmpty ? key : nil
                }
            }
        }
        return sections
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        let start = drop(while: \.isWhitespace)
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }

    fileprivate func trimmed(suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : String(self)
    }
}
