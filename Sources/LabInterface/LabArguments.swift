package import ArgumentParser

/// The options shared by `cambist lab` and the program `cambist-lab`.
package struct LabArguments: ParsableArguments {
    package static let abstract = "Simulate Azure and AWS on loopback until Ctrl-C or SIGTERM."

    @OptionGroup package var scenario: ScenarioOptions

    @Option(help: "Port to listen on, 0 to 65535 (0: any free port).")
    package var port = 0

    @Option(
        help: ArgumentHelp(
            "Serve over TLS and write ca.pem, certificate.pem, and key.pem to this directory.",
            valueName: "directory"
        ),
        completion: .directory
    )
    package var tls: String?

    @Option(
        help:
            "File to which the environment variables are written as NAME=value lines, when every server is listening.",
        completion: .file()
    )
    package var envFile: String?

    @Option(help: "File to which the cambist configuration for the scenario is written.", completion: .file())
    package var configFile: String?

    @Flag(help: "Print each request on stderr: method, path, status, duration.")
    package var printRequests = false

    package init() {}

    package func validate() throws {
        guard (0...65535).contains(port) else {
            throw ValidationError("--port \(port) is out of range; accepted: 0 to 65535.")
        }
    }

    /// Returns the discussion section of the help, for a command with these options.
    package static func discussion(for command: String) -> String {
        """
        Prints export lines with the variables that unmodified clients need, then serves until Ctrl-C or SIGTERM. The \
        lab writes the file of --env-file last: once a new file exists, every server is listening.

        Exit status:
          0    stopped by Ctrl-C or SIGTERM
          64   usage error
          69   the lab cannot listen on the port\(command == "cambist-lab" ? "" : ", or cambist-lab is not installed")
          70   internal error
          77   a file cannot be written
          78   the scenario file cannot be read or is invalid

        Examples:
          rm -f lab.env
          \(command) --env-file lab.env --config-file lab.yaml >/dev/null &
          until [ -e lab.env ]; do sleep 0.1; done
          CAMBIST_CONFIG=lab.yaml cambist test --all
        """
    }

    /// The command-line arguments for these values.
    package var commandLine: [String] {
        var words = scenario.commandLine
        if port != 0 { words.append("--port=\(port)") }
        if let tls { words.append("--tls=\(tls)") }
        if let envFile { words.append("--env-file=\(envFile)") }
        if let configFile { words.append("--config-file=\(configFile)") }
        if printRequests { words.append("--print-requests") }
        return words
    }
}

/// The options that select and adjust a scenario of the lab.
package struct ScenarioOptions: ParsableArguments {
    /// The accepted values of `--speed`; at 1,000,000, a day takes 86 ms.
    package static let speeds = 0.001...1_000_000.0

    @Option(
        help:
            "Scenario: \(BuiltInScenario.acceptedNames.joined(separator: ", ")), or the path of a scenario file (default: \(BuiltInScenario.steady.name)).",
        completion: .list(BuiltInScenario.names)
    )
    package var scenario: String?

    @Option(
        help:
            "Divisor of propagation delays and lifetimes in the lab, 0.001 to 1000000 (default: the scenario's)."
    )
    package var speed: Double?

    @Option(help: "Seed of the lab's pseudorandom values, instead of the scenario's seed.")
    package var seed: UInt64?

    package init() {}

    package func validate() throws {
        if let speed, !Self.speeds.contains(speed) {
            throw ValidationError("--speed \(speed) is out of range; accepted: 0.001 to 1000000.")
        }
    }

    /// The name of the first option that is present; `nil` if no option is present.
    package var firstGiven: String? {
        if scenario != nil { return "--scenario" }
        if speed != nil { return "--speed" }
        return seed != nil ? "--seed" : nil
    }

    /// The command-line arguments for these values.
    package var commandLine: [String] {
        var words: [String] = []
        if let scenario { words.append("--scenario=\(scenario)") }
        if let speed { words.append("--speed=\(speed)") }
        if let seed { words.append("--seed=\(seed)") }
        return words
    }
}
