/// Session credentials as validated text for other programs.
///
/// A line break or NUL in a value could end a line of a file or a variable early. Credentials from all sources are
/// checked for these characters.
package struct CredentialVariables: Sendable {
    package let accessKeyID: String
    package let secretAccessKey: String
    package let sessionToken: String
    /// The expiration in ISO 8601, in UTC.
    package let expiration: String

    /// - Throws: ``UnprintableMember`` if a value is empty or contains a space or a character outside printable ASCII.
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

    /// The environment variables that AWS tools read, in output order.
    ///
    /// - Throws: ``UnprintableMember`` if the region is empty or contains a control character.
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

/// The error for a credential value that cannot be written safely.
package struct UnprintableMember: Error, Hashable, Sendable {
    /// The AWS name of the value; the value itself is not stored.
    package let member: String

    package init(member: String) {
        self.member = member
    }
}

extension UnprintableMember: CustomStringConvertible {
    package var description: String {
        "\(member) of the credentials is empty, or contains a control character, a space, or a non-ASCII character. "
            + "Nothing was written."
    }
}

extension Unicode.Scalar.Properties {
    /// Whether the scalar is a control character, or a line or paragraph separator.
    fileprivate var isControl: Bool {
        switch generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
