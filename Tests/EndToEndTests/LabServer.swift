import Foundation
import Subprocess
import Synchronization
import Testing

/// A `cambist lab` process, and the files it wrote for its clients.
struct LabServer: Sendable {
    let harness: Harness
    /// The variables of the `--env-file`.
    let variables: [String: String]

    /// The path of the configuration that the lab wrote.
    var configuration: String { harness.path("lab.yaml") }

    /// Starts a lab, runs `body`, and ends the lab with SIGTERM.
    static func with(
        _ options: [String] = [],
        secretFiles: Set<String> = [],
        _ body: (LabServer) async throws -> Void
    ) async throws {
        try await Harness.with(secretFiles: secretFiles) { harness in
            let files = [
                "--env-file", harness.path("lab.env"), "--config-file", harness.path("lab.yaml"), "--port",
                "\(Self.newPort())",
            ]
            let result = try await Subprocess.run(
                .name("sh"),
                // The shell redirects stderr to a file and is replaced by the lab.
                arguments: Arguments(
                    ["-c", "exec cambist lab --print-requests \"$@\" 2>\"$LAB_LOG\"", "lab"] + files + options
                ),
                environment: Environment(
                    harness.environment.merging(["LAB_LOG": harness.path("lab.log")]) { $1 }
                ),
                input: .none,
                output: .discarded,
                error: .discarded
            ) { execution in
                do {
                    let variables = try await eventually {
                        try? Self.variables(of: harness.path("lab.env"))
                    } orElse: {
                        "The lab never wrote its variables."
                    }
                    try await body(LabServer(harness: harness, variables: variables))
                    SecretSearch.issued.expectNoProcesses(of: harness.directory.path)
                } catch {
                    try execution.send(signal: .terminate)
                    throw error
                }
                try execution.send(signal: .terminate)
            }
            #expect(result.terminationStatus == .exited(0), "a lab ends cleanly on SIGTERM")
        }
    }

    private static let lastPort = Mutex(Int.random(in: 20_000..<28_000))

    /// Returns a free port that no earlier lab of this run has had.
    ///
    /// The keyring keeps the credentials of a lab for an hour, and a later lab with the same URL would share them. The
    /// ports are below those that the kernel chooses.
    private static func newPort() -> Int {
        lastPort.withLock { port in
            repeat { port += 1 } while !isFree(port)
            return port
        }
    }

    private static func isFree(_ port: Int) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafeBytes(of: &address) { bytes in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
            return bind(socket, start, socklen_t(bytes.count)) == 0
        }
    }

    /// Runs `cambist` with the lab's configuration until it exits.
    func cambist(_ arguments: String...) async throws -> ProcessResult {
        try await cambist(arguments)
    }

    /// Runs `cambist` with the lab's configuration until it exits.
    func cambist(_ arguments: [String]) async throws -> ProcessResult {
        try await harness.cambist(arguments, ["CAMBIST_CONFIG": configuration])
    }

    /// Returns the number of requests so far whose log line begins with `beginning`: method and path.
    func requests(_ beginning: String) throws -> Int {
        let log = try String(contentsOfFile: harness.path("lab.log"), encoding: .utf8)
        return log.split(separator: "\n").count { $0.hasPrefix(beginning) }
    }

    /// Returns the value of the variable `CAMBIST_LAB_` + `name`, which describes the first mapping.
    func labVariable(_ name: String) -> String {
        variables["CAMBIST_LAB_" + name] ?? ""
    }

    /// Writes a trust policy that requires the subject `another-identity` and returns its path.
    func writeDenyingPolicy() throws -> String {
        let issuer = labVariable("ISSUER").replacing("https://", with: "")
        let account = labVariable("ROLE_ARN").split(separator: ":")[3]
        return try harness.write(
            """
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Federated": "arn:aws:iam::\(account):oidc-provider/\(issuer)"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {"\(issuer):sub": "another-identity"}}}]}
            """,
            to: "trust.json"
        )
    }

    /// Writes a configuration of one mapping, `audit`, for this lab and returns its path.
    ///
    /// Identity and mapping are the lab's first ones; `identity`, `mapping`, and `endpoints` add or replace
    /// keys of those sections.
    func write(
        identity: [String: String] = [:],
        mapping: [String: String] = [:],
        endpoints: [String: String] = [:]
    ) throws -> String {
        let tenant = labVariable("ISSUER").split(separator: "/").last.map(String.init) ?? ""
        let first = [
            "tenant_id": tenant, "client_id": labVariable("CLIENT_ID"),
            "principal_id": labVariable("PRINCIPAL_ID"),
            "source": "imds",
        ]
        let audit = [
            "identity": "logging", "audience": labVariable("AUDIENCE"), "role_arn": labVariable("ROLE_ARN"),
            "region": "eu-west-1", "refresh": "manual",
        ]
        let urls = [
            "imds": variables["AZURE_POD_IDENTITY_AUTHORITY_HOST"] ?? "",
            "sts": variables["AWS_ENDPOINT_URL_STS"] ?? "",
        ]
        let text = [
            "identities:\n  logging:", Self.lines(first.merging(identity) { $1 }, indent: 4),
            "mappings:\n  audit:", Self.lines(audit.merging(mapping) { $1 }, indent: 4),
            "endpoints:", Self.lines(urls.merging(endpoints) { $1 }, indent: 2),
        ]
        return try harness.write(text.joined(separator: "\n") + "\n", to: "audit.yaml")
    }

    private static func lines(_ values: [String: String], indent: Int) -> String {
        values.sorted { $0.key < $1.key }
            .map { String(repeating: " ", count: indent) + "\($0.key): \($0.value)" }
            .joined(separator: "\n")
    }

    private static func variables(of file: String) throws -> [String: String] {
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        let pairs = lines.map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        return Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0[1].trimmingCharacters(in: ["'"])) })
    }
}
