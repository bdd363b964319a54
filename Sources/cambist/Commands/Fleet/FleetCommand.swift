import ArgumentParser
import Federation
import Operations

/// `cambist fleet`: the PostgreSQL database that many hosts share.
struct FleetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Create, read, or prune the PostgreSQL database that many hosts share.",
        subcommands: [FleetInitCommand.self, FleetStatusCommand.self, FleetPruneCommand.self]
    )
}

/// The option that replaces the URI of the configuration, for a different database user.
struct FleetOptions: ParsableArguments {
    @Option(help: "URI of the database, without a password (default: fleet.store).")
    var store: String?

    /// Refuses a URI that is invalid or has a password; the message does not contain the URI.
    func validate() throws {
        guard store.map({ FleetAddress($0) == nil }) == true else { return }
        throw ValidationError("--store accepts postgresql://user@host/database, without a password.")
    }

    /// Returns the connection that the option or the configuration names.
    ///
    /// - Throws: ``CommandFailure`` if neither names a database, or the configuration or the URI is invalid.
    func access(_ options: GlobalOptions) throws(CommandFailure) -> FleetAccess {
        let context = options.context
        let settings: FleetSettings
        do throws(CommandFailure) {
            settings = try ConfigurationText.find(context).read().fleet
        } catch {
            // The owner of the database needs no configuration.
            guard store != nil, error.code == "no-configuration" else { throw error }
            settings = FleetSettings()
        }
        return try FleetAccess(
            settings,
            address: store.flatMap(FleetAddress.init),
            variables: context.variables
        )
    }
}
