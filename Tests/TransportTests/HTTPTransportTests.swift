import Federation
import Foundation
import TestSupport
import Testing

@testable import Transport

@Suite(.limited) struct HTTPTransportTests {
    private let log = LogCapture()

    /// Runs `work` with a transport on the real clock, which its time limits also use.
    private func withTransport<Value: Sendable>(
        observe: @escaping @Sendable (Transfer) -> Void = { _ in },
        _ work: (HTTPTransport) async throws -> Value
    ) async throws -> Value {
        let transport = try HTTPTransport(time: SystemTime(), logger: log.logger, observe: observe)
        do {
            let value = try await work(transport)
            await transport.shutDown()
            return value
        } catch {
            await transport.shutDown()
            throw error
        }
    }

    /// Returns the error of a GET from a server that sends `reply`.
    private func failure(
        _ reply: ScriptedReply,
        total: Duration = .seconds(20),
        bodySize: Int = 1 << 16
    ) async throws -> TransportError? {
        try await ScriptedServer.run { _ in
            reply
        } work: { server in
            try await withTransport { transport in
                let bounds = RequestBounds(total: total, bodySize: bodySize)
                do throws(TransportError) {
                    _ = try await transport.send(HTTPRequest(.get, server.url("x")), bounds: bounds)
                    return nil
                } catch {
                    return error
                }
            }
        }
    }

    @Test func `method, path, query, headers, and body are sent unchanged`() async throws {
        try await ScriptedServer.run { _ in
            .answer(201, "done", headers: ["X-Reply: yes"])
        } work: { server in
            let url = try #require(URL(string: server.url("a/b").absoluteString + "?q=a%2Fb"))
            let request = HTTPRequest(.post, url, headers: [.init("X-Ask", "1")], body: Secret("k=v"))
            let response = try await withTransport { try await $0.send(request) }
            let seen = try #require(server.requests.first)
            #expect((seen.method, seen.target, seen.body) == ("POST", "/a/b?q=a%2Fb", "k=v"))
            #expect(seen.header("x-ask") == "1")
            #expect((response.status, response.header("x-reply")) == (201, "yes"))
            #expect(String(decoding: response.body, as: UTF8.self) == "done")
        }
    }

    @Test func `a redirect is returned and not followed`() async throws {
        try await ScriptedServer.run { _ in
            .answer(302, headers: ["Location: /elsewhere"])
        } work: { server in
            let response = try await withTransport { try await $0.send(HTTPRequest(.get, server.url())) }
            #expect(response.status == 302)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a transport that avoids unresponsive hosts sends each only one request`() async throws {
        try await ScriptedServer.run { _ in
            ScriptedReply(.stall)
        } work: { server in
            try await withTransport { transport in
                let transport = transport.avoidingSilentHosts()
                let bounds = RequestBounds(total: .milliseconds(200))
                var errors: [TransportError] = []
                for _ in 0..<3 {
                    do throws(TransportError) {
                        _ = try await transport.send(HTTPRequest(.get, server.url()), bounds: bounds)
                    } catch {
                        errors.append(error)
                    }
                }
                let host = HTTPTransport.name(of: server.url())
                #expect(
                    errors == [
                        .timedOut(host: host, limit: .milliseconds(200)), .silent(host: host),
                        .silent(host: host),
                    ]
                )
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test func `a request to a silent server ends at the time limit`() async throws {
        guard
            case .timedOut(_, .milliseconds(200)) = try await failure(
                ScriptedReply(.stall),
                total: .milliseconds(200)
            )
        else {
            Issue.record("expected a timeout")
            return
        }
    }

    @Test func `the time limit includes the body`() async throws {
        let reply = ScriptedReply(.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), .stall)
        guard case .timedOut(_, .milliseconds(200)) = try await failure(reply, total: .milliseconds(200))
        else {
            Issue.record("expected a timeout")
            return
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    ])
    func `a response of 1 GiB is refused, with and without Content-Length`(head: String) async throws {
        let error = try await failure(ScriptedReply(.send(head), .flood(bytes: 1 << 30)))
        guard case .tooLarge(_, 1 << 16) = error else {
            Issue.record("expected too large, got \(String(describing: error))")
            return
        }
    }

    @Test(arguments: [
        ScriptedReply(.close),
        ScriptedReply(.send("HTTP/1.1 200 OK\r\nContent-Le"), .close),
        ScriptedReply(.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":"), .close),
        ScriptedReply(.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"), .close),
    ])
    func `a truncated response counts as an unreachable server`(reply: ScriptedReply) async throws {
        let error = try await failure(reply)
        guard case .unreachable = error else {
            Issue.record("expected unreachable, got \(String(describing: error))")
            return
        }
    }

    @Test(arguments: [
        ScriptedReply(.send("SSH-2.0-OpenSSH_9.2p1\r\n"), .close),
        ScriptedReply(.send("HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 50_000)), .stall),
    ])
    func `a response that is not HTTP is reported as such`(reply: ScriptedReply) async throws {
        let error = try await failure(reply)
        guard case .notHTTP(_, nil) = error else {
            Issue.record("expected another protocol, got \(String(describing: error))")
            return
        }
    }

    @Test(arguments: ["000", "001", "099", "600", "666", "999", "101"])
    func `an invalid status or a protocol switch is refused, and the transport keeps working`(status: String)
        async throws
    {
        for rest in ["Content-Length: 0\r\n\r\n", "Content-Length: 2\r\n\r\n{}", "\r\n"] {
            let error = try await failure(
                ScriptedReply(.send("HTTP/1.1 \(status) X\r\n\(rest)"), .close)
            )
            guard case .notHTTP(_, Int(status)) = error else {
                Issue.record("expected not HTTP, got \(String(describing: error))")
                return
            }
            #expect(error?.kind == .unreachable)
            #expect(error?.description.contains("not the status of an HTTP response (200 to 599)") == true)
        }
    }

    @Test(arguments: [100, 102, 103, 199])
    func `informational responses are dropped, with a body or without`(status: Int) async throws {
        for rest in ["\r\n", "Content-Length: 0\r\n\r\n"] {
            let head = "HTTP/1.1 \(status) X\r\n" + rest
            let final = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
            try await ScriptedServer.run { _ in
                ScriptedReply(.send(String(repeating: head, count: 2000) + final))
            } work: { server in
                let response = try await withTransport { try await $0.send(HTTPRequest(.get, server.url())) }
                #expect(response.status == 200 && response.body == Data("{}".utf8))
            }
        }
    }

    @Test func `an unrequested second response does not break the transport`() async throws {
        let one = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        try await ScriptedServer.run { _ in
            ScriptedReply(.send(one + one))
        } work: { server in
            try await withTransport { transport in
                for _ in 0..<3 {
                    do throws(TransportError) {
                        let response = try await transport.send(HTTPRequest(.get, server.url()))
                        #expect(response.status == 200)
                    } catch {
                        // The unrequested response may arrive when the connection is reused.
                        guard case .unreachable = error else { throw error }
                    }
                }
            }
        }
    }

    @Test func `localhost is 127.0.0.1 in any letter case`() async throws {
        try await ScriptedServer.run { _ in
            .answer(200)
        } work: { server in
            for host in ["localhost", "LocalHost"] {
                let text = server.url("x").absoluteString.replacing("127.0.0.1", with: host)
                let url = try #require(URL(string: text))
                let response = try await withTransport { try await $0.send(HTTPRequest(.get, url)) }
                #expect(response.status == 200)
            }
            #expect(server.requests.first?.header("Host")?.hasPrefix("localhost:") == true)
        }
    }

    @Test(arguments: [
        ("/nowhere.pem", "does not exist"), ("/dev/zero", "is not a regular file"),
        ("/proc/self/status", "no PEM"),
    ])
    func `an unusable file of certificate authorities is refused`(file: String, reason: String) {
        let error = #expect(throws: TransportSetupError.self) {
            try HTTPTransport(caFile: file, time: SystemTime(), logger: log.logger)
        }
        #expect(error?.description.contains(reason) == true)
    }

    @Test func `the error for a port without a listener reports the refused connection`() async throws {
        let url = try await ScriptedServer.run { _ in
            .answer(200)
        } work: {
            $0.url()
        }
        let error = try await withTransport { transport in
            await #expect(throws: TransportError.self) { try await transport.send(HTTPRequest(.get, url)) }
        }
        #expect(error?.description.hasSuffix("cannot be reached: it refused the connection.") == true)
    }

    @Test func `a transport without a shutdown is deallocated without a crash`() async throws {
        try await ScriptedServer.run { _ in
            .answer(200)
        } work: { server in
            let transport = try HTTPTransport(time: SystemTime(), logger: log.logger)
            let response = try await transport.send(HTTPRequest(.get, server.url("x")))
            #expect(response.status == 200)
        }
    }

    @Test func `a canceled request fails at once`() async throws {
        try await ScriptedServer.run { _ in
            ScriptedReply(.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), .stall)
        } work: { server in
            try await withTransport { transport in
                let sending = Task { try await transport.send(HTTPRequest(.get, server.url())) }
                await server.waitForRequest()
                sending.cancel()
                let error = await #expect(throws: TransportError.self) { try await sending.value }
                #expect(error == .canceled)
            }
        }
    }

    @Test func `secrets are neither logged nor observed`() async throws {
        try await ScriptedServer.run { _ in
            .answer(200, "hush-answer", headers: ["x-ms-request-id: r1"])
        } work: { server in
            let (transfers, observer) = AsyncStream.makeStream(of: Transfer.self)
            let url = try #require(URL(string: server.url("path").absoluteString + "?code=hush-query"))
            let request = HTTPRequest(
                .post,
                url,
                headers: [.init("Authorization", "hush-header")],
                body: Secret("hush")
            )
            _ = try await withTransport(observe: { observer.yield($0) }) { try await $0.send(request) }
            observer.finish()
            let transfer = try #require(await transfers.first { _ in true })
            #expect((transfer.method, transfer.path, transfer.status) == ("POST", "/path", 200))
            #expect(transfer.requestID == "r1")
            #expect(!"\(transfer)".contains("hush"))
            #expect(log.lines.count == 1)
            #expect(!log.lines.joined().contains("hush"))
        }
    }
}
