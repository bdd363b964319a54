package import Federation
package import Fleet
import Foundation
import Subprocess
import SystemPackage

/// A PostgreSQL server of this machine in a temporary directory, reached through a socket.
///
/// The server refuses to run as root; it then runs as the user of Debian's package.
package struct PostgresServer: Sendable {
    /// The directory of the server's programs, if PostgreSQL is installed.
    package static let programs: String? = {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let newest = versions.compactMap(Int.init).max().map { "\(root)/\($0)/bin" }
        return newest.flatMap { FileManager.default.isExecutableFile(atPath: $0 + "/initdb") ? $0 : nil }
    }()

    package let directory: String
    private let programs: String

    /// Starts a server, runs `body`, and deletes the server.
    package static func with<Value>(_ body: (PostgresServer) async throws -> Value) async throws -> Value {
        let directory = "/tmp/cambist-pg-\(UUID().uuidString.prefix(8))"
        guard let programs else {
            throw ServerFailure(text: "PostgreSQL is not installed: apt-get install postgresql")
        }
        let server = PostgresServer(directory: directory, programs: programs)
        do {
            try await server.run(
                "mkdir -m 711 \"$D\" && install -d $OWNER -m 700 \"$D/data\" && install -d $OWNER \"$D/run\""
            )
            try await server.run(
                "$AS \"$B/initdb\" -D \"$D/data\" -U owner -A trust --no-sync --no-instructions >/dev/null"
            )
            try await server.start()
            let value = try await body(server)
            await server.remove()
            return value
        } catch {
            await server.remove()
            throw error
        }
    }

    /// Starts the server; after a kill, as soon as the processes of the former one have ended.
    package func start(options: String = "") async throws {
        try await run(
            """
            for i in $(seq 100); do
                $AS "$B/pg_ctl" -D "$D/data" -l "$D/data/log" -t 20 -w -s \
                    -o "-k $D/run -c listen_addresses='' -c fsync=off -c max_connections=200 \(options)" start && exit
                sleep 0.1
            done
            cat "$D/data/log"; exit 1
            """
        )
    }

    /// Stops the server immediately, as `kill -9` of all its processes would.
    package func kill() async throws {
        try await run(
            """
            pid=$(head -n 1 "$D/data/postmaster.pid") && children=$(ps -o pid= --ppid $pid)
            kill -9 $pid $children 2>/dev/null; true
            """
        )
    }

    /// Sends a signal to all processes of the server.
    package func signal(_ name: String) async throws {
        try await run(
            """
            pid=$(head -n 1 "$D/data/postmaster.pid") && kill -\(name) $pid || exit
            # A child may end before it receives the signal.
            kill -\(name) $(ps -o pid= --ppid $pid) 2>/dev/null; true
            """
        )
    }

    /// Stops the server in order.
    package func stop() async throws {
        try await run("$AS \"$B/pg_ctl\" -D \"$D/data\" -m fast -w -s stop")
    }

    private func remove() async {
        try? await run("$AS \"$B/pg_ctl\" -D \"$D/data\" -m immediate -w -s stop; rm -rf \"$D\"")
    }

    /// Runs a shell script with the directory `$D`, the programs `$B`, and the prefix `$AS` of the server's user.
    package func run(_ script: String) async throws {
        let preamble = """
            D='\(directory)' B='\(programs)' AS= OWNER=
            if [ "$(id -u)" = 0 ]; then
                AS="setpriv --reuid=postgres --regid=postgres --clear-groups" OWNER="-o postgres -g postgres"
            fi
            cd /

            """
        let result = try await Subprocess.run(
            .name("sh"),
            arguments: ["-c", preamble + script],
            output: .string(limit: 1 << 16),
            error: .string(limit: 1 << 16)
        )
        guard result.terminationStatus == .exited(0) else {
            throw ServerFailure(text: result.standardOutput + result.standardError)
        }
    }

    private struct ServerFailure: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }

    /// The URI of the database for a user.
    package func address(_ user: String, database: String = "postgres") throws -> FleetAddress {
        let uri = "postgresql://\(user)@/\(database)?host=\(directory)/run"
        guard let address = FleetAddress(uri) else { throw ServerFailure(text: uri) }
        return address
    }

    /// The settings of a connection as a user.
    package func settings(_ user: String) throws -> ConnectionSettings {
        try ConnectionSettings(address(user), application: "test", variables: [:])
    }
}
