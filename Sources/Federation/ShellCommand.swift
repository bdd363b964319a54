/// A command for a POSIX shell in which every inserted value is quoted.
///
/// Only a literal in the source code is shell syntax. An interpolated string is a value, which is quoted. The shell
/// passes the value on unchanged. For example:
///
///     let command: ShellCommand = "az ad sp show --id \(audience) --query id -o tsv"
package struct ShellCommand: Hashable, Sendable {
    fileprivate enum Piece: Hashable, Sendable {
        case syntax(String)
        case value(String)
        /// A shell variable, quoted against word splitting.
        case variable(String)
        /// The place where ``adding(_:)`` inserts options.
        case options
    }

    private var pieces: [Piece]

    private init(_ pieces: [Piece]) { self.pieces = pieces }

    /// A placeholder inside a command, at which ``adding(_:)`` inserts options.
    package static let options = ShellCommand([.options])

    /// The command as a line to paste.
    package var text: String {
        var quoting = ShellQuoting()
        return pieces.map { piece in
            switch piece {
            case .syntax(let text):
                quoting.read(text)
                return text
            case .value(let value): return quoting.quoted(value)
            case .variable(let name): return quoting.expanding(name)
            case .options: return ""
            }
        }.joined()
    }

    /// The inserted values, unquoted.
    package var values: [String] {
        pieces.compactMap { if case .value(let value) = $0 { value } else { nil } }
    }

    /// The names of the shell variables whose values the command uses.
    private var variables: [String] {
        pieces.compactMap { if case .variable(let name) = $0 { name } else { nil } }
    }

    /// The shell variable to which the command assigns a value, if any.
    private var assignedVariable: String? {
        guard case .syntax(let text)? = pieces.first, let end = text.firstIndex(of: "=") else { return nil }
        let name = text[..<end]
        return name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } ? String(name) : nil
    }

    /// Returns an index range per variable: from the assigning command to the last command that reads the variable.
    package static func rangesOfVariables(in commands: [ShellCommand]) -> [ClosedRange<Int>] {
        commands.enumerated().compactMap { index, command in
            guard let name = command.assignedVariable,
                let last = commands.lastIndex(where: { $0.variables.contains(name) }), last > index
            else { return nil }
            return index...last
        }
    }

    /// Whether the command has a place for options.
    package var hasPlaceForOptions: Bool { pieces.contains(.options) }

    /// Returns the command with the options inserted at every placeholder and at its end.
    package func adding(_ options: ShellCommand) -> ShellCommand {
        ShellCommand(pieces.flatMap { $0 == .options ? options.pieces : [$0] } + options.pieces)
    }

    package static func + (left: ShellCommand, right: ShellCommand) -> ShellCommand {
        ShellCommand(left.pieces + right.pieces)
    }

    /// Joins commands with a literal between them.
    package init(joining commands: [ShellCommand], with separator: StaticString = "") {
        pieces = []
        for (index, command) in commands.enumerated() {
            if index > 0 { pieces.append(.syntax(separator.description)) }
            pieces += command.pieces
        }
    }
}

extension ShellCommand: ExpressibleByStringInterpolation, CustomStringConvertible {
    package init(stringLiteral text: StaticString) {
        pieces = [.syntax(text.description)]
    }

    package init(stringInterpolation: StringInterpolation) {
        pieces = stringInterpolation.pieces
    }

    package var description: String { text }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var pieces: [Piece] = []

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ text: StaticString) {
            pieces.append(.syntax(text.description))
        }

        /// Inserts a value, quoted as the surrounding syntax requires.
        package mutating func appendInterpolation(_ value: String) {
            pieces.append(.value(value))
        }

        /// Inserts a number.
        package mutating func appendInterpolation(_ number: Int) {
            pieces.append(.value(String(number)))
        }

        /// Inserts a JMESPath query as a word or as a part of a word.
        package mutating func appendInterpolation(_ query: JMESPath) {
            pieces.append(.value(query.text))
        }

        /// Inserts the value of a shell variable.
        package mutating func appendInterpolation(variable name: StaticString) {
            pieces.append(.variable(name.description))
        }

        /// Inserts the syntax and the values of another command.
        package mutating func appendInterpolation(_ command: ShellCommand) {
            pieces += command.pieces
        }
    }
}

/// The quotation marks that are open at a place in a command.
private struct ShellQuoting {
    private enum Level {
        case single
        case double
        /// A group, `( … )` or `$( … )`; no quotation mark is open at its start.
        case group
    }

    private var levels: [Level] = []
    private var isEscaped = false
    private var previous: Unicode.Scalar?

    /// Updates the open quotation marks for a literal's text.
    mutating func read(_ text: String) {
        for scalar in text.unicodeScalars {
            defer { previous = scalar }
            if isEscaped {
                isEscaped = false
                continue
            }
            switch (levels.last, scalar) {
            case (.single, "'"), (.double, "\""), (.group, ")"): levels.removeLast()
            case (.single, _): break
            case (_, "\\"): isEscaped = true
            case (.double, "(") where previous == "$", (.group, "("), (nil, "("): levels.append(.group)
            case (.group, "'"), (nil, "'"): levels.append(.single)
            case (.group, "\""), (nil, "\""): levels.append(.double)
            default: break
            }
        }
    }

    /// Returns a value quoted so that the shell reads it unchanged at this place.
    func quoted(_ value: String) -> String {
        let word = ShellWord.posix(value)
        return switch levels.last {
        case .single: ShellWord.escapedInSingleQuotes(value)
        case .double: word == value ? value : "\"\(word)\""
        case .group, nil: word
        }
    }

    /// Returns the expansion of a variable as a part of the word at this place.
    func expanding(_ variable: String) -> String {
        switch levels.last {
        case .single: "'\"$\(variable)\"'"
        case .double: "$\(variable)"
        case .group, nil: "\"$\(variable)\""
        }
    }
}
