package import Federation
package import Fleet
import FoundationEssentials
import Glibc

/// The connection to the fleet's database, and the names of this host and its operator in the database.
package struct FleetAccess: Sendable {
    package let settings: ConnectionSettings
    package let node: NodeDescription
    package let operatorName: String

    /// Reads the settings under `fleet:`.
    ///
    /// - Parameters:
    ///   - fleet: The settings.
    ///   - address: A URI that replaces `fleet.store`.
    ///   - variables: The environment.
    /// - Throws: ``CommandFailure`` if there is no URI, or libpq refuses it.
    package init(
        _ fleet: FleetSettings,
        address: FleetAddress? = nil,
        variables: [String: String]
    ) throws(CommandFailure) {
        guard let address = address ?? fleet.store else {
            throw CommandFailure(
                .configuration,
                code: "no-fleet",
                "The configuration names no fleet.",
                fix: "Set fleet.store to the URI of a PostgreSQL database: `cambist config edit`."
            )
        }
        let host = Self.hostName
        let name = fleet.node ?? host
        do throws(FleetError) {
            settings = try ConnectionSettings(address, application: "cambist \(name)", variables: variables)
        } catch {
            throw CommandFailure(error)
        }
        node = NodeDescription(name: name, host: host, version: ProgramVersion.current)
        operatorName = fleet.operator ?? Self.userName
    }

    /// The name of the process's effective user.
    private static var userName: String {
        getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(geteuid())"
    }

    /// The host's own name, without a DNS lookup.
    package static var hostName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        let isKnown = gethostname(&bytes, bytes.count - 1) == 0
        let name =
            isKnown
            ? String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
        return name.isEmpty ? "localhost" : String(name.prefix(64))
    }

    /// Runs `body` with a connection to the fleet's database, and closes the connection.
    ///
    /// By default, the schema's version is checked first.
    ///
    /// - Throws: ``CommandFailure`` if the database cannot be used; any other error that `body` throws.
    package func withStore<Value>(
        checksSchema: Bool = true,
        time: any TimeSource,
        _ body: (FleetStore) async throws -> Value
    ) async throws -> Value {
        let store = FleetStore(settings, time: time)
        defer { store.close() }
        do {
            if checksSchema { try await store.checkSchema() }
            return try await body(store)
        } catch let error as FleetError {
            throw CommandFailure(error)
        }
    }
}

extension CommandFailure {
    /// Creates the failure of a command that cannot use the fleet's database.
    package init(_ error: FleetError) {
        let status: ExitStatus =
            switch error {
            case .settings, .uninitialized, .older: .configuration
            case .unreachable: .unreachable
            case .timedOut, .ended, .full: .tryAgain
            case .denied, .notOwner, .readOnly: .notPermitted
            case .newer, .invalid, .failed: .internalError
            case .canceled: .interrupted
            }
        self.init(status, code: error.code, error.description, fix: error.fix)
    }
}
