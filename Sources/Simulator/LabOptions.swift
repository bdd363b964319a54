import Federation
package import Transport

/// The options of a lab.
package struct LabOptions: Sendable {
    /// The name of a built-in scenario, `scale:N`, or the path of a scenario file.
    ///
    /// A path contains a slash or ends in `.yaml`.
    package var scenario: String
    /// The divisor of propagation delays and lifetimes; `nil` for the scenario's own divisor.
    package var speed: Double?
    /// The port; 0 selects any free port.
    package var port: Int
    /// The directory for PEM files; if set, the lab serves over TLS.
    package var tlsDirectory: String?
    /// A seed that overrides the scenario's seed.
    package var seed: UInt64?
    /// The directory for the Azure Arc agent's key files; `nil` for a directory in the lab's temporary directory.
    package var arcKeyDirectory: String?
    /// Called with a request and its status before the response is sent.
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

/// A request and its response status, for `--print-requests`; the query, headers, and bodies are omitted.
package struct ServedRequest: Hashable, Sendable {
    package let method: String
    package let path: String
    /// The response status; `nil` if the connection was closed without a response.
    package let status: Int?
    package let duration: Duration
}

extension ServedRequest: CustomStringConvertible {
    package var description: String {
        "\(method) \(path) \(status.map(String.init) ?? "cut") \(duration.milliseconds) ms"
    }
}

/// The divisor of propagation delays and lifetimes in the lab.
///
/// Clocks and response delays keep their normal speed.
struct Speed: Hashable, Sendable {
    /// The divisor, 0.001 to 1,000,000; at 720, a delay of one day takes two minutes.
    let factor: Double

    /// Returns a delay or lifetime of the real clouds, divided by the speed.
    func scaled(_ duration: Duration) -> Duration {
        duration / factor
    }
}

/// The reason that a lab cannot start.
package enum LabError: Error, Hashable, Sendable {
    case portInUse(Int)
    case cannotListen(port: Int, reason: String)
    case unknownScenario(String, known: [String])
    case unreadableScenario(FileReadError)
    /// The scenario file is not UTF-8.
    case scenarioNotText(file: String)
    /// The errors in a scenario file, with line numbers.
    case invalidScenario(file: String, problems: [String])
    case cannotWrite(path: String, reason: String)
    case noKeys(reason: String)
}

extension LabError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .portInUse(let port):
            "Port \(port) is in use. Stop the program that listens there, or set another --port (0: any free port)."
        case .cannotListen(let port, let reason):
            "The lab cannot listen on 127.0.0.1:\(port): \(reason)."
        case .unknownScenario(let name, let known):
            "Unknown scenario \(name). Use \(known.joined(separator: ", ")), or the path of a scenario file."
        case .unreadableScenario(let error):
            "The scenario file \(error)."
        case .scenarioNotText(let file):
            "The scenario file \(file) is not UTF-8 text."
        case .invalidScenario(let file, let problems):
            problems.map { "\(file):\($0)" }.joined(separator: "\n")
        case .cannotWrite(let path, let reason):
            "The lab cannot write \(path): \(reason)."
        case .noKeys(let reason):
            "The lab cannot create its signing keys: \(reason)."
        }
    }
}
