/// The arguments `COMMAND MAPPING [--config FILE]`, as in scripts and in the profiles of AWS tools.
///
/// This form bypasses the argument parser, which would take a fifth of an exchange's processor time.
struct MappingArguments {
    private(set) var mapping = ""
    private(set) var configurationPath: String?

    /// Parses the arguments after the program's name; `nil` for another command and for every other form.
    init?(_ arguments: some Collection<String>, of command: String) {
        guard arguments.first == command else { return nil }
        var words = arguments.dropFirst()
        while let word = words.popFirst() {
            if word == "--config", configurationPath == nil, let next = words.popFirst(), !next.isOption {
                configurationPath = next
            } else if !word.isOption, mapping.isEmpty {
                mapping = word
            } else {
                return nil
            }
        }
        if mapping.isEmpty { return nil }
    }
}

extension String {
    /// Whether the argument parser may interpret the word as an option.
    fileprivate var isOption: Bool { isEmpty || hasPrefix("-") }
}
