import Federation

/// Completes the commands of a fix, so that no command changes another account or tenant.
///
/// - `aws` gets the profile used to read the role, a custom endpoint, and a region (except in the partition `aws`).
/// - Without a profile, a command that changes AWS first compares accounts. The shell may have the credentials of a
///   different account.
/// - If the identity's tenant is known, `az` runs only if `az` is signed in to that tenant.
/// - For a national cloud, `az` runs only if `az` is configured for that cloud.
/// - While the account is unknown, no change in AWS is offered.
/// - A change in Entra is not offered if the command could change an application of a different tenant.
package struct CommandCompletion {
    private let mapping: RoleMapping.ID?
    /// The mapping to pass to `cambist explain`; if a hub failed, the mapping whose exchange used the hub.
    private let subject: RoleMapping.ID?
    private let account: String?
    private let partition: AWSPartition?
    private let reader: ReaderFacts?
    private let tools: ToolFacts
    private let cloud: MicrosoftCloud
    /// The ID of the identity's tenant; `nil` if the evidence lacks this ID.
    private let tenantID: String?
    /// The ID of the identity's service principal or application, by which a command finds the tenant.
    private let principal: String?
    /// The requested audience, if other tenants may have applications with the same URI.
    private let sharedAudience: String?

    init(_ context: DiagnosisContext) {
        mapping = context.request.mapping
        subject = context.evidence.spoke ?? mapping
        let provider = context.isAccountKnown ? context.federatedPrincipal.flatMap(ARN.init) : nil
        account = context.request.roleARN?.account ?? provider?.account
        partition =
            context.request.roleARN?.partition ?? provider.flatMap { AWSPartition(rawValue: $0.partition) }
        reader = context.evidence.reader
        tools = context.evidence.tools
        cloud = context.cloud
        tenantID = context.tenantGUID
        principal = context.principalID ?? context.clientID
        sharedAudience = context.requestedAudience.flatMap { $0.isGUID ? nil : $0 }
    }

    /// Returns the cause with complete commands; cambist's own commands name the mapping and the configuration file.
    func complete(_ cause: Cause) -> Cause {
        let text = { (text: String) in
            tools.configuration.naming(in: naming(text))
        }
        let fix: Fix
        if let missing = missingSettingAdvice(for: cause.remedy.commands) {
            fix = Fix("\(cause.adviceWithoutCommands) \(missing)")
        } else {
            fix = Fix(
                text(cause.remedy.text),
                introduction: text(cause.remedy.introduction),
                commands: completed(cause.remedy.commands)
            )
        }
        return Cause(
            cause.id,
            cause.summary,
            evidence: cause.evidence,
            fix: fix,
            possibleCauses: cause.possibleCauses.map {
                PossibleCauses($0.causes, toFindOut: text($0.toFindOut))
            }
        )
    }

    /// Returns the advice with the name of the mapping in cambist's commands.
    ///
    /// The command `explain` gets the mapping that the operator asked about.
    private func naming(_ text: String) -> String {
        // Without a mapping, `cambist explain` reads the files that its options name.
        guard let mapping, let subject else {
            return text.replacing(
                "run `cambist explain`",
                with: "run `cambist explain` with the same options"
            )
        }
        let name = ShellWord.posix(subject)
        return text.replacing("`cambist explain`", with: "`cambist explain \(name)`")
            .replacing("`cambist explain MAPPING`", with: "`cambist explain \(name)`")
            .naming(mapping)
    }

    /// Returns advice to add a missing setting, if any.
    ///
    /// Without the setting, a command could change a different account or tenant.
    private func missingSettingAdvice(for commands: [ShellCommand]) -> String? {
        let isCompared = { (command: ShellCommand) in Self.comparesAccounts(command.text) }
        if account == nil, commands.contains(where: { Self.changesAWS($0) && !isCompared($0) }) {
            return "To get the commands, add --role ARN: the commands depend on the role's account."
        }
        let isShared = { (command: ShellCommand) in command.values.contains { $0 == sharedAudience } }
        if tenantID == nil, principal == nil, commands.contains(where: Self.changesAzure),
            commands.contains(where: isShared)
        {
            return
                "To get the commands, set tenant_id of the identity (`cambist config edit`), because an application of "
                + "another tenant can have the same URI."
        }
        return nil
    }

    /// Returns the command with its options; if necessary, the command first compares the account or the cloud.
    func complete(_ command: ShellCommand) -> ShellCommand {
        if command.text.hasPrefix("aws ") || command.hasPlaceForOptions { return completeAWS(command) }
        if cloud != .public, command.text.contains(#/^az | && az | (then|[^ ]+\)) az /#) {
            return "test \"$(az cloud show --query name -o tsv)\" = \(cloud.cliName) && \(command)"
        }
        return command
    }

    /// Returns the complete commands, each of which can be run alone.
    ///
    /// Commands that share a shell variable become the lines of one command. If the commands include a comparison of
    /// tenants, all `az` commands become one command. The shell skips that command if the tenants differ.
    private func completed(_ commands: [ShellCommand]) -> [ShellCommand] {
        var lines = commands.map(complete)
        var groups = ShellCommand.rangesOfVariables(in: commands)
        if let first = commands.firstIndex(where: Self.runsAz),
            let last = commands.lastIndex(where: Self.runsAz),
            let comparison = tenantComparison(isChange: commands.contains(where: Self.changesAzure))
        {
            if first == last {
                lines[first] = "\(comparison)\(lines[first])"
            } else {
                lines[first] = "\(comparison){\n\(lines[first])"
                lines[last] = "\(lines[last])\n}"
                groups.append(first...last)
            }
        }
        var joined: [ShellCommand] = []
        for (index, line) in lines.enumerated() {
            let isContinued = groups.contains { $0.contains(index) && $0.lowerBound < index }
            if isContinued, let last = joined.popLast() {
                joined.append("\(last)\n\(line)")
            } else {
                joined.append(line)
            }
        }
        return joined
    }

    /// The beginning of a command that runs only in the identity's tenant.
    ///
    /// If the tenant's ID is unknown, a command with a change runs only if the directory has the identity.
    private func tenantComparison(isChange: Bool) -> ShellCommand? {
        if let tenantID { return "test \"$(az account show --query tenantId -o tsv)\" = \(tenantID) && " }
        guard isChange, let principal else { return nil }
        return "az ad sp show --id \(principal) -o none && "
    }

    private static func runsAz(_ command: ShellCommand) -> Bool {
        command.text.contains(/(^|[ (])az\s/)
    }

    /// Whether the command changes something in Azure or Entra.
    static func changesAzure(_ command: ShellCommand) -> Bool {
        command.text.contains(
            /(^|[ (])az (rest -m (PATCH|POST|PUT|DELETE)|[a-z -]+ (add|assign|create|delete|remove|reset|set|update) )/
        )
    }

    /// Whether the command changes something in AWS.
    static func changesAWS(_ command: ShellCommand) -> Bool {
        command.text.contains(
            /(^|[ (])aws (account enable|iam (add|attach|create|delete|put|remove|tag|untag|update))-/
        )
    }

    private func completeAWS(_ command: ShellCommand) -> ShellCommand {
        let options = AWSOptions(profile: profile, partition: partition, tools)
        let completed = command.adding(options.all(for: command))
        guard let account, profile == nil, reader?.account != account || Self.changesAWS(command) else {
            return completed
        }
        return "\(Self.comparison)\(options.sts))\" = \(account) && \(completed)"
    }

    private static let comparison: ShellCommand =
        "test \"$(aws sts get-caller-identity --query Account --output text"

    /// Whether the command begins by comparing the account of the credentials with the expected account.
    package static func comparesAccounts(_ command: String) -> Bool {
        command.hasPrefix(comparison.text)
    }

    private var profile: String? { reader?.account == account ? reader?.profile : nil }
}

/// The options with which `aws` uses the account and the endpoint that cambist uses.
struct AWSOptions {
    /// The options for a call to any service of the account.
    let account: ShellCommand
    let iam: ShellCommand
    let sts: ShellCommand

    /// - Parameters:
    ///   - profile: The profile of the account; `nil` for the shell's credentials.
    ///   - partition: The account's partition; `nil` for an unknown partition.
    ///   - tools: The endpoints that `aws` does not know.
    init(profile: String?, partition: AWSPartition?, _ tools: ToolFacts) {
        let selection: ShellCommand = profile.map { " --profile \($0)" } ?? ""
        // In the partition `aws`, IAM is found from any region.
        let region: ShellCommand? = partition.flatMap { partition in
            partition == .aws ? nil : " --region \(partition.implicitRegion)"
        }
        let endpoint = { (url: String?) -> ShellCommand in url.map { " --endpoint-url \($0)" } ?? "" }
        account = "\(selection)\(region ?? "")"
        iam = "\(account)\(endpoint(tools.iam))"
        sts = "\(account)\(endpoint(tools.sts))"
    }

    /// Returns the options for the service that a command calls.
    func all(for command: ShellCommand) -> ShellCommand {
        if command.text.contains("aws iam ") { return iam }
        return command.text.contains("aws sts ") ? sts : account
    }
}
