/// An AWS managed policy, which any account can attach.
struct ManagedPolicy: Sendable {
    let name: String
    /// The path, such as `/` or `/job-function/`.
    let path: String
    /// The version ID of the default version.
    let version: String
    /// The creation time, in ISO 8601.
    let created: String
    let updated: String
    /// The policy document, reduced to IAM actions, STS actions, and a few others.
    let document: String

    var arn: String { "arn:aws:iam::aws:policy\(path)\(name)" }

    /// Returns the policy with this ARN, if the lab contains it.
    static func find(_ arn: String) -> ManagedPolicy? {
        byARN[arn]
    }

    private static let byARN = Dictionary(all.map { ($0.arn, $0) }) { first, _ in first }

    private init(
        _ name: String,
        path: String = "/",
        _ version: String,
        _ created: String,
        _ updated: String,
        _ statements: String...
    ) {
        self.name = name
        self.path = path
        self.version = version
        self.created = created
        self.updated = updated
        document =
            #"{"Version": "2012-10-17", "Statement": [\#(statements.joined(separator: ", "))]}"#
    }

    /// Returns a statement that allows actions on all resources.
    private static func allow(_ actions: String...) -> String {
        let list = actions.map { "\"\($0)\"" }.joined(separator: ", ")
        return #"{"Effect": "Allow", "Action": [\#(list)], "Resource": "*"}"#
    }

    /// Returns a statement that allows all actions except the given actions, on all resources.
    private static func allow(allBut actions: String...) -> String {
        let list = actions.map { "\"\($0)\"" }.joined(separator: ", ")
        return #"{"Effect": "Allow", "NotAction": [\#(list)], "Resource": "*"}"#
    }

    private static let readingIAM = allow("iam:Get*", "iam:List*")

    /// Policies that operators commonly attach to a federated role.
    ///
    /// Source: AWS managed policy reference, 2026.
    static let all: [ManagedPolicy] = [
        Self("AdministratorAccess", "v1", "2015-02-06T18:39:46Z", "2015-02-06T18:39:46Z", allow("*")),
        Self(
            "AmazonEC2ReadOnlyAccess",
            "v5",
            "2015-02-06T18:40:17Z",
            "2026-02-12T18:03:17Z",
            allow("ec2:Describe*", "ec2:Get*")
        ),
        Self(
            "AmazonS3FullAccess",
            "v2",
            "2015-02-06T18:40:58Z",
            "2021-09-27T20:16:37Z",
            allow("s3:*", "s3-object-lambda:*")
        ),
        Self(
            "AmazonS3ReadOnlyAccess",
            "v3",
            "2015-02-06T18:40:59Z",
            "2023-08-10T21:31:39Z",
            allow("s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*")
        ),
        Self(
            "AmazonSQSReadOnlyAccess",
            "v4",
            "2015-02-06T18:41:08Z",
            "2024-05-24T18:16:44Z",
            allow("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueues")
        ),
        Self(
            "AmazonSSMReadOnlyAccess",
            "v1",
            "2015-05-29T17:44:19Z",
            "2015-05-29T17:44:19Z",
            allow("ssm:Describe*", "ssm:Get*", "ssm:List*")
        ),
        Self(
            "AWSCloudTrail_ReadOnlyAccess",
            "v1",
            "2022-06-14T17:19:05Z",
            "2022-06-14T17:19:05Z",
            allow("cloudtrail:Get*", "cloudtrail:Describe*", "cloudtrail:List*", "cloudtrail:LookupEvents")
        ),
        Self(
            "AWSSecurityHubReadOnlyAccess",
            "v4",
            "2018-11-28T01:34:29Z",
            "2024-02-22T23:45:59Z",
            allow("securityhub:Get*", "securityhub:List*", "securityhub:Describe*", "securityhub:BatchGet*")
        ),
        Self(
            "CloudWatchLogsReadOnlyAccess",
            "v12",
            "2015-02-06T18:40:03Z",
            "2026-02-12T17:59:13Z",
            allow("logs:Describe*", "logs:Get*", "logs:List*", "logs:FilterLogEvents")
        ),
        Self(
            "CloudWatchReadOnlyAccess",
            "v24",
            "2015-02-06T18:40:01Z",
            "2026-02-12T18:01:50Z",
            allow("cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*", "iam:GetRole")
        ),
        Self(
            "IAMFullAccess",
            "v2",
            "2015-02-06T18:40:38Z",
            "2019-06-21T19:40:00Z",
            allow("iam:*", "organizations:DescribeOrganization")
        ),
        Self("IAMReadOnlyAccess", "v4", "2015-02-06T18:40:39Z", "2018-01-25T19:11:27Z", readingIAM),
        Self(
            "PowerUserAccess",
            "v12",
            "2015-02-06T18:39:47Z",
            "2026-02-12T17:59:14Z",
            allow(allBut: "iam:*", "organizations:*", "account:*"),
            allow("iam:ListRoles")
        ),
        Self("ReadOnlyAccess", "v182", "2015-02-06T18:39:48Z", "2026-04-03T15:27:12Z", readingIAM),
        Self("SecurityAudit", "v86", "2015-02-06T18:41:01Z", "2026-05-01T03:12:13Z", readingIAM),
        Self(
            "ViewOnlyAccess",
            path: "/job-function/",
            "v45",
            "2016-11-10T17:20:15Z",
            "2026-04-22T18:12:21Z",
            allow("iam:GetAccountSummary", "iam:List*")
        ),
    ]
}
