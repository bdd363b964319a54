/// An Amazon Resource Name: `arn:partition:service:region:account:resource`.
package struct ARN: Hashable, Sendable {
    package let partition: String
    package let service: String
    package let region: String
    package let account: String
    package let resource: String

    /// The number of colon-separated fields; the last one, the resource, may itself contain colons.
    package static let fieldCount = 6

    /// Parses an ARN; `nil` if one of the six fields is missing or the resource is empty.
    package init?(_ text: String) {
        let fields = text.split(
            separator: ":",
            maxSplits: Self.fieldCount - 1,
            omittingEmptySubsequences: false
        ).map(
            String.init
        )
        guard fields.count == Self.fieldCount, fields[0] == "arn", !fields[1].isEmpty, !fields[2].isEmpty,
            !fields[5].isEmpty
        else { return nil }
        partition = fields[1]
        service = fields[2]
        region = fields[3]
        account = fields[4]
        resource = fields[5]
    }
}

extension ARN: CustomStringConvertible {
    package var description: String {
        "arn:\(partition):\(service):\(region):\(account):\(resource)"
    }
}

/// The ARN of an IAM role: `arn:aws:iam::111122223333:role/path/name`.
package struct RoleARN: Hashable, Sendable {
    package let arn: ARN

    /// Parses a role ARN; `nil` for other resources, an account that is not twelve digits, or an unknown
    /// partition.
    package init?(_ text: String) {
        guard let arn = ARN(text), arn.service == "iam", arn.region.isEmpty,
            arn.account.utf8.count == 12, arn.account.utf8.allSatisfy({ (48...57).contains($0) }),
            arn.resource.hasPrefix("role/"), !arn.resource.hasSuffix("/"),
            AWSPartition(rawValue: arn.partition) != nil
        else { return nil }
        self.arn = arn
    }

    /// The twelve-digit account ID.
    package var account: String { arn.account }

    /// The role name without its path, as in the ARN of an assumed role.
    package var name: String {
        arn.resource.split(separator: "/").last.map(String.init) ?? ""
    }

    /// The partition; the endpoints used for this role must belong to it.
    package var partition: AWSPartition {
        AWSPartition(rawValue: arn.partition) ?? .aws
    }
}

extension RoleARN: CustomStringConvertible {
    package var description: String { arn.description }
}
