package import Federation
package import Foundation

/// Credentials as they are kept between runs of the program, in the kernel's keyring only.
package struct StoredCredentials: Hashable, Sendable {
    package let credentials: SessionCredentials

    package init(_ credentials: SessionCredentials) {
        self.credentials = credentials
    }

    /// Whether they are worth handing out: more than 16 min of life left, or more than half of a life under 32 min.
    ///
    /// AWS's SDKs renew what has less than 15 min left, so shorter ones would be asked for at every call.
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
        let expiration: Date
        let issued: Date
        let assumedRoleARN: String
        let region: String
    }

    /// Reads what ``data()`` wrote; `nil` for anything else, expired credentials included.
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

    /// When the credentials in an entry expire; `nil` for an entry that holds none.
    static func expiration(in data: Data) -> Date? {
        try? JSONDecoder().decode(Document.self, from: data).expiration
    }

    /// The bytes to keep.
    ///
    /// - Throws: what the encoder throws; it does not for these types.
    package func data() throws -> Data {
        try JSONEncoder().encode(
            Document(
                accessKeyID: credentials.accessKeyID,
                secretAccessKey: credentials.secretAccessKey.reveal(),
                sessionToken: credentials.sessionToken.reveal(),
                expiration: credentials.expiration,
                issued: credentials.issued,
                assumedRoleARN: credentials.assumedRoleARN,
                region: credentials.region
            )
        )
    }
}
