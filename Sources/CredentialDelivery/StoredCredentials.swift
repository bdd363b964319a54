package import Federation
package import FoundationEssentials

/// Credentials in the format in which they are stored in the kernel keyring.
package struct StoredCredentials: Hashable, Sendable {
    package let credentials: SessionCredentials

    package init(_ credentials: SessionCredentials) {
        self.credentials = credentials
    }

    /// Whether enough lifetime is left: more than 16 min or, for lifetimes under 32 min, more than half.
    ///
    /// AWS SDKs refresh credentials with less than 15 min left. With cached credentials near that limit, an SDK would
    /// request credentials again at every call.
    package func hasSufficientLifetime(at now: Date) -> Bool {
        let life = credentials.expiration.since(credentials.issued)
        return credentials.remaining(at: now) > min(.seconds(960), life / 2)
    }
}

// The storage format.
extension StoredCredentials {
    private struct Document: Codable {
        let accessKeyID: String
        let secretAccessKey: String
        let sessionToken: String
        /// In seconds since 2001, as `Date` encodes itself.
        let expiration: Date
        let issued: Date
        let assumedRoleARN: String
        let region: String
    }

    /// Decodes the result of ``data()``; `nil` for other data, and for malformed or expired credentials.
    package init?(data: Data, now: Date) {
        guard let document = try? JSONDecoder().decode(Document.self, from: data) else { return nil }
        let credentials = try? SessionCredentials(
            accessKeyID: document.accessKeyID,
            secretAccessKey: Secret(document.secretAccessKey),
            sessionToken: Secret(document.sessionToken),
            expiration: document.expiration,
            issued: document.issued,
            assumedRoleARN: document.assumedRoleARN,
            region: document.region,
            now: now
        )
        guard let credentials else { return nil }
        self.credentials = credentials
    }

    /// Returns the expiration of the credentials in an entry; `nil` if the entry contains none.
    static func expiration(in data: Data) -> Date? {
        try? JSONDecoder().decode(Document.self, from: data).expiration
    }

    /// Encodes the credentials.
    ///
    /// - Throws: ``UnprintableMember`` if the credentials are malformed.
    package func data() throws -> Data {
        let variables = try CredentialVariables(credentials)
        return try JSONEncoder().encode(
            Document(
                accessKeyID: variables.accessKeyID,
                secretAccessKey: variables.secretAccessKey,
                sessionToken: variables.sessionToken,
                expiration: credentials.expiration,
                issued: credentials.issued,
                assumedRoleARN: credentials.assumedRoleARN,
                region: credentials.region
            )
        )
    }
}
