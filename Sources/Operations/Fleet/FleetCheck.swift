import ExchangeEngine
import Federation
import Fleet

extension DoctorChecks {
    /// Checks the fleet's database: the user, encryption, schema, and roles; returns `nil` without a fleet.
    static func fleet(_ context: ApplicationContext) async -> Check? {
        let settings = context.configuration.current.fleet
        guard settings.store != nil else { return nil }
        do throws(CommandFailure) {
            let access = try FleetAccess(settings, variables: context.variables)
            let store = FleetStore(access.settings, time: context.time)
            defer { store.close() }
            return await check(access, store)
        } catch {
            return Check("fleet", .trouble, error.lines.joined(separator: " "))
        }
    }

    private static func check(_ access: FleetAccess, _ store: FleetStore) async -> Check {
        do throws(FleetError) {
            let facts = try await store.connectionFacts()
            try await store.checkSchema()
            let tls =
                facts.usesTLS
                ? "TLS (sslmode \(access.settings.tls.mode))"
                : access.settings.isLocal ? "no TLS, local" : "no TLS"
            let text =
                "PostgreSQL \(facts.server) at \(access.settings.place), \(tls), user \(facts.user), "
                + "node \(access.node.name), \(facts.roles.isEmpty ? "no role" : facts.roles.joined(separator: ", "))"
            var problems: [String] = []
            if !access.settings.isLocal, access.settings.tls.mode != "verify-full" {
                problems.append("the server's certificate or name is not verified; set sslmode=verify-full")
            }
            if facts.isReplica { problems.append("the server is a standby and accepts no writes") }
            if facts.roles.isEmpty {
                problems.append("GRANT cambist_node, cambist_operator, or cambist_reader TO the user")
            }
            return problems.isEmpty
                ? Check("fleet", .ok, text)
                : Check("fleet", .trouble, "\(text); \(problems.joined(separator: "; "))")
        } catch {
            return Check("fleet", .trouble, "\(error) \(error.fix)")
        }
    }
}
