import AWS
import Foundation

/// What the process was started in; nothing else in the program reads its environment.
enum Surroundings {
    static var variables: [String: String] {
        ProcessInfo.processInfo.environment
    }

    /// Which of AWS's public endpoints the variables of its tools ask for.
    static var endpointVariant: AWSEndpoint.Variant {
        endpointVariant(variables)
    }

    /// Which of AWS's public endpoints these variables ask for.
    static func endpointVariant(_ variables: [String: String]) -> AWSEndpoint.Variant {
        var variant: AWSEndpoint.Variant = []
        if variables["AWS_USE_FIPS_ENDPOINT"]?.lowercased() == "true" { variant.insert(.fips) }
        if variables["AWS_USE_DUALSTACK_ENDPOINT"]?.lowercased() == "true" { variant.insert(.dualStack) }
        return variant
    }

    /// The absolute path of the running program.
    static var program: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "cambist"
    }

    /// Whether there is something of that name.
    static func isFile(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
    }

    /// Whether a stream is a terminal.
    static func isTerminal(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1
    }
}
