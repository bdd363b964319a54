import Federation
import FoundationEssentials
import Glibc

/// The separate program that contains the simulated clouds.
package enum LabProgram {
    package static let name = "cambist-lab"

    /// The path of the installed program.
    ///
    /// - Throws: ``CommandFailure`` when `cambist-lab` is neither in this program's directory nor on `PATH`.
    package static func installed(_ variables: [String: String]) throws(CommandFailure) -> String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "."
        let directory = own.directoryName
        let searchPath = variables["PATH", default: ""]
        if let path = path(in: [directory] + searchPath.split(separator: ":").map(String.init)) {
            return path
        }
        throw CommandFailure(
            .unreachable,
            code: "lab-not-installed",
            "\(name) is neither in \(directory) nor on PATH.",
            fix: "The lab is a separate program: install \(name) in the same directory as cambist, "
                + "or build it from the sources: swift build --product \(name)"
        )
    }

    /// Returns the first executable file with the lab's name; relative directories are skipped.
    static func path(in directories: [String]) -> String? {
        directories.lazy.filter { $0.hasPrefix("/") }
            .map { $0.hasSuffix("/") ? $0 + name : "\($0)/\(name)" }
            .first { path in
                var isDirectory = false
                return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
                    && !isDirectory && access(path, X_OK) == 0
            }
    }
}
