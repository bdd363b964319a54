import ArgumentParser
import Federation
import Foundation
import Simulator
import Transport
import UnixSignals

/// `cambist lab`: the simulated clouds as plain servers on loopback.
struct LabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "Simulate Azure and AWS on loopback, for any client, until a signal.",
        discussion: """
            Prints the variables that unmodified clients need as export lines.

            Examples:
              cambist lab --env-file lab.env --config-file lab.yaml >/dev/null &
              until [ -e lab.env ]; do sleep 0.1; done
              CAMBIST_CONFIG=lab.yaml cambist test --all
            """
    )

    @OptionGroup var scenario: ScenarioOptions

    @Option(help: "The port to listen on; any free one when absent.")
    var port = 0

    @Option(help: "Serve over TLS with an authority of the lab's own, its PEM files in this directory.")
    var tls: String?

    @Option(help: "Write the variables to this file as NAME=value lines once every server listens.")
    var envFile: String?

    @Option(help: "Write a cambist configuration for the scenario to this file.")
    var configFile: String?

    @Flag(help: "Tell each request on stderr: method, path, status, time.")
    var printRequests = false

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port is a number from 0 to 65535.") }
    }

    func run() async throws {
        var options = scenario.labOptions
        options.port = port
        options.tlsDirectory = tls
        if printRequests { options.observe = { Report.say($0.description) } }
        // Before the file of variables is there, so that whoever waits for it can end the lab at once.
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        let lab = try await Lab.running(options)
        do {
            // The configuration comes first: the file of variables tells that all is there.
            if let configFile { try SafeFile.write(lab.configurationText, to: configFile) }
            if let envFile { try SafeFile.write(lab.environmentText, to: envFile) }
            for variable in lab.environment {
                try Report.answer("export \(variable.name)=\(ShellWord.posix(variable.value))")
            }
        } catch {
            await lab.stop()
            throw error
        }
        Report.say("The lab listens at \(lab.url.absoluteString); Ctrl-C ends it.")
        for await _ in signals { break }
        await lab.stop()
    }
}

/// The options that choose a lab's scenario.
struct ScenarioOptions: ParsableArguments {
    @Option(
        help:
            "The scenario: \(Lab.scenarioNames.joined(separator: ", ")), or the path of a scenario file; steady when absent."
    )
    var scenario: String?

    @Option(help: "Divide every delay and lifetime that the lab sets by this.")
    var speed: Double?

    @Option(help: "Another seed than the scenario's; the same seed gives the same run.")
    var seed: UInt64?

    func validate() throws {
        if let speed, !(speed > 0 && speed.isFinite) {
            throw ValidationError("--speed takes a number above 0.")
        }
    }

    /// The first option that was given, as it is typed.
    var given: String? {
        if scenario != nil { return "--scenario" }
        if speed != nil { return "--speed" }
        return seed != nil ? "--seed" : nil
    }

    var labOptions: LabOptions {
        LabOptions(scenario: scenario ?? "steady", speed: speed, seed: seed)
    }
}
