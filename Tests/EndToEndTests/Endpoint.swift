import Foundation
import FoundationNetworking
import Testing

/// The endpoint that `cambist serve` prints for a mapping.
struct Endpoint {
    let url: URL
    let token: String

    struct Reply {
        let status: Int
        let members: [String: String]
        let seconds: Double
    }

    /// Returns the endpoint of another mapping of the same server.
    func sibling(_ mapping: String) -> Endpoint {
        Endpoint(url: url.deletingLastPathComponent().appending(path: mapping), token: token)
    }

    private init(url: URL, token: String) {
        self.url = url
        self.token = token
    }

    /// Parses the shell lines that `cambist serve` prints for a mapping; the token may be in a file.
    init(of mapping: String, announced lines: String) throws {
        let block = try #require(lines.components(separatedBy: "# \(mapping)\n").last)
        func value(_ name: String) -> String? {
            block.split(separator: "\n").first { $0.hasPrefix("export \(name)=") }
                .map { String($0.dropFirst("export \(name)=".count)) }
        }
        url = try #require(value("AWS_CONTAINER_CREDENTIALS_FULL_URI").flatMap { URL(string: $0) })
        let file = value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        let text = try file.map { try String(contentsOfFile: $0, encoding: .utf8) }
        token = try #require(text ?? value("AWS_CONTAINER_AUTHORIZATION_TOKEN"))
    }

    /// Waits for the mapping's credentials and returns them.
    func members() async throws -> [String: String] {
        try await eventually {
            let reply = try await get()
            return reply.status == 200 ? reply.members : nil
        } orElse: {
            "There are no credentials at \(url)."
        }
    }

    /// Requests the mapping's credentials.
    func get() async throws -> Reply {
        var request = URLRequest(url: url, timeoutInterval: 20)
        request.setValue(token, forHTTPHeaderField: "Authorization")
        let start = ProcessInfo.processInfo.systemUptime
        // A separate session has its own connection. The server may close a kept connection while a request reuses it.
        let session = URLSession(configuration: .ephemeral)
        defer { session.finishTasksAndInvalidate() }
        let (data, response) = try await session.data(for: request)
        return Reply(
            status: (response as? HTTPURLResponse)?.statusCode ?? 0,
            members: try JSONDecoder().decode([String: String].self, from: data),
            seconds: ProcessInfo.processInfo.systemUptime - start
        )
    }
}
