import CPostgres
package import Federation
import FoundationEssentials

/// The parameters of libpq for the fleet's database.
package struct ConnectionSettings: Hashable, Sendable {
    /// The names and values that are passed to libpq.
    let parameters: [String: String]
    /// The value of `sslmode`; `isNamed` is false for cambist's default.
    package let tls: (mode: String, isNamed: Bool)
    /// Whether every host is a loopback address or a socket; `false` for a libpq service (`pg_service.conf`).
    package let isLocal: Bool
    /// The hosts and the database, or the service, for messages.
    package let place: String

    /// Reads a URI.
    ///
    /// - Parameters:
    ///   - address: The URI.
    ///   - application: The name that the server shows for the connection.
    ///   - variables: The environment, which libpq also reads.
    /// - Throws: ``FleetError/settings(_:)`` if libpq is not installed or refuses the URI, or if the URI contains a
    ///   password.
    package init(
        _ address: FleetAddress,
        application: String,
        variables: [String: String]
    ) throws(FleetError) {
        var named = try Self.parse(address.uri)
        guard named["password"] == nil, named["sslpassword"] == nil else {
            throw .settings(
                "fleet.store contains a password. Remove it: libpq reads it from PGPASSFILE or a service file."
            )
        }
        // As in libpq, an address replaces a host name, even if the address is from the environment.
        let hosts =
            (named["hostaddr"] ?? variables["PGHOSTADDR"] ?? named["host"] ?? variables["PGHOST"] ?? "")
            .split(separator: ",")
        isLocal =
            named["service"] == nil && variables["PGSERVICE"] == nil
            && hosts.allSatisfy { $0.hasPrefix("/") || $0.hasPrefix("@") || Self.isLoopback(String($0)) }
        let mode = named["sslmode"] ?? variables["PGSSLMODE"]
        tls = (mode ?? (isLocal ? "prefer" : "verify-full"), mode != nil)
        named["sslmode"] = tls.mode
        named["fallback_application_name"] = application
        named["client_encoding"] = "UTF8"
        if named["connect_timeout"] == nil { named["connect_timeout"] = "10" }
        if named["keepalives_idle"] == nil {
            // With these values, libpq detects the loss of the server within half a minute.
            named["keepalives_idle"] = "15"
            named["keepalives_interval"] = "5"
            named["keepalives_count"] = "3"
            named["tcp_user_timeout"] = "30000"
        }
        let database = named["dbname"].map { "/" + $0 } ?? ""
        place = named["service"].map { "service \($0)" } ?? "\(hosts.joined(separator: ","))\(database)"
        parameters = named
    }

    package static func == (left: Self, right: Self) -> Bool { left.parameters == right.parameters }

    package func hash(into hasher: inout Hasher) { hasher.combine(parameters) }

    private static func isLoopback(_ host: String) -> Bool {
        host.lowercased() == "localhost" || host.hasPrefix("127.") && LocalNetwork.containsAddress(host)
            || host == "::1"
    }

    private static func parse(_ uri: String) throws(FleetError) -> [String: String] {
        guard cpostgres_load() else {
            throw .settings("libpq is not installed. Install it: apt-get install libpq5.")
        }
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(uri, &message) else {
            defer { PQfreemem(message) }
            // The message repeats parts of the URI, which may contain a misplaced secret.
            throw .settings("fleet.store is not a URI that libpq \(PQlibVersion() / 10_000) accepts.")
        }
        defer { PQconninfoFree(options) }
        var named: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { named[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return named
    }
}
