import FoundationEssentials
import Glibc

/// The environment of the process, which the commands read only here.
enum ProcessEnvironment {
    /// The variables; a missing `HOME` is set from the password database.
    static let variables: [String: String] = {
        let inherited = inheritedVariables
        return inherited["HOME", default: ""].isEmpty ? inherited.merging(["HOME": home]) { $1 } : inherited
    }()

    /// The variables as inherited by this process; child processes inherit the same variables.
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
