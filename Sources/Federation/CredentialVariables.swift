/// The members of credentials as text for another program, checked for control characters.
///
/// A line end or a NUL in a member could end a line of a file, a shell word or a variable early. Every writer
/// takes the members from here, and so refuses them whatever the credentials' source.
package struct CredentialVariables: Sendable {
    package let accessKeyID: String
    package let secretAccessKey: String
    package let sessionToken: String
    /// ISO 8601 in UTC.
    package let expiration: String

    /// - Throws: ``UnprintableMember`` when a member is empty or has a character outside printable ASCII.
    package init(_ credentials: SessionCredentials) throws(UnprintableMember) {
        try self.init(
            accessKeyID: credentials.accessKeyID,
            secretAccessKey: credentials.secretAccessKey,
            sessionToken: credentials.sessionToken,
            expiration: credentials.expiration.utcText
        )
    }

    init(
        accessKeyID: String,
        secretAccessKey: Secret,
        sessionToken: Secret,
        expiration: String
    ) throws(UnprintableMember) {
        self.accessKeyID = try Self.printable(accessKeyID, "AccessKeyId")
        self.secretAccessKey = try Self.printable(secretAccessKey.reveal(), "SecretAccessKey")
        self.sessionToken = try Self.printable(sessionToken.reveal(), "SessionToken")
        self.expiration = try Self.printable(expiration, "Expiration")
    }

    /// The environment variables that AWS's tools read, in the order they are written.
    ///
    /// - Throws: ``UnprintableMember`` when the region is empty or has a control character.
    package func environment(region: String) throws(UnprintableMember) -> [(name: String, value: String)] {
        guard !region.isEmpty, region.unicodeScalars.allSatisfy({ !$0.properties.isControl }) else {
            throw UnprintableMember(member: "region")
        }
        return [
            ("AWS_ACCESS_KEY_ID", accessKeyID),
            ("AWS_SECRET_ACCESS_KEY", secretAccessKey),
            ("AWS_SESSION_TOKEN", sessionToken),
            ("AWS_CREDENTIAL_EXPIRATION", expiration),
            ("AWS_REGION", region),
            ("AWS_DEFAULT_REGION", region),
        ]
    }

    private static func printable(_ text: String, _ member: String) throws(UnprintableMember) -> String {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw UnprintableMember(member: member)
        }
        return text
    }
}

/// A member of credentials that no writer accepts.
package struct UnprintableMember: Error, Hashable, Sendable {
    /// The member's name in AWS's words; the value is not kept.
    package let member: String

    package init(member: String) {
        self.member = member
    }
}

extension UnprintableMember: CustomStringConvertible {
    package var description: String {
        "\(member) of the credentials is empty or has a control character, a blank or a character outside ASCII. "
            + "Nothing was written."
    }
}

extension Unicode.Scalar.Properties {
    /// Whether the scalar controls a terminal or ends a line.
    fileprivate var isControl: Bool {
        switch generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
