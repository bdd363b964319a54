import ArgumentParser
import LabInterface
import TestSupport
import Testing

/// The options that `cambist` and `cambist-lab` share.
@Suite(.limited) struct LabArgumentsTests {
    @Test(arguments: [
        [], ["--scenario=gallery", "--speed=720.0", "--seed=7"],
        ["--scenario=-x.yaml", "--port=65535", "--tls=a b", "--env-file=--", "--config-file=lab.yaml"],
        ["--speed=0.001", "--print-requests"], ["--speed=1000000.0", "--seed=18446744073709551615"],
    ])
    func `arguments print the command line that they were parsed from`(_ words: [String]) throws {
        #expect(try LabArguments.parse(words).commandLine == words)
    }

    @Test(arguments: [
        "--speed=1e308", "--speed=0", "--speed=-1", "--speed=nan", "--speed=inf", "--speed=1000001",
        "--speed=0.0009", "--speed=x", "--port=-1", "--port=65536", "--port=99999999999999999999",
        "--seed=-1",
        "--seed=18446744073709551616", "--seed=1e3",
    ])
    func `a value out of range is a usage error that names its option`(_ word: String) throws {
        let error = #expect(throws: (any Error).self) { _ = try LabArguments.parse([word]) }
        let thrown = try #require(error)
        #expect(LabArguments.exitCode(for: thrown).rawValue == 64)
        #expect(LabArguments.message(for: thrown).contains(word.prefix { $0 != "=" }))
    }

    @Test func `the first scenario option is named as on the command line`() throws {
        #expect(try ScenarioOptions.parse([]).firstGiven == nil)
        #expect(try ScenarioOptions.parse(["--seed", "1", "--speed", "2"]).firstGiven == "--speed")
        #expect(try ScenarioOptions.parse(["--seed", "1"]).firstGiven == "--seed")
    }

    @Test func `the help and the completion contain every scenario`() {
        let help = LabArguments.helpMessage(columns: 400)
        for scenario in BuiltInScenario.all {
            #expect(help.contains(" \(scenario.name), "))
            #expect(BuiltInScenario.names.contains(scenario.name))
        }
        #expect(help.contains("scale[:N] (1 to 1000000 mappings; default: 10000)"))
    }

    /// Scripts depend on the names.
    @Test(arguments: ["empty", "steady", "propagation", "gallery", "storm", "scale"])
    func `a documented scenario keeps its name`(_ name: String) {
        #expect(BuiltInScenario.names.contains(name))
    }
}
