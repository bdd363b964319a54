package import Federation

/// The profiles of AWS's tools: `~/.aws/config` and `~/.aws/credentials`, read together.
///
/// Source: AWS SDKs and Tools reference guide, shared configuration files; botocore 1.43 `configloader.py`.
package struct AWSProfiles: Sendable {
    private var profiles: [String: AWSProfile] = [:]
    private var services: [String: [String: [String: String]]] = [:]

    /// Reads both files.
    ///
    /// `nil` stands for one that is not there; lines that are no setting are passed over.
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

    /// The profile of that name; `nil` when neither file has one.
    package subscript(name: String) -> AWSProfile? {
        profiles[name]
    }

    /// The names of the profiles that say to be of an account, sorted.
    ///
    /// By `aws_account_id`, `sso_account_id`, or the role that they assume.
    package func names(ofAccount account: String) -> [String] {
        profiles.values.filter { profile in
            let role = profile.text("role_arn").flatMap(RoleARN.init)?.account
            return [profile.text("aws_account_id"), profile.text("sso_account_id"), role].contains(account)
        }
        .map(\.name).sorted()
    }

    /// The address that a profile gives for a service, the service's own before that for all.
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

/// One profile's settings.
package struct AWSProfile: Sendable {
    package let name: String
    private var config: [String: Secret] = [:]
    private var credentials: [String: Secret] = [:]

    init(name: String) {
        self.name = name
    }

    /// A setting that may be seen; the credentials file counts before the other.
    package func text(_ key: String) -> String? {
        (credentials[key] ?? config[key])?.reveal()
    }

    /// A setting that may not be seen, where the credentials file has it or, if asked, the other.
    func secret(_ key: String, inCredentialsFile: Bool) -> Secret? {
        inCredentialsFile ? credentials[key] : config[key]
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

/// One `[title]` with what is below it.
private struct ProfileSection {
    let title: String
    var values: [String: String] = [:]
    /// Settings below a setting without a value: `sts =`, then indented `endpoint_url = …`.
    var nested: [String: [String: String]] = [:]

    /// The name in a title `kind name`, quotes taken off.
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
