import ArgumentParser
import Federation
import Fleet
import Operations
import Transport

/// `cambist fleet init`: creates or migrates the database schema.
struct FleetInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Create the schema and the roles of the fleet's database, or migrate an older schema.",
        discussion: HelpText(
            """
            Run the command as the owner of the database, a user that may create roles (CREATEROLE); --store names \
            that user. The command can be repeated. The roles are cambist_node (publishes its own rows), \
            cambist_operator (reads everything and sends requests), and cambist_reader (reads everything). For each \
            host, create a database user and grant it cambist_node; the command does not create these users.

            The URI contains no password: libpq reads the password from PGPASSFILE or a service file, or uses a client \
            certificate. TLS with sslmode verify-full is the default unless the host is loopback or a socket.
            """,
            statuses: [
                .unreachable: "the database is unreachable",
                .tryAgain: "the database did not respond in time",
                .notPermitted: "the configuration cannot be read, or the user lacks a privilege",
            ],
            examples: [
                "cambist fleet init --store postgresql://owner@db.example/cambist",
                "psql -c 'CREATE ROLE vm1 LOGIN; GRANT cambist_node, cambist_operator TO vm1'",
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var fleet: FleetOptions

    func run() async throws {
        let versions = try await fleet.access(options).withStore(checksSchema: false, time: SystemTime()) {
            try await $0.initialize()
        }
        let text =
            switch versions.before {
            case 0: "Created the schema, version \(versions.after)."
            case versions.after: "The schema has version \(versions.after); nothing was changed."
            default: "Migrated the schema from version \(versions.before) to version \(versions.after)."
            }
        try Report.answer(text)
    }
}
