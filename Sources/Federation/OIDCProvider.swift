package import struct Foundation.Date

/// An OpenID Connect provider registered in an AWS account.
package struct OIDCProvider: Hashable, Sendable {
    /// Its ARN; `nil` when only the record is known, which lacks it.
    package var arn: String?
    /// Its URL without `https://`, as IAM returns it.
    package var url: String
    /// The accepted audiences; `nil` when the record lacks them.
    package var clientIDs: [String]?
    package var thumbprints: [String]
    /// The creation date, if known.
    package var created: Date?

    package init(
        arn: String? = nil,
        url: String,
        clientIDs: [String]?,
        thumbprints: [String] = [],
        created: Date? = nil
    ) {
        self.arn = arn
        self.url = Self.hostAndPath(of: url)
        self.clientIDs = clientIDs
        self.thumbprints = thumbprints
        self.created = created
    }

    /// A provider known by its ARN alone; `nil` when the ARN names no OIDC provider.
    package init?(arn: String) {
        let prefix = "oidc-provider/"
        guard let resource = ARN(arn)?.resource, resource.hasPrefix(prefix) else { return nil }
        self.init(arn: arn, url: String(resource.dropFirst(prefix.count)), clientIDs: nil)
    }

    /// A provider's URL without its scheme, the trailing slash kept: the beginning of its ARN's resource and condition keys.
    package static func hostAndPath(of url: String) -> String {
        let scheme = "https://"
        return url.hasPrefix(scheme) ? String(url.dropFirst(scheme.count)) : url
    }

    /// The ARN of an issuer's provider in an account.
    package static func arn(forIssuer issuer: String, account: String, partition: String) -> String {
        "arn:\(partition):iam::\(account):oidc-provider/\(hostAndPath(of: issuer))"
    }
}
