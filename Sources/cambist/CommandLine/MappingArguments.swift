/// The arguments `COMMAND MAPPING [--config FILE]`, the form in which scripts and AWS tools call a command.
///
/// They are read without the argument parser, because the parser would need a fifth of the processor time of an
/// exchange, and a quarter of the processor time of a cache hit.
struct MappingArguments {
    private(set) var mapping = ""
    private(set) var configurationPath: String?

    /// Reads the arguments, without the name of the program; `nil` for another command and for every other form.
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
    /// Whether the argument parser may read the word as an option.
    fileprivate var isOption: Bool { isEmpty || hasPrefix("-") }
}
