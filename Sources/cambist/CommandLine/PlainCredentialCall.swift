import ArgumentParser
import CredentialDelivery
import Federation

/// A call of `cambist credential-process MAPPING [--config FILE]`, the form that stands in `~/.aws/config`.
///
/// AWS's tools make it at every start of theirs, and the parser of arguments would be a quarter of what it costs. Every
/// other form, and everything that has to be told, takes the usual way.
struct PlainCredentialCall: Hashable {
    let mapping: RoleMapping.ID
    /// The configuration file that was named.
    let file: String?

    /// - Parameter arguments: What the program was started with, without its own name.
    init?(_ arguments: some Collection<String>) {
        guard arguments.first == CredentialProcessCommand.configuration.commandName else { return nil }
        var mapping: String?
        var file: String?
        var words = arguments.dropFirst()
        while let word = words.popFirst() {
            if word == "--config", file == nil, let next = words.popFirst(), !next.isOption {
                file = next
            } else if !word.isOption, mapping == nil {
                mapping = word
            } else {
                return nil
            }
        }
        guard let mapping else { return nil }
        self.mapping = mapping
        self.file = file
    }

    /// Hands the credentials on if the keyring has them; `false` when there is more to do, or something to tell.
    func isAnswered() -> Bool {
        guard var vendor = try? CachedCredentialProvider(of: mapping, file: file, complain: { _ in }),
            let kept = vendor.kept()
        else { return false }
        return (try? CredentialProcessCommand.print(kept, of: vendor.mapping)) != nil
    }
}

extension String {
    /// Whether the parser of arguments may take it for something else than a value.
    fileprivate var isOption: Bool { isEmpty || hasPrefix("-") }
}
