package import Federation

package import struct Foundation.Date

/// A role as IAM describes it.
package struct RoleRecord: Hashable, Sendable {
    package let arn: RoleARN
    /// `AROA…`; a role made again under the same name has another.
    package let id: String
    package let created: Date?
    /// The trust policy's JSON, as it was stored.
    package let trustDocument: String
    package let description: String?
    /// The longest session it allows.
    package let maxSession: Duration
    /// The ARN of a managed policy.
    package let permissionsBoundary: String?
    package let tags: [String: String]
    /// When it was assumed the last time that IAM tells of.
    package let lastUsed: Date?
}

/// A role in IAM's XML; what is missing depends on the operation.
struct RoleElement: Decodable {
    struct Boundary: Decodable {
        let arn: String?

        enum CodingKeys: String, CodingKey {
            case arn = "PermissionsBoundaryArn"
        }
    }

    struct Use: Decodable {
        let date: String?

        enum CodingKeys: String, CodingKey {
            case date = "LastUsedDate"
        }
    }

    let record: RoleRecord

    enum CodingKeys: String, CodingKey {
        case arn = "Arn"
        case id = "RoleId"
        case created = "CreateDate"
        case trustDocument = "AssumeRolePolicyDocument"
        case description = "Description"
        case maxSession = "MaxSessionDuration"
        case boundary = "PermissionsBoundary"
        case tags = "Tags"
        case lastUsed = "RoleLastUsed"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let arn = RoleARN(try container.decode(String.self, forKey: .arn)) else {
            throw DecodingError.dataCorruptedError(
                forKey: .arn,
                in: container,
                debugDescription: "no role's ARN"
            )
        }
        let text = { (key: CodingKeys) in try container.decodeIfPresent(String.self, forKey: key) }
        record = RoleRecord(
            arn: arn,
            id: try text(.id) ?? "",
            created: try text(.created).flatMap(Instant.init(iso8601:))?.date,
            trustDocument: ReturnedDocument.decode(try text(.trustDocument) ?? ""),
            description: try text(.description),
            maxSession: .seconds(try container.decodeIfPresent(Int.self, forKey: .maxSession) ?? 3600),
            permissionsBoundary: try container.decodeIfPresent(Boundary.self, forKey: .boundary)?.arn,
            tags: try container.decodeIfPresent(MemberList<TagElement>.self, forKey: .tags)?.dictionary
                ?? [:],
            lastUsed: try container.decodeIfPresent(Use.self, forKey: .lastUsed)?.date
                .flatMap(Instant.init(iso8601:))?.date
        )
    }
}
