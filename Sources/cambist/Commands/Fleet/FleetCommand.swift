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

/// The option that replaces the configured URI (for example, to connect as another database user).
struct FleetOptions: ParsableArguments {
    @Option(help: "URI of the database, without a password (default: fleet.store).")
    var store: String?

    /// Refuses an invalid URI and a URI with a password; the message does not contain the URI.
    func validate() throws {
        guard store.map({ FleetAddress($0) == nil }) == true else { return }
        throw ValidationError("--store accepts postgresql://user@host/database, without a password.")
    }

    /// Returns the access to the option's database; without the option, to the configured database.
    ///
    /// - Throws: ``CommandFailure`` if no database is specified, or if the configuration or the URI is invalid.
    func access(_ options: GlobalOptions) throws(CommandFailure) -> FleetAccess {
        let context = options.context
        let settings: FleetSettings
        do throws(CommandFailure) {
            settings = try ConfigurationText.find(context).read().fleet
        } catch {
            // With --store, a missing configuration is not an error, because the database's owner may have none.
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
