import FoundationEssentials
import Glibc

/// The process's environment; the commands read environment variables only here.
enum ProcessEnvironment {
    /// The variables; a missing `HOME` is added from the password database.
    static let variables: [String: String] = {
        let inherited = inheritedVariables
        return inherited["HOME", default: ""].isEmpty ? inherited.merging(["HOME": home]) { $1 } : inherited
    }()

    /// The variables that this process inherited and passes to child processes.
    static let inheritedVariables = ProcessInfo.processInfo.environment

    private static var home: String {
        guard let entry = getpwuid(getuid()), let directory = entry.pointee.pw_dir else { return "/" }
        return String(cString: directory)
    }

    /// The absolute path of the running program.
    static var program: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "cambist"
    }

    static func isTerminal(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1
    }
}
