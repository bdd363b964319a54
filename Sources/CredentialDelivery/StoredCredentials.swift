package import Federation
package import Foundation

/// Credentials in the form in which the kernel's keyring stores them between runs.
package struct StoredCredentials: Hashable, Sendable {
    package let credentials: SessionCredentials

    package init(_ credentials: SessionCredentials) {
        self.credentials = credentials
    }

    /// Whether enough life is left to return them: more than 16 min, or more than half of a life under 32 min.
    ///
    /// AWS's SDKs renew credentials with less than 15 min left, and would request shorter ones at every call.
    package func isWorthGiving(at now: Date) -> Bool {
        let life = credentials.expiration.since(credentials.issued)
        return credentials.remaining(at: now) > min(.seconds(960), life / 2)
    }
}

// The form in the keyring.
extension StoredCredentials {
    private struct Document: Codable {
        let accessKeyID: String
        let secretAccessKey: String
        let sessionToken: String
        /// Seconds since 2001, as `Date` encodes itself.
        let expiration: Date
        let issued: Date
        let assumedRoleARN: String
        let region: String
    }

    /// Decodes the bytes of ``data()``; `nil` for anything else, and for malformed or expired credentials.
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

    /// The expiration of the credentials in an entry; `nil` for an entry without any.
    static func expiration(in data: Data) -> Date? {
        try? JSONDecoder().decode(Document.self, from: data).expiration
    }

    /// Encodes the credentials.
    ///
    /// - Throws: ``UnprintableMember`` when the credentials are malformed.
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
