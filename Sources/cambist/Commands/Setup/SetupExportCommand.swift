import ArgumentParser
import Federation
import Operations
import Provisioning

/// `cambist setup export`: the set-up written down for other tools.
struct SetupExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract:
            "Write a mapping's set-up down for PowerShell, az and aws, or Terraform, or its trust policy alone.",
        discussion: """
            It makes the same objects as setup apply does, asks neither cloud, and holds no secret.

            Examples:
              cambist setup export audit --format az > audit.sh && bash audit.sh
              cambist setup export audit --format terraform > audit.tf
              cambist setup export audit --format trust-policy
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The mapping to set up.", completion: .mappings)
    var mapping: String

    @Option(help: "powershell, az, terraform or trust-policy.")
    var format: SetupExport

    func run() throws {
        let configuration = try ConfigurationText.find(options.context).read()
        let mapping = try configuration.requiredMapping(mapping)
        let blueprint = try configuration.desiredState([mapping])
        warn(blueprint)
        warnOfSharers(of: mapping, in: configuration)
        try Report.answer(lines: try text(of: blueprint, mapping))
    }

    private func text(of blueprint: DesiredState, _ mapping: RoleMapping) throws(CommandFailure) -> String {
        do throws(SetupExportError) {
            return try format.text(of: blueprint, region: mapping.region)
        } catch {
            throw CommandFailure(
                .configuration,
                code: "principal-unknown",
                telling: ["\(mapping.id): \(error)"],
                fix: "Set principal_id of the identity \(mapping.identity)."
            )
        }
    }

    /// Tells whom the role would have to let in besides; a file is about one mapping alone.
    private func warnOfSharers(of mapping: RoleMapping, in configuration: Configuration) {
        let sharers = configuration.mappings.filter { other in
            other.roleARN == mapping.roleARN
                && (other.identity != mapping.identity || other.audience != mapping.audience)
        }
        if sharers.isEmpty { return }
        Report.complain(
            "The role \(mapping.roleARN.name) is that of \(sharers.map(\.id).joined(separator: ", ")) too, which this does "
                + "not let in. `cambist setup apply` lets in several."
        )
    }

    /// Tells what Entra will refuse, though another tool will ask it.
    private func warn(_ blueprint: DesiredState) {
        guard format != .trustPolicy else { return }
        for application in blueprint.applications {
            guard case .refused(let reason) = application.admission(tenantID: blueprint.tenantID) else {
                continue
            }
            Report.complain(
                "Entra refuses \(application.identifierURI) as a new identifier URI: \(reason). Use "
                    + "api://\(blueprint.tenantID)/NAME, unless the application has it already."
            )
        }
    }
}

extension SetupExport: ExpressibleByArgument {}
