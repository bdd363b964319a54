package import ExchangeEngine
package import Federation
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// The container-credentials endpoint of AWS's SDKs: `GET /MAPPING`, answered from memory.
///
/// Source: AWS SDKs and Tools reference guide, container credential provider.
package struct CredentialServer: Sendable {
    /// How long an answer may wait for the first exchange: SDKs give up after a second or two.
    private static let patience = Duration.milliseconds(900)

    private let keeper: CredentialRefresher
    private let configuration: LiveConfiguration
    private let token: Secret

    /// A server of the configuration's mappings, whose requests must carry `token` as `Authorization`.
    package init(configuration: LiveConfiguration, keeper: CredentialRefresher, token: Secret) {
        self.configuration = configuration
        self.keeper = keeper
        self.token = token
    }

    /// Listens on 127.0.0.1 until the task is cancelled or SIGTERM or SIGINT comes.
    ///
    /// - Parameters:
    ///   - port: The port; 0 for any free one.
    ///   - ready: Told the port once it listens.
    /// - Throws: ``ListenError`` when it cannot listen.
    package func run(port: Int, ready: @escaping @Sendable (Int) async -> Void) async throws(ListenError) {
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in await respond(to: request) },
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { await ready($0.localAddress?.port ?? port) },
            logger: Logger(label: "serve") { _ in SwiftLogNoOpLogHandler() }
        )
        do {
            try await application.runService(gracefulShutdownSignals: [.sigterm, .sigint])
        } catch {
            let code = (error as? IOError)?.errnoCode
            throw ListenError(port: port, reason: code.map { String(cString: strerror($0)) } ?? "\(error)")
        }
    }

    private func respond(to request: Request) async -> Response {
        guard isLocal(request.head.authority) else {
            return Self.refuse(.forbidden, "wrong-host", "The Host header names no loopback address.")
        }
        guard isAuthorized(request.headers[.authorization]) else {
            return Self.refuse(
                .unauthorized,
                "wrong-token",
                "The Authorization header is not the server's token."
            )
        }
        guard request.method == .get else {
            return Self.refuse(.methodNotAllowed, "wrong-method", "Credentials are read with GET.")
        }
        let name = request.uri.path.dropFirst().removingPercentEncoding ?? ""
        guard let mapping = configuration.mapping(name) else {
            return Self.refuse(.notFound, "unknown-mapping", "No mapping of that name is served here.")
        }
        guard let credentials = await keeper.credentials(for: mapping.id, patience: Self.patience)
        else {
            return Self.refuse(
                .serviceUnavailable,
                "no-credentials",
                "There are no valid credentials yet; try again."
            )
        }
        return Self.json(.ok, ContainerDocument(credentials, roleARN: mapping.roleARN))
    }

    /// Whether a `Host` is this machine: a page in a browser cannot reach us under a name of its own.
    private func isLocal(_ authority: String?) -> Bool {
        guard let authority else { return false }
        let host =
            authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        return ["127.0.0.1", "localhost", "[::1]"].contains(String(host))
    }

    /// Whether the header is the token, in a time that does not tell how much of it is right.
    private func isAuthorized(_ header: String?) -> Bool {
        let expected = Array(token.reveal().utf8)
        let found = Array((header ?? "").utf8)
        var difference =
            UInt8(truncatingIfNeeded: expected.count ^ found.count) | (expected.count == found.count ? 0 : 1)
        for (index, byte) in expected.enumerated() {
            difference |= byte ^ (index < found.count ? found[index] : 0)
        }
        return difference == 0
    }

    private static func refuse(_ status: HTTPResponse.Status, _ code: String, _ message: String) -> Response {
        json(status, ["code": code, "message": message])
    }

    private static func json(_ status: HTTPResponse.Status, _ value: some Encodable) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = (try? encoder.encode(value)) ?? Data()
        return Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }
}

/// Why a server cannot listen on loopback.
package struct ListenError: Error, Hashable, Sendable, CustomStringConvertible {
    package let port: Int
    /// The system's words.
    package let reason: String

    package var description: String { "127.0.0.1:\(port) cannot be served: \(reason)." }
}
