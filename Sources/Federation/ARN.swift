/// An Amazon Resource Name: `arn:partition:service:region:account:resource`.
package struct ARN: Hashable, Sendable {
    package let partition: String
    package let service: String
    package let region: String
    package let account: String
    package let resource: String

    /// The number of colon-separated fields; the last field, the resource, may itself contain colons.
    package static let fieldCount = 6

    /// Parses an ARN; `nil` for other text, and if the partition, the service, or the resource is empty.
    package init?(_ text: String) {
        let fields = text.utf8.split(
            separator: UInt8(ascii: ":"),
            maxSplits: Self.fieldCount - 1,
            omittingEmptySubsequences: false
        ).map { String(Substring($0)) }
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

    /// Parses a role ARN; `nil` for any other text.
    ///
    /// The account has twelve digits, and the partition must be one that cambist supports. The path is printable ASCII,
    /// and the name has up to 64 letters, digits, and `_+=,.@-`. Source: IAM API reference, CreateRole.
    package init?(_ text: String) {
        guard let arn = ARN(text), arn.service == "iam", arn.region.isEmpty,
            arn.account.utf8.count == 12, arn.account.utf8.allSatisfy({ (48...57).contains($0) }),
            arn.resource.hasPrefix("role/"), AWSPartition(rawValue: arn.partition) != nil,
            arn.resource.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        let resource = arn.resource.utf8
        let name =
            resource.lastIndex(of: UInt8(ascii: "/")).map { resource[$0...].dropFirst() } ?? resource[...]
        guard (1...64).contains(name.count), name.allSatisfy(Self.isNameCharacter) else { return nil }
        self.arn = arn
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_+=,.@-".utf8.contains(byte)
        }
    }

    /// Describes white space in a role ARN, or the first invalid character of the role's name; `nil` if there is none.
    package static func invalidCharacters(in text: String) -> String? {
        if text.first?.isWhitespace == true { return "leading white space" }
        if text.last?.isWhitespace == true { return "trailing white space" }
        if text.contains(where: \.isWhitespace) { return "white space in the middle" }
        let resource = ARN(text)?.resource ?? text
        let name = resource.split(separator: "/").last ?? ""
        let invalid = name.unicodeScalars.first { !$0.isASCII || !isNameCharacter(UInt8($0.value)) }
        return invalid.map {
            "the character \(VisibleText.oneLine(String($0), limit: 10)) in the role's name"
        }
    }

    /// The twelve-digit account ID.
    package var account: String { arn.account }

    /// The role name without the path, as in the ARN of an assumed role.
    package var name: String {
        let resource = arn.resource
        let slash = resource.utf8.lastIndex(of: UInt8(ascii: "/"))
        return slash.map { String(resource[resource.utf8.index(after: $0)...]) } ?? resource
    }

    /// The partition; all endpoints for this role must be in this partition.
    package var partition: AWSPartition {
        AWSPartition(rawValue: arn.partition) ?? .aws
    }
}

extension RoleARN: CustomStringConvertible {
    package var description: String { arn.description }
}
