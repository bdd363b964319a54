import Foundation
import TestSupport
import Testing

/// A `cambist serve` process.
@Suite(.serialized, .timeLimit(.minutes(2)), .limited)
struct ServeTests {
    @Test func `serve reports when a mapping is ready, and serves it`() async throws {
        try await LabServer.with { lab in
            let environment = lab.harness.environment.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
            let ending = try await Running.with(lab.harness, ["serve", "--verbose"], environment) { server in
                let lines = try await server.writes("its announcement") { $0.contains("# payroll\n") }
                _ = try await eventually {
                    server.complaint.contains("audit is ready, credentials until ") ? true : nil
                } orElse: {
                    "The server never reported that audit is ready: \(server.complaint)"
                }
                let reply = try await Endpoint(of: "audit", announced: lines).get()
                #expect(reply.status == 200)
                #expect(reply.members["Token"]?.isEmpty == false)
            }
            #expect(ending.status == 0)
        }
    }

    @Test func `a silent source delays neither the announcement nor an answer`() async throws {
        try await Harness.with { harness in
            let listener = try SilentListener()
            let file = try harness.write(listener.configuration, to: "silent.yaml")
            let environment = harness.environment.merging(["CAMBIST_CONFIG": file]) { $1 }
            let ending = try await Running.with(harness, ["serve"], environment) { server in
                let lines = try await server.writes("its announcement") { $0.contains("_TOKEN=") }
                let reply = try await Endpoint(of: "audit", announced: lines).get()
                #expect(reply.status == 503)
                #expect(reply.members["code"] == "no-credentials")
                // An answer waits for a first exchange, for less than the two-second timeout of SDKs.
                #expect((0.5..<1.9).contains(reply.seconds))
            }
            #expect(ending.status == 0)
            #expect(ending.complaint.isEmpty)
        }
    }

    @Test func `Ctrl-C ends serve with 0 and without output, like SIGTERM`() async throws {
        try await LabServer.with { lab in
            let environment = lab.harness.environment.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
            let ending = try await Running.with(lab.harness, ["serve", "--json"], environment) { server in
                try await server.writes("its announcement") { $0.hasSuffix("\n") }
                server.send(SIGINT)
            }
            #expect(ending.status == 0)
            #expect(ending.complaint.split(separator: "\n").allSatisfy { $0.contains("payroll") })
            struct Notification: Decodable {
                struct Mapping: Decodable {
                    let name: String
                    let url: String
                }
                let version: Int
                let mappings: [Mapping]
                let authorizationToken: String
            }
            let answer = try JSONDecoder().decode(Notification.self, from: Data(ending.output.utf8))
            #expect(answer.mappings.contains { $0.name == "audit" && $0.url.hasSuffix("/audit") })
        }
    }

    @Test(arguments: [
        ("text\n", "line end", 78), ("", "no token", 77),
        (String(repeating: "x", count: 31), "at least 32", 78), ("x", "at least 32", 78),
    ])
    func `a token file that SDKs cannot use is refused`(_ text: String, _ says: String, _ status: Int32)
        async throws
    {
        try await LabServer.with { lab in
            let file = try lab.harness.write(text, to: "token")
            let ending = try await lab.cambist("serve", "--token-file", file)
            #expect(ending.status == status)
            #expect(ending.complaint.contains(says))
            #expect(ending.output.isEmpty)
            let directory = try await lab.cambist("serve", "--token-file", lab.harness.directory.path)
            #expect(directory.status == 77)
            #expect(!directory.complaint.contains("chmod"))
        }
    }
}
