import FoundationEssentials
import Glibc
import Simulator

/// An error that ends the program.
enum LabFailure: Error {
    case lab(LabError)
    /// The reader of standard output has closed the pipe.
    case closedOutput
    case output(errno: Int32)
    case system(String)

    /// The messages; several messages for a scenario file with several errors.
    var messages: [String] {
        switch self {
        case .lab(.invalidScenario(let file, let problems)): problems.map { "\(file):\($0)" }
        case .lab(let error): [error.description]
        case .closedOutput: ["Standard output is closed."]
        case .output(let number): ["Standard output cannot be written: \(String(cString: strerror(number)))."]
        case .system(let text): [text]
        }
    }

    /// The exit status, as in sysexits.h.
    var status: Int32 {
        switch self {
        case .lab(.unknownScenario): EX_USAGE
        case .lab(.unreadableScenario), .lab(.scenarioNotText), .lab(.invalidScenario): EX_CONFIG
        case .lab(.portInUse), .lab(.cannotListen): EX_UNAVAILABLE
        case .lab(.cannotWrite), .output, .closedOutput: EX_NOPERM
        case .lab(.noKeys), .system: EX_SOFTWARE
        }
    }
}
