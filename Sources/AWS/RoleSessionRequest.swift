package import Federation
import Transport

/// The parameters common to all STS operations that assume a role.
///
/// Source: STS API reference 2011-06-15, with the limits in botocore 1.43.
package struct RoleSessionRequest: Hashable, Sendable {
    package var roleARN: RoleARN
    package var name: String
    package var duration: Duration
    /// Managed session policies.
    package var policyARNs: [ARN]
    /// The inline session policy.
    package var policy: String?

    package init(
        roleARN: RoleARN,
        name: String,
        duration: Duration,
        policyARNs: [ARN] = [],
        policy: String? = nil
    ) {
        self.roleARN = roleARN
        self.name = name
        self.duration = duration
        self.policyARNs = policyARNs
        self.policy = policy
    }

    /// Validates the parameters; `region` is the endpoint's region.
    func validate(region: String) throws(CloudError) {
        try validatePartition(of: region)
        let length = roleARN.description.unicodeScalars.count
        try require((20...2048).contains(length), "RoleArn", "must have 20 to 2048 characters")
        try require(
            RoleSessionName.isValid(name),
            "RoleSessionName",
            "must have \(RoleSessionName.accepted)"
        )
        try require(
            duration >= .seconds(900) && duration <= .seconds(43200),
            "DurationSeconds",
            "is \(DurationText.format(duration)); 15m to 12h is accepted"
        )
        try validatePolicies()
    }

    /// Checks that the role and the region are in the same partition; AWS has no specific error for a mismatch.
    private func validatePartition(of region: String) throws(CloudError) {
        guard let partition = AWSPartition(region: region) else { return }
        try require(
            partition == roleARN.partition,
            "RoleArn",
            "is in partition \(roleARN.partition.rawValue), but \(region) is in \(partition.rawValue)"
        )
    }

    private func validatePolicies() throws(CloudError) {
        for arn in policyARNs {
            let hasAcceptedOwner = [roleARN.account, "aws"].contains(arn.account)
            try require(
                hasAcceptedOwner && arn.partition == roleARN.arn.partition && arn.service == "iam",
                "PolicyArns",
                "contains \(arn); only managed policies of the role's account and AWS's own are accepted"
            )
        }
        let length = policyARNs.reduce(policy?.unicodeScalars.count ?? 0) {
            $0 + $1.description.unicodeScalars.count
        }
        try require(
            length <= 2048,
            "Policy and PolicyArns",
            "have \(length) characters in total; at most 2048 are accepted"
        )
        try require(
            policyARNs.count <= 10,
            "PolicyArns",
            "has \(policyARNs.count) ARNs; at most 10 are accepted"
        )
        if let policy {
            let isPlain = policy.unicodeScalars.allSatisfy {
                [0x9, 0xA, 0xD].contains($0.value) || (0x20...0xFF).contains($0.value)
            }
            try require(
                isPlain,
                "Policy",
                "contains control characters or characters above U+00FF; write them as \\uXXXX"
            )
            let count = policy.unicodeScalars.count
            try require(
                (1...2048).contains(count),
                "Policy",
                "has \(count) characters; 1 to 2048 are accepted"
            )
        }
    }

    /// Returns a request body with these parameters.
    func body(action: String) -> FormBody {
        var body = FormBody(action: action, version: STSClient.version)
        body.append("RoleArn", roleARN.description)
        body.append("RoleSessionName", name)
        body.append("DurationSeconds", String(duration.wholeSeconds))
        for (index, arn) in policyARNs.enumerated() {
            body.append("PolicyArns.member.\(index + 1).arn", arn.description)
        }
        body.append("Policy", ifAny: policy)
        return body
    }
}

/// Throws an error with the parameter and the violation, unless `holds` is `true`.
func require(_ holds: Bool, _ parameter: String, _ violation: String) throws(CloudError) {
    guard holds else { throw .invalidRequest(parameter: parameter, problem: "\(violation).") }
}
