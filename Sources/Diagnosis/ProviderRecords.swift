package import Federation
import Foundation
import TrustPolicy

extension OIDCProvider {
    /// Reads provider records as AWS's command line prints them.
    ///
    /// One record of `get-open-id-connect-provider`, which has no ARN; an array of such, each with its `Arn` or
    /// `OpenIDConnectProviderArn`; or the answer of `list-open-id-connect-providers`, which has ARNs alone.
    ///
    /// - Throws: ``ProviderFormatError`` when the text is none of these.
    package static func records(json text: String) throws(ProviderFormatError) -> [OIDCProvider] {
        guard let value = JSONValue(text: text) else {
            throw .notJSON
        }
        let elements: [JSONValue] =
            switch value["OpenIDConnectProviderList"] ?? value {
            case .array(let elements): elements
            case let record: [record]
            }
        var providers: [OIDCProvider] = []
        for (index, element) in elements.enumerated() {
            guard let provider = OIDCProvider(record: element) else { throw .noProvider(index: index) }
            providers.append(provider)
        }
        return providers
    }

    private init?(record: JSONValue) {
        let arn = (record["Arn"] ?? record["OpenIDConnectProviderArn"])?.string
        let path = arn.flatMap(ARN.init)?.resource
        let prefix = "oidc-provider/"
        let registered = path.flatMap { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil }
        guard let url = record["Url"]?.string ?? registered else { return nil }
        self.init(
            arn: arn,
            url: url,
            clientIDs: record["ClientIDList"]?.strings,
            thumbprints: record["ThumbprintList"]?.strings ?? [],
            created: record["CreateDate"]?.string.flatMap(Date.init(policyText:))
        )
    }
}

/// Why a text holds no provider records.
package enum ProviderFormatError: Error, Hashable, Sendable {
    case notJSON
    /// The record at `index`, from 0, has neither `Url` nor a provider's ARN.
    case noProvider(index: Int)
}

extension ProviderFormatError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notJSON: "The text is no JSON."
        case .noProvider(let index): "Record \(index) has neither Url nor the ARN of an OIDC provider."
        }
    }
}
