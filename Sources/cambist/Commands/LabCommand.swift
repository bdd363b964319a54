import ArgumentParser
import CredentialDelivery
import Foundation
import LabInterface

/// `cambist lab`: replaces this process with the program `cambist-lab`.
struct LabCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: LabArguments.abstract,
        discussion: LabArguments.discussion(for: "cambist lab")
    )

    @OptionGroup var arguments: LabArguments

    func run() throws {
        let replacement = ProcessReplacement()
        let program = try LabProgram.installed()
        let number = replacement.run(
            [program] + arguments.commandLine,
            environment: ProcessEnvironment.inheritedVariables
        )
        throw CommandFailure(
            .unreachable,
            code: "lab",
            "\(program) cannot be run: \(String(cString: strerror(number))).",
            fix: "Install \(LabProgram.name) of the same version again."
        )
    }
}

/// The program that contains the simulated clouds, which this one does not.
enum LabProgram {
    static let name = "cambist-lab"

    /// The path of the installed program.
    ///
    /// - Throws: ``CommandFailure`` when it is neither beside this program nor on `PATH`.
    static func installed() throws(CommandFailure) -> String {
        let directory = URL(filePath: ProcessEnvironment.program).deletingLastPathComponent()
            .path(percentEncoded: false)
        let searchPath = ProcessEnvironment.variables["PATH", default: ""]
        if let path = path(in: [directory] + searchPath.split(separator: ":").map(String.init)) {
            return path
        }
        throw CommandFailure(
            .unreachable,
            code: "lab-not-installed",
            "\(name) is neither in \(directory) nor on PATH.",
            fix: "The lab is a program of its own: install \(name) beside cambist, "
                + "or build it from the sources: swift build --product \(name)"
        )
    }

    /// The first executable file of that name in absolute directories.
    static func path(in directories: [String]) -> String? {
        directories.lazy.filter { $0.hasPrefix("/") }
            .map { $0.hasSuffix("/") ? $0 + name : "\($0)/\(name)" }
            .first { path in
                var isDirectory: ObjCBool = false
                return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
                    && !isDirectory.boolValue && access(path, X_OK) == 0
            }
    }
}
