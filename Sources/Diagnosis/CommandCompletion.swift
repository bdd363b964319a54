import Federation

/// Completes the commands of fixes so that they use the account and the cloud that were read, or fail without effect.
///
/// `aws` gets the profile that read the role, a region if the role's partition is not `aws`, and a
/// custom endpoint. If the account of the current credentials is unknown, the command first compares
/// accounts. `az` runs only if it is signed in to the identity's tenant and, for a national cloud, only if it is set to
/// that cloud.
package struct CommandCompletion {
    private let mapping: RoleMapping.ID?
    private let role: RoleARN?
    private let reader: ReaderFacts?
    private let tools: ToolFacts
    private let cloud: MicrosoftCloud
    /// The ID of the identity's tenant; `nil` if it is unknown or configured as a domain.
    private let tenantID: String?

    init(_ context: DiagnosisContext) {
        mapping = context.request.mapping
        role = context.request.roleARN
        reader = context.evidence.reader
        tools = context.evidence.tools
        cloud = context.cloud
        tenantID = context.ownTenant.flatMap { $0.isGUID ? $0.lowercased() : nil }
    }

    /// Returns the cause with complete commands; cambist's own commands name the mapping and the configuration file.
    func complete(_ cause: Cause) -> Cause {
        let text = { (text: String) in
            // Without a mapping, the command evaluates the files that its options name.
            let named =
                mapping.map { text.naming($0) }
                ?? text.replacing("run `cambist explain` again", with: "run this command again")
            return tools.configuration.naming(in: named)
        }
        return Cause(
            cause.id,
            cause.summary,
            evidence: cause.evidence,
            fix: Fix(text(cause.advice), commands: comparingTenants(cause.commands.map(complete))),
            possibleCauses: cause.possibleCauses.map {
                PossibleCauses($0.causes, toFindOut: text($0.toFindOut))
            }
        )
    }

    /// Returns the command in a form that is safe to paste.
    func complete(_ command: String) -> String {
        if command.hasPrefix("aws ") || command.contains(Self.optionMark) { return completeAWS(command) }
        if command.hasPrefix("az ") || command.contains(" && az "), cloud != .public {
            return "test \"$(az cloud show --query name -o tsv)\" = \(cloud.cliName) && \(command)"
        }
        return command
    }

    /// Returns the commands with one comparison of tenants before the first `az` command.
    ///
    /// The shell skips all `az` commands if the tenants differ; several commands are grouped with braces.
    private func comparingTenants(_ commands: [String]) -> [String] {
        guard let tenantID, let first = commands.firstIndex(where: Self.runsAz),
            let last = commands.lastIndex(where: Self.runsAz)
        else { return commands }
        let comparison = "test \"$(az account show --query tenantId -o tsv)\" = \(tenantID) && "
        var compared = commands
        guard first != last else {
            compared[first] = comparison + compared[first]
            return compared
        }
        compared.insert("}", at: last + 1)
        compared.insert(comparison + "{", at: first)
        return compared
    }

    private static func runsAz(_ command: String) -> Bool {
        command.contains(/(^|[ (])az\s/)
    }

    private func completeAWS(_ command: String) -> String {
        let options = options.joined()
        let completed = command.replacing(Self.optionMark, with: options) + options
        guard let role, reader?.account != role.account else { return completed }
        let region = self.region.map { " --region \($0)" } ?? ""
        return
            "\(Self.comparison) --query Account --output text\(region))\" = \(role.account) && \(completed)"
    }

    /// Marks the place for the options of a command that another command follows; no argument contains this character.
    static let optionMark = "\u{0}"

    private static let comparison = #"test "$(aws sts get-caller-identity"#

    /// Whether the command compares accounts first, because the account of its credentials was not known.
    package static func comparesAccounts(_ command: String) -> Bool {
        command.hasPrefix(comparison)
    }

    private var options: [String] {
        let profile = reader?.account == role?.account ? reader?.profile : nil
        return [
            profile.map { " --profile \(ShellWord.posix($0))" }, region.map { " --region \($0)" },
            tools.iam.map { " --endpoint-url \(ShellWord.posix($0))" },
        ].compactMap(\.self)
    }

    /// The region that `aws` needs to find IAM; `nil` in the partition `aws`, where any region works.
    private var region: String? {
        guard let partition = role?.partition, partition != .aws else { return nil }
        return partition.implicitRegion
    }
}
