import ArgumentParser
import Delivery
import Engine
import Federation
import Foundation

/// `cambist serve`: the container-credentials endpoint for AWS's SDKs.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the mappings' credentials to AWS SDKs on loopback, always fresh.",
        discussion: """
            Prints the two variables that an SDK needs, for each mapping. With --token-file the requests' token is \
            read from that file, which is made when there is none; without it the token is printed.

            Example:
              cambist serve --port 9911 --token-file ~/.cambist-token
            """
    )

    /// How long mappings that are slow to exchange hold up the announcement.
    private static let patience = Duration.seconds(5)

    @OptionGroup var options: GlobalOptions

    @Option(help: "The port to listen on; any free one when absent.")
    var port = 0

    @Option(help: "The file that holds the token of the requests, without a line end.", completion: .file())
    var tokenFile: String?

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port is a number from 0 to 65535.") }
    }

    func run() async throws {
        let token = try serverToken()
        try await Workspace.with(options) { workspace in
            let keeper = CredentialKeeper(engine: workspace.engine, time: workspace.time) { event in
                if case .ended(let record) = event, let failure = record.failure {
                    CommandFailure(failure, of: record.mapping).lines.forEach(Report.complain)
                }
            }
            let mappings = workspace.configuration.mappings
            let served = mappings.map { mapping in
                var mapping = mapping
                mapping.refresh = .auto
                return mapping
            }
            let renewal = Task { await keeper.run() }
            defer { renewal.cancel() }
            let server = CredentialServer(mappings: served, keeper: keeper, token: token)
            do {
                try await server.run(port: port) { port in
                    await keeper.keep(served)
                    await Self.wait(for: keeper, time: workspace.time)
                    announce(mappings, port: port, token: token)
                }
            } catch {
                throw CommandFailure(
                    .unreachable,
                    code: "port",
                    "127.0.0.1:\(port) cannot be served: \(error)."
                )
            }
        }
    }

    /// Returns when every mapping was exchanged once, well or not, or when those that are slow have had their chance.
    private static func wait(for keeper: CredentialKeeper, time: any TimeSource) async {
        let (events, source) = AsyncStream.makeStream(of: Void.self)
        let idling = Task {
            await keeper.idle()
            source.yield()
        }
        let waiting = Task {
            try? await time.sleep(for: patience)
            source.yield()
        }
        for await _ in events { break }
        idling.cancel()
        waiting.cancel()
    }

    /// The token of the file, a new one in the file, or one of this run.
    private func serverToken() throws(CommandFailure) -> Secret {
        guard let tokenFile else { return Self.newToken() }
        guard FileManager.default.fileExists(atPath: tokenFile) else {
            let token = Self.newToken()
            try SafeFile.create(token.reveal(), at: tokenFile)
            return token
        }
        warnOfReaders(of: tokenFile)
        guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8), !text.isEmpty else {
            throw CommandFailure(
                .notPermitted,
                code: "token-file",
                "\(tokenFile) holds no token that can be read."
            )
        }
        guard !text.contains(where: \.isNewline) else {
            throw CommandFailure(
                .configuration,
                code: "token-file",
                "\(tokenFile) has a line end, with which SDKs refuse the token.",
                fix: "Write it without one: printf %s TOKEN > \(tokenFile)"
            )
        }
        return Secret(text)
    }

    private func warnOfReaders(of file: String) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)
        guard let mode = attributes?[.posixPermissions] as? Int, mode & 0o077 != 0 else { return }
        Report.complain("\(file) can be read by other users: chmod 600 \(ShellWord.posix(file))")
    }

    private static func newToken() -> Secret {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return Secret(Data(bytes).base64URL)
    }

    private func announce(_ mappings: [RoleMapping], port: Int, token: Secret) {
        let secret =
            tokenFile.map { "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=\(ShellWord.posix($0))" }
            ?? "AWS_CONTAINER_AUTHORIZATION_TOKEN=\(token.reveal())"
        for mapping in mappings {
            Report.answer("# \(mapping.id)")
            Report.answer("export AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:\(port)/\(mapping.id)")
            Report.answer("export \(secret)")
        }
    }
}
