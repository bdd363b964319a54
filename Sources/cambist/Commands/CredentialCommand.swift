import ArgumentParser
import Federation

/// A command that hands one mapping's credentials to another program.
///
/// With credentials in the keyring it is over before anything that waits is started: no thread, no connection, no
/// history. Programs that ask for credentials at every start notice.
protocol CredentialCommand: AsyncParsableCommand {
    var options: GlobalOptions { get }
    var mapping: String { get }

    /// What is done with the credentials; asked for before anything is opened.
    func recipient() throws -> (SessionCredentials, RoleMapping) throws -> Void
}

extension CredentialCommand {
    /// Gets the credentials and hands them on, without leaving the caller's thread if they are at hand.
    nonisolated(nonsending) func hand() async throws {
        let give = try recipient()
        var vendor = try CachedCredentialProvider(of: mapping, file: options.config)
        let credentials: SessionCredentials
        if let kept = vendor.kept() {
            credentials = kept
        } else {
            credentials = try await vendor.exchanged(options)
        }
        try give(credentials, vendor.mapping)
    }

    func run() async throws {
        try await hand()
    }
}
