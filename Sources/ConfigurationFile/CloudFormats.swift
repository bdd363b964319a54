import Federation
import FoundationEssentials
import YAMLReader

extension ValueFormat where Value == String {
    /// The Azure Resource Manager ID of a user-assigned identity.
    static let identityResourceID = Self(
        accepted:
            "/subscriptions/…/resourceGroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/…",
        schema: ValueSchema.string(
            "^/\(ValueSchema.caseless("subscriptions"))/\(ValueSchema.guidPattern)"
                + "/\(ValueSchema.caseless("resourceGroups"))/[^/]+/\(ValueSchema.caseless("providers"))"
                + "/\(ValueSchema.caseless("Microsoft.ManagedIdentity"))"
                + "/\(ValueSchema.caseless("userAssignedIdentities"))/[^/]+$"
        ),
        write: \.self
    ) { text in
        let fields = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let words = fields.map { $0.lowercased() }
        let isIdentity =
            fields.count == 9 && words[0].isEmpty && words[1] == "subscriptions"
            && fields[2].isGUID && words[3] == "resourcegroups" && !words[4].isEmpty
            && words[5] == "providers" && words[6] == "microsoft.managedidentity"
            && words[7] == "userassignedidentities" && !words[8].isEmpty
        return isIdentity ? text : nil
    }

    /// The Application ID URI of an Entra application, or the application's client ID.
    static let audience = Self(
        accepted: "an Application ID URI such as api://… or https://…, or an application's GUID",
        schema: ValueSchema.string(
            #"^(?:[A-Za-z][A-Za-z0-9+.-]*:(?:[-A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+"#
                + "|\(ValueSchema.guidPattern))$"
        ),
        write: \.self
    ) { text in
        isURI(text) || text.isGUID ? text : nil
    }

    /// Whether the text is a URI (RFC 3986, sections 2 and 3.1).
    private static func isURI(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), let first = bytes.first else {
            return false
        }
        let rest = bytes[colon...].dropFirst()
        return ASCIISet.letters.contains(first) && bytes[..<colon].allSatisfy(ASCIISet.scheme.contains)
            && !rest.isEmpty && rest.allSatisfy(ASCIISet.uri.contains)
            && rest.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).dropFirst()
                .allSatisfy { $0.count >= 2 && $0.prefix(2).allSatisfy(ASCIISet.hexadecimal.contains) }
    }

    static let region = Self(
        accepted: "an AWS region such as eu-west-1",
        schema: ValueSchema.string(
            "^(?:\(AWSPartition.globalRegion)|(?=\(regionPrefixes.joined(separator: "|")))(?:[a-z]+-){2,}[0-9]+)$"
        ),
        write: \.self
    ) { text in
        let words = text.split(separator: "-", omittingEmptySubsequences: false)
        let isRegion =
            words.count >= 3 && words.allSatisfy { !$0.isEmpty }
            && words.dropLast().allSatisfy { $0.consists(of: .lowercase) }
            && words.last?.consists(of: .digits) == true && AWSPartition(region: text) != nil
        return isRegion || text == AWSPartition.globalRegion ? text : nil
    }

    private static var regionPrefixes: [String] { AWSPartition.allCases.flatMap(\.regionPrefixes) }

    /// A role session name, in which `{mapping}` is replaced by the mapping's name.
    static let sessionName = Self(
        accepted: sessionNameRule,
        schema: ValueSchema.scalar(
            #"^(?:\{mapping\}|(?:[A-Za-z0-9_+=,.@-]|\{mapping\}){2,64})$"#,
            minimumLength: 2
        ),
        write: \.self
    ) { text in
        RoleSessionName.isValid(text.replacing("{mapping}", with: "m")) || text == "{mapping}"
            ? text : nil
    }

    static var sessionNameRule: String {
        "2 to 64 letters, digits, and any of _ + = , . @ -, with {mapping} for the mapping's name"
    }
}

extension ASCIISet {
    /// The characters allowed in the scheme of a URI.
    fileprivate static let scheme = letters + digits + ASCIISet("+.-")
    /// The characters allowed in a URI after its scheme.
    fileprivate static let uri = letters + digits + ASCIISet("-._~:/?#[]@!$&'()*+,;=%")
    /// The characters allowed in a role session name.
    static let sessionName = letters + digits + ASCIISet("_+=,.@-")
}

extension ValueFormat where Value == MicrosoftCloud {
    static let azureCloud = Self(
        accepted: MicrosoftCloud.allCases.map(\.rawValue).alternatives,
        schema: ValueSchema.words(MicrosoftCloud.allCases.map(\.rawValue)),
        isSelfExplanatory: false,
        write: \.rawValue,
        parse: MicrosoftCloud.init(rawValue:)
    )
}

/// A pattern for the names of AWS's partitions.
private let partitions = "(?:\(AWSPartition.allCases.map(\.rawValue).joined(separator: "|")))"

extension ValueFormat where Value == RoleARN {
    static let roleARN = Self(
        accepted: "the ARN of a role, arn:aws:iam::123456789012:role/name",
        schema: ValueSchema.string(
            "^arn:\(partitions):iam::[0-9]{12}:role/(?:[!-~]*/)?[A-Za-z0-9_+=,.@-]{1,64}$"
        ),
        read: { element, findings in
            let accepted = "the ARN of a role, arn:aws:iam::123456789012:role/name"
            if let role = element.text.flatMap({ RoleARN($0) }) { return role }
            if let text = element.text, let invalid = RoleARN.invalidCharacters(in: text) {
                findings.add(
                    at: element,
                    found: "\(YAMLElement.quoted(text)), which has \(invalid)",
                    accepted: accepted
                )
            } else {
                findings.add(at: element, accepted: accepted)
            }
            return nil
        },
        write: { PlainText.scalar($0.description) }
    )
}

extension ValueFormat where Value == ARN {
    /// The ARN of an AWS managed policy or a customer managed policy.
    static let policyARN = Self(
        accepted:
            "the ARN of a managed policy, arn:aws:iam::aws:policy/name or arn:aws:iam::123456789012:policy/name",
        schema: ValueSchema.string("^arn:\(partitions):iam::(?:aws|[0-9]{12}):policy/"),
        write: \.description
    ) { text in
        guard let arn = ARN(text), arn.service == "iam", arn.region.isEmpty,
            arn.resource.hasPrefix("policy/"),
            AWSPartition(rawValue: arn.partition) != nil,
            arn.account == "aws" || arn.account.utf8.count == 12 && arn.account.consists(of: .digits)
        else { return nil }
        return arn
    }
}

extension ValueFormat where Value == URL {
    /// The base URL of a cloud service; must be HTTPS unless the host is loopback or link-local.
    static let endpoint = Self(
        accepted: "an https URL, or an http URL of a loopback or link-local address",
        schema: ValueSchema.string(
            "^(?:\(ValueSchema.caseless("https"))://[^\\s/?#@]+|\(ValueSchema.caseless("http"))://"
                + "(?:\(ValueSchema.caseless("localhost"))|127(?:\\.[0-9]+){3}|169\\.254(?:\\.[0-9]+){2}"
                + "|\\[[0-9A-Fa-f:.]+[^\\s/?#@\\]]*\\])(?::[0-9]*)?)(?:/[^\\s?#]*)?$"
        ),
        write: \.absoluteString
    ) { text in
        guard let url = url(text, schemes: ["https", "http"]), let host = url.host(), url.user() == nil
        else { return nil }
        return url.scheme?.lowercased() == "https" || LocalNetwork.contains(host.lowercased()) ? url : nil
    }

    /// The base URL of Entra; an environment variable may omit the scheme, as the Azure SDKs allow.
    static let authority = Self(
        accepted: endpoint.accepted,
        schema: endpoint.schema,
        read: { element, findings in
            guard element.isVariable, let text = element.text, !text.contains("://") else {
                return endpoint.read(element, &findings)
            }
            return url("https://" + text, schemes: ["https"]) ?? endpoint.read(element, &findings)
        },
        write: endpoint.write
    )

    /// The URL of an HTTP proxy.
    ///
    /// The connection to the proxy is not encrypted, so `https` is refused. The URL may contain a password, which is
    /// never displayed.
    static let proxy = Self(
        accepted: "the URL of a proxy that is reached without TLS, http://host:port",
        schema: ValueSchema.string("^\(ValueSchema.caseless("http"))://[^\\s/?#]+(?:/[^\\s?#]*)?$"),
        isShown: false,
        write: { url in
            var components = URLComponents(url: url, resolvingAgainstBaseURL: false)
            if components?.password != nil { components?.password = "***" }
            return components?.string ?? ""
        },
        parse: { url($0, schemes: ["http"]) }
    )

    private static func url(_ text: String, schemes: Set<String>) -> URL? {
        guard let components = URLComponents(string: text, encodingInvalidCharacters: false),
            let scheme = components.scheme?.lowercased(), schemes.contains(scheme),
            let host = components.host, !host.isEmpty, components.query == nil, components.fragment == nil
        else { return nil }
        return components.url
    }
}

extension ValueFormat where Value == NotificationChannel {
    /// The notification channel: `osc9`, `off`, or a command to run.
    static let notification: Self = {
        let command = ValueFormat<[String]>.command
        let accepted = "osc9, off, or a command as a list of words"
        return Self(
            accepted: accepted,
            schema: ValueSchema.anyOf(ValueSchema.words(["osc9", "off"]), command.schema),
            isSelfExplanatory: false,
            read: { element, findings in
                if element.items != nil { return command.read(element, &findings).map { .command($0) } }
                switch element.text {
                case "osc9": return .osc9
                case "off": return .off
                default:
                    findings.add(at: element, accepted: accepted)
                    return nil
                }
            },
            write: { channel in
                switch channel {
                case .osc9: "osc9"
                case .off: "off"
                case .command(let words): command.write(words)
                }
            }
        )
    }()
}
