import Foundation
import TestSupport
import Testing

@testable import CredentialDelivery

/// Arguments and variables are passed to the program with their bytes unchanged.
@Suite(.limited) struct ProcessReplacementTests {
    private static let latin = [UInt8](arrayLiteral: 0x62, 0xFC, 0x72, 0x6F)
    private static let lossy = String(decoding: latin, as: UTF8.self)

    @Test func `arguments that are not UTF-8 keep their bytes`() {
        let replacement = ProcessReplacement(
            arguments: ["cambist", "exec", "audit", "--", "cat"].map { Array($0.utf8) } + [Self.latin],
            environment: []
        )
        #expect(
            replacement.rawArguments(of: ["cat", Self.lossy]) == [Array("cat".utf8) + [0], Self.latin + [0]]
        )
    }

    @Test func `a command that the process's arguments do not end with is encoded as UTF-8`() {
        let replacement = ProcessReplacement(arguments: [Array("cambist".utf8)], environment: [])
        #expect(replacement.rawArguments(of: ["/bin/sh"]) == [Array("/bin/sh".utf8) + [0]])
    }

    @Test func `variables that are not UTF-8 keep their bytes, and others are set and removed`() {
        let name = Self.latin + Array("=".utf8) + Self.latin
        let replacement = ProcessReplacement(
            arguments: [],
            environment: [name] + ["AWS_PROFILE=x", "AWS_REGION=old", "odd", "A=1=2"].map { Array($0.utf8) }
        )
        let environment = replacement.rawEnvironment(
            setting: ["AWS_REGION": "eu-west-1"],
            removing: ["AWS_PROFILE"]
        )
        #expect(
            environment
                == ([name] + ["odd", "A=1=2", "AWS_REGION=eu-west-1"].map { Array($0.utf8) }).map { $0 + [0] }
        )
    }

    @Test func `this process's raw arguments and environment are known`() {
        let replacement = ProcessReplacement()
        let own = CommandLine.arguments
        #expect(replacement.rawArguments(of: own).count == own.count)
        #expect(!replacement.rawEnvironment(setting: [:], removing: []).isEmpty)
    }

    @Test func `the command inherits no descriptor that closes at exec`() {
        let (own, passed) = (open("/dev/null", O_RDONLY | O_CLOEXEC), open("/dev/null", O_RDONLY))
        defer { for descriptor in [own, passed] { close(descriptor) } }
        let inherited = ProcessReplacement().inherited
        #expect(inherited.contains(passed) && !inherited.contains(own))
    }

    @Test func `an empty list of arguments has no raw arguments`() {
        #expect(ProcessReplacement().rawArguments(of: []).isEmpty)
    }
}
