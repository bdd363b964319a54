import Foundation
import TestSupport
import Testing

/// A `cambist serve` process.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct ServeTests {
    @Test func `serve reports when a mapping is ready, and serves it`() async throws {
        try await LabServer.with { lab in
            let environment = lab.harness.environment.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
            let result = try await RunningProcess.with(lab.harness, ["serve", "--verbose"], environment) {
                server in
                let lines = try await server.waitForOutput("its shell lines") { $0.contains("# payroll\n") }
                _ = try await eventually {
                    server.errorOutput.contains("audit is ready, credentials until ") ? true : nil
                } orElse: {
                    "The server never reported that audit is ready: \(server.errorOutput)"
                }
                let reply = try await Endpoint(of: "audit", announced: lines).get()
                #expect(reply.status == 200)
                #expect(reply.members["Token"]?.isEmpty == false)
            }
            #expect(result.status == 0)
        }
    }

    @Test func `a silent source delays neither the shell lines nor a response`() async throws {
        try await Harness.with { harness in
            let listener = try SilentListener()
            let file = try harness.write(listener.configuration, to: "silent.yaml")
            let environment = harness.environment.merging(["CAMBIST_CONFIG": file]) { $1 }
            let result = try await RunningProcess.with(harness, ["serve"], environment) { server in
                let lines = try await server.waitForOutput("its shell lines") { $0.contains("_TOKEN=") }
                let reply = try await Endpoint(of: "audit", announced: lines).get()
                #expect(reply.status == 503)
                #expect(reply.members["code"] == "no-credentials")
                // A response waits for the first exchange, but for less than the two-second timeout of SDKs.
                #expect((0.5..<1.9).contains(reply.seconds))
            }
            #expect(result.status == 0)
            #expect(result.errorOutput.isEmpty)
        }
    }

    @Test func `a working mapping is served while others fail, and a refusal by STS is 403`()
        async throws
    {
        try await LabServer.with { lab in
            let fifo = lab.harness.path("fifo")
            #expect(mkfifo(fifo, 0o600) == 0)
            let others = ["flood", "mute", "page", "pipe"]
            let sources = [
                "source: command, command: [cat, /dev/zero]", "source: command, command: [sleep, '600']",
                "source: command, command: [echo, '<html>']", "source: file, token_file: \(fifo)",
            ]
            let identities = zip(others, sources).map { "  \($0): {\($1), system_assigned: true}\n" }.joined()
            let mappings = others.map {
                "  \($0): {identity: \($0), audience: api://x, role_arn: \(lab.labVariable("ROLE_ARN")), region: eu-west-1}\n"
            }
            let text = try String(contentsOfFile: lab.configuration, encoding: .utf8)
                .replacing("\nidentities:\n", with: "\nidentities:\n\(identities)")
                .replacing("\nmappings:\n", with: "\nmappings:\n\(mappings.joined())")
            let file = try lab.harness.write(text, to: "others.yaml")
            let environment = lab.harness.environment.merging(["CAMBIST_CONFIG": file]) { $1 }
            _ = try await RunningProcess.with(lab.harness, ["serve"], environment) { server in
                let lines = try await server.waitForOutput("its shell lines") { $0.contains("# payroll\n") }
                let endpoint = try Endpoint(of: "audit", announced: lines)
                _ = try await endpoint.members()
                for other in others {
                    let reply = try await endpoint.sibling(other).get()
                    #expect(reply.status == 503, "\(other)")
                    #expect(Set(reply.members.keys) == ["code", "message"], "\(other)")
                }
                let refusal = try await eventually {
                    let reply = try await endpoint.sibling("payroll").get()
                    return reply.status == 403 ? reply.members : nil
                } orElse: {
                    "STS's refusal never became a 403."
                }
                #expect(refusal["code"] == "AccessDenied")
                #expect(refusal["message"]?.contains("Not authorized to perform") == true)
                let reply = try await endpoint.get()
                #expect(reply.status == 200)
                #expect(reply.seconds < 2)
            }
        }
    }

    @Test func `only the named mappings are announced, exchanged, and served`() async throws {
        try await LabServer.with { lab in
            let environment = lab.harness.environment.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
            let result = try await RunningProcess.with(
                lab.harness,
                ["serve", "audit", "--verbose"],
                environment
            ) {
                server in
                let lines = try await server.waitForOutput("its shell lines") { $0.contains("_TOKEN=") }
                let endpoint = try Endpoint(of: "audit", announced: lines)
                _ = try await endpoint.members()
                let reply = try await endpoint.sibling("backup").get()
                #expect(reply.status == 404)
                #expect(lines.components(separatedBy: "# ").count == 2, "\(lines)")
                #expect(!server.errorOutput.contains("backup"))
            }
            #expect(result.status == 0)
            let unknown = try await lab.harness.cambist(["serve", "audt", "--config", lab.configuration])
            #expect(unknown.status == 64)
            #expect(unknown.errorOutput.contains("audt"))
        }
    }

    @Test func `a supervisor is notified of readiness, reloads, the watchdog, and the exit`() async throws {
        try await LabServer.with { lab in
            let path = lab.harness.path("notify")
            let listener = try DatagramListener(path: path)
            let variables = [
                "CAMBIST_CONFIG": lab.configuration, "NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000",
            ]
            let environment = lab.harness.environment.merging(variables) { $1 }
            let result = try await RunningProcess.with(lab.harness, ["serve"], environment) { server in
                try await listener.receives("READY=1\nSTATUS=serving")
                try await listener.receives("WATCHDOG=1")
                server.send(SIGHUP)
                try await listener.receives("RELOADING=1\nMONOTONIC_USEC=")
                try await listener.receives("READY=1")
            }
            try await listener.receives("STOPPING=1")
            #expect(result.status == 0)
        }
    }

    @Test func `SIGHUP reloads the configuration, and a bad file changes nothing`() async throws {
        try await LabServer.with { lab in
            let file = try lab.write()
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let environment = lab.harness.environment.merging(["CAMBIST_CONFIG": file]) { $1 }
            let result = try await RunningProcess.with(lab.harness, ["serve"], environment) { server in
                let lines = try await server.waitForOutput("its shell lines") { $0.contains("_TOKEN=") }
                let endpoint = try Endpoint(of: "audit", announced: lines)
                _ = try await endpoint.members()
                let second = text.replacing("mappings:\n  audit:", with: "mappings:\n  second:")
                _ = try lab.harness.write(second, to: "audit.yaml")
                server.send(SIGHUP)
                try await waitForMessage(server, "Configuration reloaded: 1 mapping.")
                _ = try await endpoint.sibling("second").members()
                let gone = try await endpoint.get()
                #expect(gone.status == 404)
                _ = try lab.harness.write("mappings: 7\n", to: "audit.yaml")
                server.send(SIGHUP)
                try await waitForMessage(server, "The current configuration is unchanged.")
                let reply = try await endpoint.sibling("second").get()
                #expect(reply.status == 200)
            }
            #expect(result.status == 0)
        }

        func waitForMessage(_ server: RunningProcess, _ text: String) async throws {
            _ = try await eventually {
                server.errorOutput.contains(text) ? true : nil
            } orElse: {
                "The server never reported \(text): \(server.errorOutput)"
            }
        }
    }

    @Test func `more connections than descriptors block no request and use no processor time`() async throws {
        try await LabServer.with { lab in
            let file = try lab.write()
            let environment = lab.harness.environment.merging(["CAMBIST_CONFIG": file]) { $1 }
            _ = try await RunningProcess.with(lab.harness, ["serve"], environment, limits: "ulimit -n 64; ") {
                server in
                let lines = try await server.waitForOutput("its shell lines") { $0.contains("_TOKEN=") }
                let endpoint = try Endpoint(of: "audit", announced: lines)
                _ = try await endpoint.members()
                let port = try #require(endpoint.url.port)
                let connections = (0..<150).map { _ in SilentConnection(port: port) }
                let reply = try await endpoint.get()
                #expect(reply.status == 200)
                #expect(reply.seconds < 5)
                let (start, used) = (ProcessInfo.processInfo.systemUptime, try server.processorTime)
                // A server that spins uses a whole core for as long as it is observed.
                _ = try await eventually {
                    ProcessInfo.processInfo.systemUptime - start > 2 ? true : nil
                } orElse: {
                    ""
                }
                let passed = ProcessInfo.processInfo.systemUptime - start
                #expect(try server.processorTime - used < 0.4 * passed)
                #expect(!connections.isEmpty)
            }
        }
    }

    @Test func `on Ctrl-C, serve exits with status 0 and without output, as on SIGTERM`() async throws {
        try await LabServer.with { lab in
            let environment = lab.harness.environment.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
            let result = try await RunningProcess.with(lab.harness, ["serve", "--json"], environment) {
                server in
                try await server.waitForOutput("its shell lines") { $0.hasSuffix("\n") }
                server.send(SIGINT)
            }
            #expect(result.status == 0)
            #expect(result.errorOutput.split(separator: "\n").allSatisfy { $0.contains("payroll") })
            struct ServeOutput: Decodable {
                struct Mapping: Decodable {
                    let name: String
                    let url: String
                }
                let version: Int
                let mappings: [Mapping]
                let authorizationToken: String
            }
            let answer = try JSONDecoder().decode(ServeOutput.self, from: Data(result.output.utf8))
            #expect(answer.mappings.contains { $0.name == "audit" && $0.url.hasSuffix("/audit") })
        }
    }

    @Test(arguments: [
        ("text\n", "newline", 78), ("", "no token", 77),
        (String(repeating: "x", count: 31), "at least 32", 78), ("x", "at least 32", 78),
    ])
    func `a token file that SDKs cannot use is refused`(
        _ text: String,
        _ messagePart: String,
        _ status: Int32
    )
        async throws
    {
        try await LabServer.with { lab in
            let file = try lab.harness.write(text, to: "token")
            let result = try await lab.cambist("serve", "--token-file", file)
            #expect(result.status == status)
            #expect(result.errorOutput.contains(messagePart))
            #expect(result.output.isEmpty)
            let directory = try await lab.cambist("serve", "--token-file", lab.harness.directory.path)
            #expect(directory.status == 77)
            #expect(!directory.errorOutput.contains("chmod"))
        }
    }
}

/// A TCP connection that never sends anything; it is closed when the value is destroyed.
private final class SilentConnection {
    private let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)

    init(port: Int) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    deinit { close(descriptor) }
}
