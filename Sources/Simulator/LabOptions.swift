import Federation

/// How a lab is to run.
package struct LabOptions: Sendable {
    /// A built-in scenario's name, `scale:N`, or the path of a scenario file (it has a slash or ends in `.yaml`).
    package var scenario: String
    /// Divides every delay and lifetime that the lab sets; the scenario's own speed when absent.
    package var speed: Double?
    /// 0 for any free port.
    package var port: Int
    /// Serve over TLS, with the authority and the certificate as PEM files in this directory.
    package var tlsDirectory: String?
    /// Another seed than the scenario's.
    package var seed: UInt64?
    /// Where the simulated Azure Arc agent keeps its key files; a directory of the lab's own when absent.
    package var arcKeyDirectory: String?
    /// Told of every request after its answer.
    package var observe: (@Sendable (ServedRequest) -> Void)?

    package init(
        scenario: String = "steady",
        speed: Double? = nil,
        port: Int = 0,
        tlsDirectory: String? = nil,
        seed: UInt64? = nil,
        arcKeyDirectory: String? = nil,
        observe: (@Sendable (ServedRequest) -> Void)? = nil
    ) {
        self.scenario = scenario
        self.speed = speed
        self.port = port
        self.tlsDirectory = tlsDirectory
        self.seed = seed
        self.arcKeyDirectory = arcKeyDirectory
        self.observe = observe
    }
}

/// One request the lab answered, as `--print-requests` shows it: without query, headers and bodies.
package struct ServedRequest: Hashable, Sendable {
    package let method: String
    package let path: String
    /// `nil` when the connection was cut in place of an answer.
    package let status: Int?
    package let duration: Duration
}

extension ServedRequest: CustomStringConvertible {
    package var description: String {
        "\(method) \(path) \(status.map(String.init) ?? "cut") \(duration.milliseconds) ms"
    }
}
