package import Federation
package import FoundationEssentials

/// The URL of a service, and the region for request signatures.
package struct AWSEndpoint: Hashable, Sendable {
    package let url: URL
    package let signingRegion: String

    package init(url: URL, signingRegion: String) {
        self.url = url
        self.signingRegion = signingRegion
    }

    /// The variants of AWS's public endpoints: FIPS and dual stack.
    package struct Variant: OptionSet, Hashable, Sendable {
        package let rawValue: Int

        package init(rawValue: Int) {
            self.rawValue = rawValue
        }

        package static let fips = Variant(rawValue: 1)
        package static let dualStack = Variant(rawValue: 2)
    }

    /// Returns the STS endpoint of a region.
    ///
    /// The region `aws-global` means the global endpoint. Requests to the global endpoint are signed for us-east-1.
    /// The URL `override`, if any, is returned unchanged. Source: botocore 1.43 endpoint rules of STS.
    ///
    /// - Throws: ``AWSEndpointError`` if the region is unknown or the arguments conflict.
    package static func sts(
        region: String,
        variant: Variant = [],
        override: URL? = nil
    ) throws(AWSEndpointError) -> AWSEndpoint {
        let isGlobal = region == AWSPartition.globalRegion
        if let override {
            guard variant.isEmpty else { throw .overrideWithVariant }
            return AWSEndpoint(url: override, signingRegion: isGlobal ? "us-east-1" : region)
        }
        if isGlobal { return try make(host: "sts.amazonaws.com", signingRegion: "us-east-1") }
        guard let partition = AWSPartition(region: region) else { throw .unknownRegion(region) }
        let needsFIPSName = variant.contains(.fips) && !(partition == .usGov && !variant.contains(.dualStack))
        let name = needsFIPSName ? "sts-fips" : "sts"
        let suffix = variant.contains(.dualStack) ? partition.dualStackSuffix : partition.dnsSuffix
        return try make(host: "\(name).\(region).\(suffix)", signingRegion: region)
    }

    /// Returns the IAM endpoint of a partition.
    ///
    /// The URL `override`, if any, is returned unchanged. Source: botocore 1.43 endpoint rules of IAM.
    ///
    /// - Throws: ``AWSEndpointError`` if the arguments conflict.
    package static func iam(
        partition: AWSPartition,
        variant: Variant = [],
        override: URL? = nil
    ) throws(AWSEndpointError) -> AWSEndpoint {
        let region = partition.implicitRegion
        if let override {
            guard variant.isEmpty else { throw .overrideWithVariant }
            return AWSEndpoint(url: override, signingRegion: region)
        }
        return try make(host: iamHost(partition, variant), signingRegion: region)
    }

    private static func iamHost(_ partition: AWSPartition, _ variant: Variant) -> String {
        let name = variant.contains(.fips) ? "iam-fips" : "iam"
        let isDual = variant.contains(.dualStack)
        let suffix = isDual ? partition.dualStackSuffix : partition.dnsSuffix
        switch partition {
        case .aws: return "\(name).\(isDual ? "global." : "")\(suffix)"
        // GovCloud's standard host name is the FIPS endpoint.
        case .usGov: return "iam.us-gov.\(suffix)"
        case .china where variant == .dualStack: return "iam.global.\(suffix)"
        case .iso where !isDual, .isoB where !isDual: return "\(name).\(partition.implicitRegion).\(suffix)"
        default:
            return variant.isEmpty ? "iam.\(partition.implicitRegion).\(suffix)" : "\(name).\(suffix)"
        }
    }

    private static func make(host: String, signingRegion: String) throws(AWSEndpointError) -> AWSEndpoint {
        guard let url = URL(string: "https://\(host)/") else { throw .unknownRegion(signingRegion) }
        return AWSEndpoint(url: url, signingRegion: signingRegion)
    }
}

/// The reason that a service endpoint cannot be determined.
package enum AWSEndpointError: Error, Hashable, Sendable {
    case unknownRegion(String)
    /// An override combined with FIPS or dual stack; AWS tools also reject this combination.
    case overrideWithVariant
    /// Text that is not an HTTPS URL; HTTP is accepted only for loopback and link-local addresses.
    case unusableAddress(String)
}

extension AWSEndpointError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownRegion(let region):
            "\(region) is not an AWS region. Correct `region` of the mapping, AWS_REGION, AWS_DEFAULT_REGION, or the "
                + "profile's region."
        case .overrideWithVariant:
            "A custom endpoint cannot be combined with FIPS or dual stack. Remove one of them."
        case .unusableAddress(let text):
            "\(text) is neither an HTTPS URL nor an HTTP URL of a loopback or link-local address. Correct "
                + "AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL_IAM, or the profile's endpoint_url."
        }
    }
}
