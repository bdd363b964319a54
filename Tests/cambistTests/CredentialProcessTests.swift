import Operations
import TestSupport
import Testing

@testable import cambist

@Suite(.limited) struct CredentialProcessTests {
    @Test(arguments: [
        (["credential-process", "audit"], "audit", nil),
        (["credential-process", "audit", "--config", "/etc/c.yaml"], "audit", "/etc/c.yaml"),
        (["credential-process", "--config", "c.yaml", "audit"], "audit", "c.yaml"),
    ])
    func `the form in AWS's configuration file is parsed without ArgumentParser`(
        arguments: [String],
        mapping: String,
        file: String?
    ) throws {
        let process = try #require(CredentialProcess(arguments))
        #expect(process.mapping == mapping)
        #expect(process.options.configurationPath == file)
    }

    @Test(arguments: [
        [], ["credential-process"], ["exchange", "audit"], ["audit", "credential-process"],
        ["credential-process", "audit", "backup"], ["credential-process", ""],
        ["credential-process", "--help"], ["credential-process", "audit", "--verbose"],
        ["credential-process", "--", "audit"], ["credential-process", "-h", "audit"],
        ["credential-process", "audit", "--config"], ["credential-process", "audit", "--config=c.yaml"],
        ["credential-process", "audit", "--config", "--verbose"],
        ["credential-process", "audit", "--config", "a", "--config", "b"],
    ])
    func `every other form is left to ArgumentParser`(arguments: [String]) {
        #expect(CredentialProcess(arguments) == nil)
    }
}
