import Federation
import Foundation
import PostgresServer
import TestSupport
import Testing
import Transport

@testable import Fleet

/// A server with a certificate, which libpq verifies.
@Suite(.needsPostgres, .timeLimit(.minutes(30)), .limited) struct TLSTests {
    /// Creates a certificate for a host, which is its own authority, in the server's directory.
    private func makeCertificate(_ name: String, for host: String, _ server: PostgresServer) async throws {
        try await server.run(
            """
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=\(host)" \\
                -addext "subjectAltName=DNS:\(host)" -keyout "$D/\(name).key" -out "$D/\(name).pem" 2>&1
            chmod 600 "$D/\(name).key"; [ -z "$AS" ] || chown postgres:postgres "$D/\(name).key"
            """
        )
    }

    private func start(_ server: PostgresServer, _ certificate: String, port: Int) async throws {
        try await server.start(
            options: "-c ssl=on -c ssl_cert_file=$D/\(certificate).pem -c ssl_key_file=$D/\(certificate).key "
                + "-c listen_addresses=127.0.0.1 -c port=\(port)"
        )
    }

    private func settings(_ server: PostgresServer, port: Int) throws -> ConnectionSettings {
        let options = "sslmode=verify-full&sslrootcert=\(server.directory)/a.pem"
        let uri = "postgresql://vm1@localhost:\(port)/postgres?\(options)"
        return try ConnectionSettings(#require(FleetAddress(uri)), application: "test", variables: [:])
    }

    /// Returns a free port.
    private func freePort() throws -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                try #require(bind(socket, address, size) == 0 && getsockname(socket, address, &size) == 0)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
    }

    @Test func `a server with a different certificate is refused, and used again with the known one`()
        async throws
    {
        try await PostgresServer.with { server in
            try await server.initialize()
            try await makeCertificate("a", for: "localhost", server)
            try await makeCertificate("b", for: "localhost", server)
            try await makeCertificate("other", for: "db.example", server)
            let port = try freePort()
            let settings = try settings(server, port: port)
            try await server.stop()
            try await start(server, "a", port: port)
            let node = TestNode("vm1", [try Samples.mapping("vm1")])
            try await node.running(settings) {
                let store = FleetStore(settings, time: SystemTime())
                defer { store.close() }
                try await eventually("the node is published") {
                    try await store.rows("SELECT name FROM node").first
                }
                #expect(try await store.connectionFacts().usesTLS)
                for certificate in ["b", "other"] {
                    try await server.stop()
                    try await start(server, certificate, port: port)
                    let error = await failure { try await store.checkSchema() }
                    guard case .denied(let reason) = error else {
                        Issue.record("\(certificate): \(String(describing: error))")
                        return
                    }
                    #expect(reason.contains("certificate"), "\(reason)")
                    try await eventually("the refusal is reported", within: 60) {
                        node.reports.first { $0.contains("certificate") }
                    }
                }
                try await server.stop()
                try await start(server, "a", port: port)
                node.set([try Samples.mapping("vm1", "audit", .failing)])
                try await eventually("the change is published", within: 60) {
                    try await store.rows("SELECT 1 FROM mapping_state WHERE state = 'failing'").first
                }
            }
            #expect(node.reports.last?.contains("reachable again") == true, "\(node.reports)")
        }
    }

    @Test func `a certificate for a different host is refused`() async throws {
        try await PostgresServer.with { server in
            try await makeCertificate("a", for: "db.example", server)
            let port = try freePort()
            try await server.stop()
            try await start(server, "a", port: port)
            let store = FleetStore(try settings(server, port: port), time: SystemTime())
            defer { store.close() }
            let error = await failure { try await store.checkSchema() }
            guard case .denied(let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("localhost"), "\(reason)")
        }
    }
}
