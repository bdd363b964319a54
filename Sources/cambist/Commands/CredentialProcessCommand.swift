import ArgumentParser
import CredentialDelivery
import Federation
import Foundation

/// `cambist credential-process`: credentials in the form that AWS's tools ask a program for.
struct CredentialProcessCommand: CredentialCommand {
    static let configuration = CommandConfiguration(
        commandName: "credential-process",
        abstract: "Print the mapping's credentials for the credential_process key of ~/.aws/config.",
        discussion: """
            Credentials are kept in the kernel's keyring until they end; a new exchange is made when less than 16 \
            minutes of life are left, or less than half of sessions under 32 minutes.

            Example:
              cambist config aws-profile audit >> ~/.aws/config
              aws --profile audit sts get-caller-identity
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The mapping whose credentials are wanted.", completion: .mappings)
    var mapping: String

    func recipient() -> (SessionCredentials, RoleMapping) throws -> Void {
        Self.print
    }

    /// Prints the document that the protocol asks for.
    static func print(_ credentials: SessionCredentials, of mapping: RoleMapping) throws {
        try Report.answer(line: ProcessDocument(credentials, account: mapping.roleARN.account))
    }
}
