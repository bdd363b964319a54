import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Azure

@Suite(.limited) struct CommandSourceTests {
    private static let path = ["PATH": "/usr/bin:/bin"]

    /// Requests a token for an identity whose command is a shell script.
    private func run(
        _ script: String,
        limit: Duration = .seconds(20),
        variables: [String: String] = path
    ) async throws -> Result<AccessToken, TokenSourceError> {
        try await run(["/bin/sh", "-c", script], limit: limit, variables: variables)
    }

    private func run(
        _ command: [String],
        limit: Duration = .seconds(20),
        variables: [String: String] = path
    ) async throws -> Result<AccessToken, TokenSourceError> {
        let settings = TokenSourceSettings(command: command, timeout: limit)
        return try await result(of: Fixture.identity(.command, settings), variables)
    }

    private func result(
        of identity: ManagedIdentity,
        _ variables: [String: String]
    ) async throws -> Result<AccessToken, TokenSourceError> {
        try await SourceHarness.run(time: SystemTime()) { _ in
            .answer(500)
        } work: { harness in
            do throws(TokenSourceError) {
                let source = try harness.sources(variables).source(for: identity)
                let request = TokenRequest(identity: identity, audience: "--help")
                return .success(try await source.token(for: request))
            } catch {
                return .failure(error)
            }
        }
    }

    @Test(arguments: [
        "echo a.b.c", "printf a.b.c", #"echo '{"accessToken":"a.b.c"}'"#, #"echo '{"access_token":"a.b.c"}'"#,
        #"echo '{"token":"a.b.c","expires_on":1800003600}'"#, "echo warning >&2; echo a.b.c",
    ])
    func `the token is read from standard output, as a JWT or in JSON`(script: String) async throws {
        #expect(try await run(script).get().rawValue == Secret("a.b.c"))
    }

    @Test func `arguments are passed unchanged`() async throws {
        let token = try await run(["/usr/bin/printf", "%s.%s.$HOME", "a b", "*"]).get
        #expect(throws: TokenSourceError.self) { try token() }
        #expect(try await run(["/usr/bin/printf", "%s.%s", "a", "b"]).get().rawValue == Secret("a.b"))
    }

    @Test(arguments: ["echo hello world", "echo '<html>'", "true", "echo '{}'", "echo token"])
    func `any other output is an error that does not contain the output`(script: String) async throws {
        guard case .failure(.unexpectedResponse(.command, let seen)) = try await run(script) else {
            Issue.record("expected no token")
            return
        }
        #expect(!seen.contains("hello"))
    }

    @Test func `the error for a failed command has its standard error, escaped`() async throws {
        let result = try await run(#"printf 'no \033[31midentity\n' >&2; exit 3"#)
        let refusal = SourceRefusal(
            source: .command,
            status: nil,
            code: "exit-3",
            message: "/bin/sh printed: no <U+001B>[31midentity"
        )
        #expect(result == .failure(.refused(refusal)))
    }

    @Test func `the end of long standard error output is reported, with a fix`() async throws {
        let result = try await run("seq 1000 >&2; echo Host key verification failed. >&2; exit 255")
        guard case .failure(let error) = result else {
            Issue.record("expected a refusal")
            return
        }
        #expect(error.failure.message.hasSuffix("999 1000 Host key verification failed."))
        #expect(error.failure.message.count < 700)
        #expect(error.failure.fix.contains("Run the command in a shell"))
    }

    @Test func `a missing program is reported as missing`() async throws {
        let result = try await run(["no-such-program-here"])
        #expect(
            result == .failure(.unavailable(source: .command, missing: "the program no-such-program-here"))
        )
    }

    @Test func `the timeout of the identity ends the command`() async throws {
        let result = try await run("sleep 300", limit: .milliseconds(300))
        #expect(result == .failure(.timedOut(source: .command, limit: .milliseconds(300))))
    }

    @Test func `endless output ends the command`() async throws {
        guard case .failure(.unexpectedResponse) = try await run(["/bin/cat", "/dev/zero"]) else {
            Issue.record("expected a refusal")
            return
        }
    }

    @Test(arguments: [
        "sleep 300 & echo $! >FILE; echo a.b.c", "sleep 300 & echo $! >FILE; sleep 300",
        "(trap '' TERM; sleep 300) & echo $! >FILE; sleep 300",
    ])
    func `child processes end with the command`(script: String) async throws {
        let directory = try TemporaryDirectory()
        let file = directory.path + "/pid"
        _ = try await run(script.replacing("FILE", with: file), limit: .milliseconds(500))
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let process = text.trimmingCharacters(in: .whitespacesAndNewlines)
        while try isAlive(process) { await Task.yield() }
    }

    /// Whether a process is running; a zombie is not.
    private func isAlive(_ process: String) throws -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else {
            return false
        }
        return try !#require(status.split(separator: ")").last).hasPrefix(" Z")
    }

    @Test func `the command has no terminal and no input`() async throws {
        #expect(
            try await run("cat; (: </dev/tty) 2>/dev/null || echo a.b.c").get().rawValue == Secret("a.b.c")
        )
    }

    @Test func `an audience cannot inject an option of the Azure CLI`() async throws {
        let directory = try TemporaryDirectory()
        _ = try directory.write(
            "az",
            "#!/bin/sh\necho \"$AZURE_CORE_NO_COLOR $*\" >&2; exit 1\n",
            mode: 0o700
        )
        let result = try await result(
            of: Fixture.identity(.azureCLI),
            ["PATH": directory.path + ":/usr/bin:/bin"]
        )
        guard case .failure(.refused(let refusal)) = result else {
            Issue.record("expected a refusal")
            return
        }
        let options = "--output=json --resource=--help --tenant=\(Fixture.tenantID)"
        #expect(refusal.message == "az printed: true account get-access-token \(options)")
    }

    @Test func `the Azure CLI's output is parsed`() async throws {
        let directory = try TemporaryDirectory()
        let json =
            #"{"accessToken":"a.b.c","expiresOn":"2027-01-15 10:00:00.000000","expires_on":1800003600}"#
        _ = try directory.write("az", "#!/bin/sh\necho '\(json)'\n", mode: 0o700)
        let token = try await result(
            of: Fixture.identity(.azureCLI),
            ["PATH": directory.path + ":/usr/bin:/bin"]
        ).get()
        #expect(token.expiry == Fixture.instant + 3600)
        #expect(token.source == .azureCLI)
    }

    @Test func `the error for a signed-out Azure CLI has the command to sign in`() async throws {
        let directory = try TemporaryDirectory()
        _ = try directory.write(
            "az",
            "#!/bin/sh\necho \"ERROR: Please run 'az login'\" >&2; exit 1\n",
            mode: 0o700
        )
        let result = try await result(
            of: Fixture.identity(.azureCLI),
            ["PATH": directory.path + ":/usr/bin:/bin"]
        )
        guard case .failure(let error) = result else {
            Issue.record("expected a refusal")
            return
        }
        #expect(error.failure.fix.contains("az login"))
    }
}
