import Federation
package import Transport

/// The options of a lab.
package struct LabOptions: Sendable {
    /// A built-in scenario's name, `scale:N`, or the path of a scenario file (it has a slash or ends in `.yaml`).
    package var scenario: String
    /// Divides every delay and lifetime that the lab sets; the scenario's own speed when absent.
    package var speed: Double?
    /// 0 for any free port.
    package var port: Int
    /// The directory for the PEM files of a lab that serves over TLS.
    package var tlsDirectory: String?
    /// A seed in place of the scenario's.
    package var seed: UInt64?
    /// The directory of the Azure Arc agent's key files; one of the lab's own when absent.
    package var arcKeyDirectory: String?
    /// Called with every request after its answer.
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

/// An answered request as `--print-requests` shows it, without query, headers and bodies.
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

/// The divisor of the lab's own delays and lifetimes.
///
/// Clocks are true: only durations that the lab itself sets are divided.
struct Speed: Hashable, Sendable {
    /// 0.001 to 1,000,000; 720 turns a day into two minutes.
    let factor: Double

    /// Divides a delay or lifetime of the clouds.
    func scaled(_ duration: Duration) -> Duration {
        duration / factor
    }
}

/// The reasons for which a lab does not start.
package enum LabError: Error, Hashable, Sendable {
    case portInUse(Int)
    case cannotListen(port: Int, reason: String)
    case unknownScenario(String, known: [String])
    case unreadableScenario(FileReadError)
    /// The scenario file is not UTF-8.
    case scenarioNotText(file: String)
    /// Every error in a scenario file, with its line.
    case badScenario(file: String, problems: [String])
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
            "There is no scenario \(name). Known: \(known.joined(separator: ", ")), or the path of a scenario file."
        case .unreadableScenario(let error):
            "The scenario file \(error)."
        case .scenarioNotText(let file):
            "The scenario file \(file) is not UTF-8 text."
        case .badScenario(let file, let problems):
            problems.map { "\(file):\($0)" }.joined(separator: "\n")
        case .cannotWrite(let path, let reason):
            "The lab cannot write \(path): \(reason)."
        case .noKeys(let reason):
            "The lab cannot create its signing keys: \(reason)."
        }
    }
}
