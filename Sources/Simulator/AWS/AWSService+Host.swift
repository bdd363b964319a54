import Federation

extension AWSService {
    /// The service that one of AWS's own host names means, a port aside; `nil` for any other name.
    ///
    /// Known are `sts.REGION.SUFFIX`, `sts-fips.REGION.SUFFIX`, `sts.SUFFIX` and `iam….SUFFIX`, with the
    /// suffixes of every partition.
    init?(host: String) {
        let name = host.prefix { $0 != ":" }.lowercased()
        let isAWS = AWSPartition.allCases.contains { partition in
            name.hasSuffix(".\(partition.dnsSuffix)") || name.hasSuffix(".\(partition.dualStackSuffix)")
        }
        let labels = name.split(separator: ".").map(String.init)
        guard isAWS, labels.count > 1 else { return nil }
        switch labels[0] {
        case "iam", "iam-fips":
            self = .iam
        case "sts", "sts-fips":
            self = .sts(region: AWSPartition(region: labels[1]) == nil ? "aws-global" : labels[1])
        default:
            return nil
        }
    }
}
