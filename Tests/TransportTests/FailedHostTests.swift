import Federation
import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Transport

/// Hosts that recently refused the connection or did not respond receive no request.
@Suite(.limited) struct FailedHostTests {
    private static let error = TransportError.unreachable(host: "a", reason: "it refused the connection")

    @Test func `a failure is remembered for a limited time and for each origin`() {
        let health = HostHealth()
        health.noteFailure(Self.error, of: "http://a", since: .zero, at: .seconds(1))
        #expect(health.failure(of: "http://a", at: .seconds(1)) == Self.error)
        #expect(
            health.failure(of: "http://a", at: .seconds(1) + HostHealth.failureMemory - .nanoseconds(1))
                != nil
        )
        #expect(health.failure(of: "https://a", at: .seconds(1)) == nil)
        #expect(health.failure(of: "http://a", at: .seconds(1) + HostHealth.failureMemory) == nil)
    }

    @Test func `a response forgets the failure, and outweighs requests that began before it`() {
        let health = HostHealth()
        health.noteFailure(Self.error, of: "http://a", since: .zero, at: .seconds(1))
        health.noteResponse(of: "http://a", at: .seconds(2))
        #expect(health.failure(of: "http://a", at: .seconds(2)) == nil)
        health.noteFailure(Self.error, of: "http://a", since: .seconds(1), at: .seconds(3))
        #expect(health.failure(of: "http://a", at: .seconds(3)) == nil)
        health.noteFailure(Self.error, of: "http://a", since: .seconds(3), at: .seconds(4))
        #expect(health.failure(of: "http://a", at: .seconds(4)) != nil)
        health.forgetFailures()
        #expect(health.failure(of: "http://a", at: .seconds(4)) == nil)
    }

    /// Sends a GET with a short time limit and returns its error.
    private func failure(of transport: HTTPTransport, _ url: URL) async -> TransportError? {
        do throws(TransportError) {
            _ = try await transport.send(
                HTTPRequest(.get, url),
                bounds: RequestBounds(total: .milliseconds(200))
            )
            return nil
        } catch {
            return error
        }
    }

    @Test
    func
        `a silent host receives one connection until the time has passed, and more if the caller requests it`()
        async throws
    {
        let connections = Mutex(0)
        let time = ManualTime()
        try await ScriptedServer.run { _ in
            ScriptedReply(.stall)
        } prepare: { _ in
            connections.withLock { $0 += 1 }
        } work: { server in
            let transport = try HTTPTransport(time: time, logger: LogCapture().logger)
            let first = try #require(await failure(of: transport, server.url()))
            #expect(first.isTimeout)
            for _ in 0..<3 {
                let error = try #require(await failure(of: transport, server.url("other")))
                #expect(error == .withheld(first))
                #expect(
                    (error.description, error.kind, error.code, error.fix)
                        == (first.description, first.kind, first.code, first.fix)
                )
            }
            #expect(connections.withLock { $0 } == 1)
            let insisted = await HTTPRequest.$triesFailedHosts.withValue(true) {
                await failure(of: transport, server.url())
            }
            #expect(insisted == first)
            #expect(connections.withLock { $0 } == 2)
            time.advance(by: HostHealth.failureMemory)
            #expect(await failure(of: transport, server.url()) == first)
            #expect(connections.withLock { $0 } == 3)
            transport.forgetFailures()
            #expect(await failure(of: transport, server.url()) == first)
            #expect(connections.withLock { $0 } == 4)
            await transport.shutDown()
        }
    }

    @Test func `a refused connection is retried by its own request only`() async throws {
        let url = try #require(URL(string: "http://127.0.0.1:1/"))
        let time = InstantTime()
        let attempts = Mutex(0)
        let transport = try HTTPTransport(time: time, logger: LogCapture().logger) { _ in
            attempts.withLock { $0 += 1 }
        }
        for _ in 0..<100 {
            _ = await RetryPolicy(pauses: [.seconds(1), .seconds(1)]).run(time: time) {
                let error = await failure(of: transport, url)
                guard case .unreachable = error else { return (.final, error) }
                return (.disconnected, error)
            }
        }
        #expect(attempts.withLock { $0 } == 3)
        #expect(time.slept == [.seconds(1), .seconds(1)])
        await transport.shutDown()
    }

    @Test func `a host that responds with an error or cuts the connection still receives requests`()
        async throws
    {
        for reply in [ScriptedReply.answer(503), ScriptedReply(.close), ScriptedReply(.reset)] {
            try await ScriptedServer.run { _ in
                reply
            } work: { server in
                let transport = try HTTPTransport(time: ManualTime(), logger: LogCapture().logger)
                for _ in 0..<3 { _ = await failure(of: transport, server.url()) }
                #expect(server.requests.count >= 3)
                await transport.shutDown()
            }
        }
    }
}
