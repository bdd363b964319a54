package import struct Foundation.Date

/// What STS gives for a token: credentials of a role session.
package struct SessionCredentials: Hashable, Sendable {
    package let accessKeyID: String
    package let secretAccessKey: Secret
    package let sessionToken: Secret
    package let expiration: Date
    /// When STS answered.
    package let issued: Date
    /// `arn:aws:sts::…:assumed-role/Role/session`.
    package let assumedRoleARN: String
    /// The region whose STS gave them, where GetCallerIdentity is asked.
    package let region: String

    package init(
        accessKeyID: String,
        secretAccessKey: Secret,
        sessionToken: Secret,
        expiration: Date,
        issued: Date,
        assumedRoleARN: String,
        region: String
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
        self.issued = issued
        self.assumedRoleARN = assumedRoleARN
        self.region = region
    }

    /// The time left at `now`; negative once expired.
    package func remaining(at now: Date) -> Duration {
        expiration.since(now)
    }
}
