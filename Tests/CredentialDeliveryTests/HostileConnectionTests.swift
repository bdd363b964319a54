import Federation
import Foundation
import NIOCore
import TestSupport
import Testing

@testable import CredentialDelivery

/// Connections and requests of hostile clients.
@Suite(.timeLimit(.minutes(30)), .limited)
struct HostileConnectionTests {
    /// A plain TCP connection to the server.
    private final class Connection: Sendable {
        private let descriptor: Int32

        private struct Refused: Error {}

        init(port: Int) throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
            var limit = timeval(tv_sec: 10, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if result != 0 { throw Refused() }
        }

        deinit { close(descriptor) }

        func send(_ text: String) {
            let bytes = Array(text.utf8)
            _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }

        /// Sends `text` and returns the response, read until its end or for 10 s.
        func exchange(_ text: String) async -> String {
            await onOwnThread { [self] in
                send(text)
                var answer: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 4096)
                while !String(decoding: answer, as: UTF8.self).contains("}") {
                    let count = recv(descriptor, &buffer, buffer.count, 0)
                    if count <= 0 { break }
                    answer += buffer.prefix(count)
                }
                return String(decoding: answer, as: UTF8.self)
            }
        }

        /// Whether the server closes the connection within 10 s.
        func isClosed() async -> Bool {
            await onOwnThread { [self] in
                var byte = UInt8(0)
                let count = recv(descriptor, &byte, 1, 0)
                return count == 0 || count < 0 && errno == ECONNRESET
            }
        }
    }

    private static func request(target: String, host: String) -> String {
        "GET \(target) HTTP/1.1\r\n\(host)Authorization: \(ServerHarness.token)\r\nConnection: close\r\n\r\n"
    }

    @Test func `unusual hosts and targets are refused, and an ordinary request is served`() async throws {
        try await ServerHarness.with { harness in
            let port = harness.port
            let good = "Host: 127.0.0.1:\(port)\r\n"
            let refused = [
                Self.request(target: "http://127.0.0.1/audit", host: good),
                Self.request(target: "http://evil.example/audit", host: good),
                Self.request(target: "//evil.example/audit", host: "Host: evil.example\r\n"),
                Self.request(target: "*", host: good),
                Self.request(target: "/audit", host: ""),
                Self.request(target: "/audit", host: "Host: \r\n"),
                Self.request(target: "/audit", host: "Host: localhost:\r\n"),
                Self.request(target: "/audit", host: "Host: localhost:80:evil\r\n"),
                Self.request(target: "/audit", host: "Host: localhost:99999\r\n"),
                Self.request(target: "/audit", host: "Host: localhost:080\r\n"),
                Self.request(target: "/audit", host: "Host: localhost@evil.example\r\n"),
                Self.request(target: "/audit", host: "Host: localhost.evil.example\r\n"),
                Self.request(target: "/audit", host: "Host: [::1]evil\r\n"),
                Self.request(target: "/audit", host: good + "Host: evil.example\r\n"),
            ]
            for text in refused {
                let answer = try await Connection(port: port).exchange(text)
                #expect(!answer.hasPrefix("HTTP/1.1 200"), "\(text)")
                #expect(!answer.contains("SecretAccessKey"), "\(text)")
            }
            let answer = try await Connection(port: port).exchange(Self.request(target: "/audit", host: good))
            #expect(answer.hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func `silent connections above the limit do not block a request`() async throws {
        try await ServerHarness.with(limit: ConnectionLimit(limit: 8, deadline: .seconds(60))) { harness in
            var silent: [Connection] = []
            for _ in 0..<60 { silent.append(try Connection(port: harness.port)) }
            let clock = ContinuousClock()
            let start = clock.now
            let status = try await harness.get("audit").status
            #expect(status == 200)
            #expect(start.duration(to: clock.now) < .seconds(30))
            let isClosed = await silent[0].isClosed()
            #expect(isClosed)
        }
    }

    @Test(arguments: [
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /audit HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na",
    ])
    func `connections above the limit that are idle after a request do not block another`(_ text: String)
        async throws
    {
        try await ServerHarness.with(limit: ConnectionLimit(limit: 8, deadline: .seconds(60))) { harness in
            var idle: [Connection] = []
            for _ in 0..<60 {
                let connection = try Connection(port: harness.port)
                connection.send(text)
                idle.append(connection)
            }
            // On a new connection: the server may close one that is kept for the next request.
            let request = Self.request(target: "/audit", host: "Host: 127.0.0.1:\(harness.port)\r\n")
            let answer = try await Connection(port: harness.port).exchange(request)
            #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
        }
    }

    @Test func `a connection without a complete head is closed at the deadline`() async throws {
        let limit = ConnectionLimit(limit: 8, deadline: .milliseconds(200))
        try await ServerHarness.with(limit: limit) { harness in
            let isClosed = try await Connection(port: harness.port).isClosed()
            #expect(isClosed)
            let slow = try Connection(port: harness.port)
            let answer = await slow.exchange("GET /audit HTTP/1.1\r\nHost: localhost\r\nX: ")
            #expect(answer == "")
            let status = try await harness.get("audit").status
            #expect(status == 200)
        }
    }

    /// NIO terminated the process when a connection became active after the server had stopped.
    @Test func `connections that arrive while the server stops do not end the process`() async throws {
        for _ in 0..<8 {
            let started = AsyncStream.makeStream(of: Void.self)
            var flood: Task<Int, Never>?
            try await ServerHarness.with { harness in
                let port = harness.port
                flood = Task {
                    await onOwnThread {
                        var connections: [Connection] = []
                        while connections.count < 300, let next = try? Connection(port: port) {
                            connections.append(next)
                            started.continuation.yield()
                        }
                        started.continuation.finish()
                        return connections.count
                    }
                }
                var iterator = started.stream.makeAsyncIterator()
                await iterator.next()
            }
            #expect(await flood?.value ?? 0 > 0)
        }
    }

    @Test func `the limit of connections is between 4 and 512`() {
        #expect(ConnectionLimit(limit: 100_000, deadline: .seconds(1)).limit == 512)
        #expect(ConnectionLimit(limit: -5, deadline: .seconds(1)).limit == 4)
        #expect((4...512).contains(ConnectionLimit().limit))
    }
}
