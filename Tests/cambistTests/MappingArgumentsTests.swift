import ArgumentParser
import Federation
import Operations
import TestSupport
import Testing

@testable import cambist

@Suite(.limited) struct MappingArgumentsTests {
    @Test(arguments: [
        (["status", "--config", "a", "--config=b"], "b"), (["status", "--config=b", "-c", "a"], "a"),
        (["exec", "audit", "--config=a", "--", "-c", "b"], "a"), (["status", "--config"], nil),
        (["status"], nil),
    ])
    func `the last configuration option before the child's arguments counts`(
        arguments: [String],
        path: String?
    ) {
        #expect(ConfigurationReference.named(in: arguments)?.path == path)
    }

    @Test(arguments: [
        (["NAME", "audit"], "audit", nil),
        (["NAME", "audit", "--config", "/etc/c.yaml"], "audit", "/etc/c.yaml"),
        (["NAME", "--config", "c.yaml", "audit"], "audit", "c.yaml"),
    ])
    func `the form in scripts and in AWS's configuration file is parsed without ArgumentParser`(
        arguments: [String],
        mapping: String,
        file: String?
    ) throws {
        let rest = Array(arguments.dropFirst())
        let process = try #require(CredentialProcess(["credential-process"] + rest))
        #expect(process.mapping == mapping)
        #expect(process.options.configurationPath == file)

        let exchange = try #require(ExchangeCommand(plain: ["exchange"] + rest))
        let parsed = try #require(try ExchangeCommand.parseAsRoot(rest) as? ExchangeCommand)
        #expect(Self.values(exchange) == Self.values(parsed))
        #expect(exchange.mapping == mapping)
        #expect(exchange.options.config == file)
    }

    @Test(arguments: [
        [], ["NAME"], ["audit", "NAME"], ["status", "audit"],
        ["NAME", "audit", "backup"], ["NAME", ""],
        ["NAME", "--help"], ["NAME", "audit", "--verbose"],
        ["NAME", "--", "audit"], ["NAME", "-h", "audit"],
        ["NAME", "audit", "--config"], ["NAME", "audit", "--config=c.yaml"],
        ["NAME", "audit", "--config", "--verbose"],
        ["NAME", "audit", "--config", "a", "--config", "b"],
    ])
    func `every other form is left to ArgumentParser`(arguments: [String]) {
        let named = { (name: String) in arguments.map { $0 == "NAME" ? name : $0 } }
        #expect(CredentialProcess(named("credential-process")) == nil)
        #expect(ExchangeCommand(plain: named("exchange")) == nil)
        #expect(CredentialProcess(named("exchange")) == nil)
        #expect(ExchangeCommand(plain: named("credential-process")) == nil)
    }

    /// The names and values of all options and arguments of a command.
    private static func values(_ command: ExchangeCommand) -> [String] {
        [command as Any, command.options].flatMap { part in
            Mirror(reflecting: part).children.compactMap { child in
                child.label == "_options" ? nil : "\(child.label ?? "") \(child.value)"
            }
        }
    }
}
