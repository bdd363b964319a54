package import AWS
package import Azure
package import Federation

/// The clients for both clouds, or the reasons why clients are unavailable.
///
/// The clients have the operator's permissions.
package struct SetupClouds: Sendable {
    /// The clients for Azure, and the display name of their credentials.
    package typealias Azure = (graph: GraphClient, resources: ResourceManagerClient, credentials: String)
    /// The client for IAM, and the account and the display name of its credentials.
    package typealias AWS = (iam: IAMClient, account: String, credentials: String)

    private let azure: Result<Azure, Failure>
    private let aws: Result<AWS, Failure>
    private let accounts: [String: Result<AWS, Failure>]

    /// Stores clients, or the reasons why clients are unavailable.
    ///
    /// - Parameters:
    ///   - azure: Graph and Resource Manager.
    ///   - aws: IAM with the default credentials, and the account of these credentials.
    ///   - accounts: IAM for single accounts, by account ID. The credentials for an account take precedence over the
    ///     default credentials.
    package init(
        azure: Result<Azure, Failure>,
        aws: Result<AWS, Failure>,
        accounts: [String: Result<AWS, Failure>] = [:]
    ) {
        self.azure = azure
        self.aws = aws
        self.accounts = accounts
    }

    /// The credentials that can read objects.
    var sources: [CloudSource] {
        let accounts = accounts.compactMap { account, access in
            (try? access.get()).flatMap { $0.account == account ? $0 : nil }
        }
        return ((try? azure.get()).map { [CloudSource(.azure, credentials: $0.credentials)] } ?? [])
            + (accounts + [try? aws.get()].compactMap(\.self)).sorted { $0.account < $1.account }.map {
                CloudSource(.aws, account: $0.account, credentials: $0.credentials)
            }
    }

    func graph() throws(SetupError) -> GraphClient {
        try available(azure).graph
    }

    func resources() throws(SetupError) -> ResourceManagerClient {
        try available(azure).resources
    }

    /// Returns the IAM client for an account.
    ///
    /// IAM performs each request in the account of the credentials.
    ///
    /// - Throws: ``SetupError`` if no credentials belong to the account.
    func iam(account: String) throws(SetupError) -> IAMClient {
        let access = try available(accounts[account] ?? aws)
        guard access.account == account else {
            throw SetupError(
                Failure(
                    kind: .refused,
                    code: "other-account",
                    message:
                        "The AWS credentials (\(access.credentials)) belong to account \(access.account), "
                        + "but the role belongs to account \(account).",
                    fix:
                        "Set setup.aws_profile to a profile with credentials of account \(account), or add a profile "
                        + "of that account to ~/.aws/config."
                )
            )
        }
        return access.iam
    }

    private func available<Access>(_ access: Result<Access, Failure>) throws(SetupError) -> Access {
        switch access {
        case .success(let access): return access
        case .failure(let failure): throw SetupError(failure)
        }
    }
}
