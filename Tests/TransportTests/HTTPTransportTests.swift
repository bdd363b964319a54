import Federation
import Foundation
import TestSupport
import Testing

@testable import Transport

@Suite struct HTTPTransportTests {
    private let log = LogCapture()

    /// Runs `work` with a transport that reads the real clock, as its bounds do.
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

    /// The error of one GET against a server that behaves like `reply`.
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

    @Test func `method, path, query, headers and body arrive as given`() async throws {
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

    @Test func `a redirect is an answer and is not followed`() async throws {
        try await ScriptedServer.run { _ in
            .answer(302, headers: ["Location: /elsewhere"])
        } work: { server in
            let response = try await withTransport { try await $0.send(HTTPRequest(.get, server.url())) }
            #expect(response.status == 302)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a server that never answers costs the bound and no more`() async throws {
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

    @Test func `the bound holds for the body too`() async throws {
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
    func `an answer of a gibibyte is refused, whether announced or not`(head: String) async throws {
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
        ScriptedReply(.send("SSH-2.0-OpenSSH_9.2p1\r\n"), .close),
        ScriptedReply(.send("HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 50_000)), .stall),
    ])
    func `an answer that is cut or garbage is no answer`(reply: ScriptedReply) async throws {
        let error = try await failure(reply)
        guard case .unreachable = error else {
            Issue.record("expected unreachable, got \(String(describing: error))")
            return
        }
    }

    @Test func `a port where nothing listens is named as such`() async throws {
        let url = try await ScriptedServer.run { _ in
            .answer(200)
        } work: {
            $0.url()
        }
        let error = try await withTransport { transport in
            await #expect(throws: TransportError.self) { try await transport.send(HTTPRequest(.get, url)) }
        }
        #expect(error?.description.hasSuffix("cannot be reached: nothing listens there.") == true)
    }

    @Test func `a transport that nobody shut down goes away quietly`() async throws {
        try await ScriptedServer.run { _ in
            .answer(200)
        } work: { server in
            let transport = try HTTPTransport(time: SystemTime(), logger: log.logger)
            let response = try await transport.send(HTTPRequest(.get, server.url("x")))
            #expect(response.status == 200)
        }
    }

    @Test func `a cancelled asker is told so at once`() async throws {
        try await ScriptedServer.run { _ in
            ScriptedReply(.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), .stall)
        } work: { server in
            try await withTransport { transport in
                let asking = Task { try await transport.send(HTTPRequest(.get, server.url())) }
                while server.requests.isEmpty { await Task.yield() }
                asking.cancel()
                let error = await #expect(throws: TransportError.self) { try await asking.value }
                #expect(error == .cancelled)
            }
        }
    }

    @Test func `nothing secret is logged or observed`() async throws {
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
