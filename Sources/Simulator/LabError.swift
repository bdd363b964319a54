/// Why a lab did not start.
package enum LabError: Error, Hashable, Sendable {
    case portInUse(Int)
    case cannotListen(port: Int, reason: String)
    case unknownScenario(String, known: [String])
    case unreadableScenario(file: String, reason: String)
    /// Every mistake of a scenario file, with its line.
    case badScenario(file: String, problems: [String])
    case cannotWrite(path: String, reason: String)
    case noKeys(reason: String)
}

extension LabError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .portInUse(let port):
            "Port \(port) is in use. Stop what listens there, or give another --port (0 takes a free one)."
        case .cannotListen(let port, let reason):
            "The lab cannot listen on 127.0.0.1:\(port): \(reason)."
        case .unknownScenario(let name, let known):
            "There is no scenario \(name). Known: \(known.joined(separator: ", ")), or the path of a scenario file."
        case .unreadableScenario(let file, let reason):
            "The scenario file \(file) cannot be read: \(reason)."
        case .badScenario(let file, let problems):
            problems.map { "\(file):\($0)" }.joined(separator: "\n")
        case .cannotWrite(let path, let reason):
            "The lab cannot write \(path): \(reason)."
        case .noKeys(let reason):
            "The lab cannot make its signing keys: \(reason)."
        }
    }
}
