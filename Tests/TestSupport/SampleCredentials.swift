package import Federation
package import Foundation

extension SessionCredentials {
    /// Returns well-formed credentials of a role session; a test can replace each member.
    package static func sample(
        accessKeyID: String = "ASIAEXAMPLE000000000",
        secretAccessKey: String = "hush/key/hush/key",
        sessionToken: String = "hush+token+hush+token=",
        issued: Date = Date(timeIntervalSince1970: 1_800_000_000),
        lifetime: TimeInterval = 3600,
        assumedRoleARN: String = "arn:aws:sts::111122223333:assumed-role/audit/s",
        region: String = "eu-west-1",
        now: Date? = nil
    ) throws(SessionCredentialsError) -> SessionCredentials {
        try SessionCredentials(
            accessKeyID: accessKeyID,
            secretAccessKey: Secret(secretAccessKey),
            sessionToken: Secret(sessionToken),
            expiration: issued + lifetime,
            issued: issued,
            assumedRoleARN: assumedRoleARN,
            region: region,
            now: now ?? min(issued, issued + lifetime - 1)
        )
    }
}
