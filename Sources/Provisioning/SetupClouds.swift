package import AWS
package import Azure
package import Federation

/// The clients of both clouds with the operator's rights, or the reasons why one is unavailable.
package struct SetupClouds: Sendable {
    package typealias Azure = (graph: GraphClient, resources: ResourceManagerClient)
    package typealias AWS = (iam: IAMClient, account: String)

    private let azure: Result<Azure, Failure>
    private let aws: Result<AWS, Failure>

    /// Creates the clients; `account` is the one that the AWS credentials belong to.
    package init(azure: Result<Azure, Failure>, aws: Result<AWS, Failure>) {
        self.azure = azure
        self.aws = aws
    }

    func graph() throws(SetupFault) -> GraphClient {
        try available(azure).graph
    }

    func resources() throws(SetupFault) -> ResourceManagerClient {
        try available(azure).resources
    }

    /// The IAM client of an account.
    ///
    /// - Throws: ``SetupFault`` when the credentials belong to another account: IAM would answer for that one.
    func iam(account: String) throws(SetupFault) -> IAMClient {
        let access = try available(aws)
        guard access.account == account else {
            throw SetupFault(
                Failure(
                    kind: .refused,
                    code: "other-account",
                    message:
                        "The AWS credentials belong to account \(access.account), the role to \(account).",
                    fix: "Use credentials of account \(account): AWS_PROFILE or setup.aws_profile."
                )
            )
        }
        return access.iam
    }

    private func available<Access>(_ access: Result<Access, Failure>) throws(SetupFault) -> Access {
        switch access {
        case .success(let access): return access
        case .failure(let failure): throw SetupFault(failure)
        }
    }
}
