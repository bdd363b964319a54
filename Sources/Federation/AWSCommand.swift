/// A parameter of an operation in a command of the AWS CLI.
///
/// Source: the service models of botocore 1.43.
package struct AWSParameter: Hashable, Sendable {
    fileprivate enum Value: Hashable, Sendable {
        case text(String)
        /// A URL, in an option whose value the CLI never replaces with the contents of a file.
        case url(String)
        case number(Int)
        case list([String])
        /// A list whose only element is the value of a shell variable.
        case listOf(variable: ShellCommand)
        /// A shell word that expands to a JSON value.
        case json(ShellCommand)
    }

    private let option: ShellCommand
    /// The name of the parameter in the API.
    private let member: ShellCommand
    private let value: Value

    private init(_ option: ShellCommand, _ member: ShellCommand, _ value: Value) {
        self.option = option
        self.member = member
        self.value = value
    }

    package static func actionNames(_ names: [String]) -> Self {
        Self("--action-names", "ActionNames", .list(names))
    }

    package static func clientID(_ id: String) -> Self { Self("--client-id", "ClientID", .text(id)) }

    package static func clientIDs(_ ids: [String]) -> Self {
        Self("--client-id-list", "ClientIDList", .list(ids))
    }

    /// The description as a shell word, such as a variable, that expands to a JSON string.
    package static func description(json word: ShellCommand) -> Self {
        Self("--description", "Description", .json(word))
    }

    package static func maximumSession(_ duration: Duration) -> Self {
        Self("--max-session-duration", "MaxSessionDuration", .number(duration.wholeSeconds))
    }

    package static func policyDocument(_ document: JSONValue) -> Self {
        Self("--policy-document", "PolicyDocument", .text(document.compactText))
    }

    package static func policyName(_ name: String) -> Self {
        Self("--policy-name", "PolicyName", .text(name))
    }

    package static func policySource(_ arn: String) -> Self {
        Self("--policy-source-arn", "PolicySourceArn", .text(arn))
    }

    package static func provider(_ arn: String) -> Self {
        Self("--open-id-connect-provider-arn", "OpenIDConnectProviderArn", .text(arn))
    }

    package static func region(_ name: String) -> Self { Self("--region-name", "RegionName", .text(name)) }

    package static func resources(_ arns: [String]) -> Self {
        Self("--resource-arns", "ResourceArns", .list(arns))
    }

    package static func role(_ name: String) -> Self { Self("--role-name", "RoleName", .text(name)) }

    package static func thumbprint(in variable: StaticString) -> Self {
        Self("--thumbprint-list", "ThumbprintList", .listOf(variable: "\(variable: variable)"))
    }

    package static func url(_ url: String) -> Self { Self("--url", "Url", .url(url)) }
}

extension AWSParameter {
    /// The prefixes that make the CLI replace a value with the contents of a file or a web page.
    ///
    /// Version 2 of the CLI recognizes only the first two. Source: `awscli/paramfile.py` of AWS CLI 1.45 and 2.
    private static let filePrefixes = ["file://", "fileb://", "http://", "https://"]

    /// The option and its value as words of a command; `nil` if the value must be passed as JSON instead.
    fileprivate var words: ShellCommand? {
        let word: ShellCommand
        switch value {
        case .text(let text):
            if Self.isFile(text) || Self.isOption(text) { return nil }
            word = "\(text)"
        case .url(let text):
            if Self.isOption(text) { return nil }
            word = "\(text)"
        case .number(let number): word = "\(number)"
        case .list(let texts):
            // The CLI parses a value that begins with a bracket as JSON.
            let isJSON = texts.isEmpty || texts.contains { $0.trimmed.hasPrefix("[") }
            if isJSON || texts.contains(where: Self.isFile) || texts.contains(where: Self.isOption) {
                return nil
            }
            word = ShellCommand(joining: texts.map { "\($0)" }, with: " ")
        case .listOf(let variable): word = variable
        case .json: return nil
        }
        return "\(option) \(word)"
    }

    private static func isFile(_ text: String) -> Bool { filePrefixes.contains(where: text.hasPrefix) }

    private static func isOption(_ text: String) -> Bool { text.hasPrefix("-") }

    /// The parameter as a member of a JSON object between single quotes.
    fileprivate var json: ShellCommand {
        let value: ShellCommand =
            switch value {
            case .text(let text), .url(let text): "\(JSONValue.string(text).compactText)"
            case .number(let number): "\(number)"
            case .list(let texts): "\(JSONValue.array(texts.map(JSONValue.string)).compactText)"
            case .listOf(let variable): "[\"\(variable)\"]"
            case .json(let word): "'\(word)'"
            }
        return "\"\(member)\":\(value)"
    }
}

extension ShellCommand {
    /// Returns a command of the AWS CLI that passes every value to the API unchanged.
    ///
    /// If the CLI would interpret a value (for example, as an option), the command passes all parameters as one JSON
    /// object. The CLI takes the values in that object literally. Source: AWS CLI, `--cli-input-json`.
    ///
    /// - Parameters:
    ///   - operation: The service and the operation: `iam get-role`.
    ///   - parameters: The parameters of the operation.
    ///   - query: The part of the response to print; `nil` prints the whole response.
    /// - Returns: The command, without the options for the profile, the region, and the endpoint.
    package static func aws(
        _ operation: ShellCommand,
        _ parameters: AWSParameter...,
        query: JMESPath? = nil
    ) -> ShellCommand {
        let words = parameters.compactMap(\.words)
        let members = ShellCommand(joining: parameters.map(\.json), with: ",")
        let input: ShellCommand =
            words.count == parameters.count
            ? ShellCommand(joining: words.map { " \($0)" }) : " --cli-input-json '{\(members)}'"
        let selection: ShellCommand = query.map { " --query \($0)" } ?? ""
        return "aws \(operation)\(input)\(selection)"
    }
}
