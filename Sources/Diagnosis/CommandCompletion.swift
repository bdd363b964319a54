import Federation

/// Completes the commands of fixes so that they reach the account and the cloud that were read, or do nothing.
///
/// `aws` gets the profile that read the role, the region of a partition other than AWS's public one, and an endpoint that
/// it does not know by itself. Where the account of the credentials in use is unknown, a comparison precedes the command.
/// `az` of a national cloud runs only while it is set to that cloud.
struct CommandCompletion {
    private let role: RoleARN?
    private let reader: ReaderFacts?
    private let tools: ToolFacts

    init(_ context: DiagnosisContext) {
        role = context.request.roleARN
        reader = context.evidence.reader
        tools = context.evidence.tools
    }

    /// Returns the command as it is safe to paste.
    func complete(_ command: String) -> String {
        if command.hasPrefix("aws ") { return completeAWS(command) }
        if command.hasPrefix("az "), tools.cloud != .public {
            return "test \"$(az cloud show --query name -o tsv)\" = \(tools.cloud.cliName) && \(command)"
        }
        return command
    }

    private func completeAWS(_ command: String) -> String {
        let completed = command + options.joined()
        guard let role, reader?.account != role.account else { return completed }
        let region = self.region.map { " --region \($0)" } ?? ""
        return
            "test \"$(aws sts get-caller-identity --query Account --output text\(region))\" = "
            + "\(role.account) && "
            + completed
    }

    private var options: [String] {
        let profile = reader?.account == role?.account ? reader?.profile : nil
        return [
            profile.map { " --profile \(ShellWord.posix($0))" }, region.map { " --region \($0)" },
            tools.iam.map { " --endpoint-url \(ShellWord.posix($0))" },
        ].compactMap(\.self)
    }

    /// The region by which `aws` finds the IAM of a partition; `nil` for AWS's public one, where any region will do.
    private var region: String? {
        guard let partition = role?.partition, partition != .aws else { return nil }
        return partition.implicitRegion
    }
}
