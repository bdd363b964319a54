package import struct FoundationEssentials.Date

/// An OpenID Connect provider registered in an AWS account.
package struct OIDCProvider: Hashable, Sendable {
    /// The ARN; `nil` if the provider was read from a saved response of IAM, which does not contain the ARN.
    package var arn: String?
    /// The URL without `https://`, as returned by IAM.
    package var url: String
    /// The accepted audiences; `nil` if unknown.
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

    /// Creates a provider from its ARN alone; `nil` if the ARN does not name an OIDC provider.
    package init?(arn: String) {
        let prefix = "oidc-provider/"
        guard let resource = ARN(arn)?.resource, resource.hasPrefix(prefix) else { return nil }
        self.init(arn: arn, url: String(resource.dropFirst(prefix.count)), clientIDs: nil)
    }

    /// Returns a provider's URL without the scheme, as in the provider's ARN and in condition keys.
    ///
    /// A trailing slash is kept.
    package static func hostAndPath(of url: String) -> String {
        let scheme = "https://"
        return url.hasPrefix(scheme) ? String(url.dropFirst(scheme.count)) : url
    }

    /// The ARN of the provider for an issuer in an account.
    package static func arn(forIssuer issuer: String, account: String, partition: String) -> String {
        "arn:\(partition):iam::\(account):oidc-provider/\(hostAndPath(of: issuer))"
    }
}
