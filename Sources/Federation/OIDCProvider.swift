package import struct Foundation.Date

/// An OpenID Connect provider as an AWS account has it registered.
package struct OIDCProvider: Hashable, Sendable {
    /// Its ARN; `nil` when only the record is at hand, which does not say.
    package var arn: String?
    /// Its URL without `https://`, as IAM gives it.
    package var url: String
    /// The audiences it takes; `nil` where the record leaves them out.
    package var clientIDs: [String]?
    package var thumbprints: [String]
    /// When IAM made it, where that is known.
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

    /// A provider of which only the ARN is known; `nil` when that is none of an OIDC provider.
    package init?(arn: String) {
        let prefix = "oidc-provider/"
        guard let resource = ARN(arn)?.resource, resource.hasPrefix(prefix) else { return nil }
        self.init(arn: arn, url: String(resource.dropFirst(prefix.count)), clientIDs: nil)
    }

    /// A provider's URL without its scheme, the final slash kept: what its ARN and condition keys begin with.
    package static func hostAndPath(of url: String) -> String {
        let scheme = "https://"
        return url.hasPrefix(scheme) ? String(url.dropFirst(scheme.count)) : url
    }

    /// The ARN that a provider for an issuer has in an account.
    package static func arn(forIssuer issuer: String, account: String, partition: String) -> String {
        "arn:\(partition):iam::\(account):oidc-provider/\(hostAndPath(of: issuer))"
    }
}
