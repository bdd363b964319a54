package import struct FoundationEssentials.Date

/// Session credentials of a role, as issued by STS.
///
/// Every text is nonempty, printable ASCII without spaces. The initializer refuses credentials that have expired.
package struct SessionCredentials: Hashable, Sendable {
    package let accessKeyID: String
    package let secretAccessKey: Secret
    package let sessionToken: Secret
    package let expiration: Date
    /// The local time at which the STS response was received.
    package let issued: Date
    /// The ARN of the session: `arn:aws:sts::…:assumed-role/ROLE/SESSION`.
    package let assumedRoleARN: String
    /// The region of the STS endpoint that issued the credentials; GetCallerIdentity uses the same region.
    package let region: String

    /// Validates every value; `expiration` must be after `now`, the local time.
    ///
    /// - Throws: ``SessionCredentialsError`` for the first invalid value.
    package init(
        accessKeyID: String,
        secretAccessKey: Secret,
        sessionToken: Secret,
        expiration: Date,
        issued: Date,
        assumedRoleARN: String,
        region: String,
        now: Date
    ) throws(SessionCredentialsError) {
        guard (16...128).contains(accessKeyID.utf8.count), accessKeyID.utf8.allSatisfy(Self.isWord) else {
            throw .malformed(.accessKeyID, accepted: "16 to 128 letters, digits, and underscores")
        }
        guard Self.isVisibleASCII(secretAccessKey, length: 16...256) else {
            throw .malformed(
                .secretAccessKey,
                accepted: "16 to 256 printable ASCII characters without spaces"
            )
        }
        guard Self.isVisibleASCII(sessionToken, length: 16...16_384) else {
            throw .malformed(.sessionToken, accepted: "16 to 16384 printable ASCII characters without spaces")
        }
        guard let end = Instant(expiration), Instant(issued) != nil else {
            throw .malformed(.expiration, accepted: "a time between the years 1 and 9999")
        }
        guard end.date > now else { throw .expired(at: end.date, now: now) }
        guard assumedRoleARN.utf8.count <= 2048,
            assumedRoleARN.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            ARN(assumedRoleARN) != nil
        else { throw .malformed(.assumedRoleARN, accepted: "an ARN") }
        guard (1...64).contains(region.utf8.count), region.utf8.allSatisfy({ Self.isWord($0) || $0 == 0x2D })
        else {
            throw .malformed(.region, accepted: "the name of a region")
        }
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = end.date
        self.issued = issued
        self.assumedRoleARN = assumedRoleARN
        self.region = region
    }

    /// The remaining lifetime at `now`; negative after expiration.
    package func remaining(at now: Date) -> Duration {
        expiration.since(now)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isVisibleASCII(_ secret: Secret, length: ClosedRange<Int>) -> Bool {
        let bytes = secret.reveal().utf8
        return length.contains(bytes.count) && bytes.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

/// The reason that session credentials are invalid; no case contains a secret.
package enum SessionCredentialsError: Error, Hashable, Sendable {
    case malformed(Member, accepted: String)
    case expired(at: Date, now: Date)

    /// The invalid value, by its name in STS responses.
    package enum Member: String, Hashable, Sendable {
        case accessKeyID = "AccessKeyId"
        case secretAccessKey = "SecretAccessKey"
        case sessionToken = "SessionToken"
        case expiration = "Expiration"
        case assumedRoleARN = "AssumedRoleUser.Arn"
        case region
    }
}

extension SessionCredentialsError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let member, let accepted):
            "\(member.rawValue) is empty or malformed; accepted: \(accepted)."
        case .expired(let end, let now):
            "Expiration \(end.utcText) is not after the local time, \(now.utcText)."
        }
    }
}
