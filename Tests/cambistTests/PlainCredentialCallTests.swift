import Testing

@testable import cambist

struct PlainCredentialCallTests {
    @Test(arguments: [
        (["credential-process", "audit"], "audit", nil),
        (["credential-process", "audit", "--config", "/etc/c.yaml"], "audit", "/etc/c.yaml"),
        (["credential-process", "--config", "c.yaml", "audit"], "audit", "c.yaml"),
    ])
    func `what stands in AWS's configuration needs no parser`(
        arguments: [String],
        mapping: String,
        file: String?
    ) throws {
        let call = try #require(PlainCredentialCall(arguments))
        #expect(call.mapping == mapping)
        #expect(call.file == file)
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
    func `everything else is the parser's`(arguments: [String]) {
        #expect(PlainCredentialCall(arguments) == nil)
    }
}
