import ArgumentParser
import Federation
import Operations
import Provisioning

/// `cambist setup export`: prints a mapping's setup for another tool.
struct SetupExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract:
            "Print a mapping's setup as a PowerShell script, a shell script for az and aws, or Terraform code.",
        discussion: HelpText(
            """
            The output creates the same objects as `setup apply`; --format trust-policy prints the trust \
            policy alone. The command sends no request, and the output contains no secret. If cambist finds a profile \
            for the role's account in ~/.aws/config or setup.aws_profile, comments in the output name the profile.
            """,
            statuses: [
                .notPermitted: "a file cannot be read"
            ],
            examples: [
                "cambist setup export audit --format az > audit.sh && bash audit.sh",
                "cambist setup export audit --format terraform > audit.tf",
                "cambist setup export audit --format trust-policy",
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Name of the mapping.", completion: .mappings)
    var mapping: String

    @Option(help: "Output format.")
    var format: SetupExport

    func run() throws {
        let configuration = try ConfigurationText.find(options.context).read()
        let mapping = try configuration.requiredMapping(mapping)
        let desiredState = try configuration.desiredState([mapping])
        warn(desiredState)
        warnOfSharedRole(of: mapping, in: configuration)
        let profiles = OperatorCredentials.profiles(for: mapping, ProcessEnvironment.variables, configuration)
        try Report.answer(lines: try text(of: desiredState, mapping, profiles))
    }

    private func text(
        of desiredState: DesiredState,
        _ mapping: RoleMapping,
        _ profiles: [String: String]
    ) throws(CommandFailure) -> String {
        do throws(SetupExportError) {
            return try format.text(
                of: desiredState,
                region: mapping.region,
                configuration: .ofProcess,
                profiles: profiles
            )
        } catch {
            let fix = error.fix(identity: mapping.identity)
            let message =
                switch error {
                case .audienceUnusable(let failure): failure.line
                case .notOneMapping, .identityUnusable, .principalUnknown: "\(error)".followed(byFix: fix)
                }
            throw CommandFailure(
                .configuration,
                code: error.code,
                messagesWithFix: ["\(mapping.id): \(message)"],
                fix: fix
            )
        }
    }

    /// Warns if other mappings use the role, because an export contains only one mapping.
    private func warnOfSharedRole(of mapping: RoleMapping, in configuration: Configuration) {
        let others = configuration.mappings.filter { other in
            other.roleARN == mapping.roleARN
                && (other.identity != mapping.identity || other.audience != mapping.audience)
        }
        if others.isEmpty { return }
        Report.reportError(
            "Other mappings use the role of this export: \(others.map(\.id).joined(separator: ", ")). The export "
                + "does not cover these mappings; `cambist setup apply` covers several mappings."
        )
    }

    /// Warns of identifier URIs that Entra would refuse.
    private func warn(_ desiredState: DesiredState) {
        guard format != .trustPolicy else { return }
        for application in desiredState.applications {
            guard case .refused(let reason) = application.admission(tenantID: desiredState.tenantID) else {
                continue
            }
            Report.reportError(
                "Entra refuses \(application.identifierURI) as a new identifier URI: \(reason). Use "
                    + "\(AudienceName.uri(like: application.identifierURI, tenantID: desiredState.tenantID)), "
                    + "unless the application already has the refused URI."
            )
        }
    }
}

extension SetupExport: ExpressibleByArgument {}
