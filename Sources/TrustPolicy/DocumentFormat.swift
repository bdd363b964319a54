import Federation
import FoundationEssentials

/// The format of a text that should be a trust policy but is not a policy in JSON.
package enum DocumentFormat: Hashable, Sendable {
    case empty
    case hcl
    case yaml
    case xml
    case token
    /// JSON in a Markdown code fence.
    case fenced
    /// A table or tab-separated text, as the AWS CLI prints with `--output table` or `--output text`.
    case formatted
    /// The JSON output of a command that does not print a trust policy.
    case output(of: String, contents: String)

    /// AWS CLI commands whose output is easily confused with a trust policy.
    ///
    /// `members` are names in the output's JSON; `contents` describes the output.
    ///
    /// Source: AWS CLI Command Reference, iam and sts, section Output.
    private static let outputs: [(members: Set<String>, command: String, contents: String)] = [
        (["PolicyVersion"], "aws iam get-policy-version", "a permission policy"),
        (
            ["RoleName", "PolicyName", "PolicyDocument"], "aws iam get-role-policy",
            "an inline permission policy"
        ),
        (["AttachedPolicies"], "aws iam list-attached-role-policies", "the names of permission policies"),
        (["PolicyNames"], "aws iam list-role-policies", "the names of permission policies"),
        (["Policies"], "aws iam list-policies", "the names of permission policies"),
        (["Policy"], "aws iam get-policy", "the description of a permission policy"),
        (["Roles"], "aws iam list-roles", "no role"),
        (["ClientIDList"], "aws iam get-open-id-connect-provider", "an OIDC provider"),
        (["OpenIDConnectProviderList"], "aws iam list-open-id-connect-providers", "OIDC providers"),
        (["UserId", "Account", "Arn"], "aws sts get-caller-identity", "the caller's identity"),
        (["Credentials"], "aws sts", "credentials"),
    ]

    /// Recognizes a command's JSON output by its members; `nil` for a policy and for other JSON.
    init?(of members: [String: JSONValue]) {
        guard members["Statement"] == nil,
            let output = Self.outputs.first(where: { $0.members.isSubset(of: members.keys) })
        else { return nil }
        self = .output(of: output.command, contents: output.contents)
    }

    /// Recognizes the format; `nil` if the text may be JSON or has an unknown format.
    package init?(of text: String) {
        let trimmed = text.trimmed
        guard let first = trimmed.first else {
            self = .empty
            return
        }
        if "{[".contains(first) { return nil }
        let lines = trimmed.split(whereSeparator: \.isNewline).map {
            $0.trimmed
        }
        let code = lines.filter { !$0.hasPrefix("#") && !$0.hasPrefix("//") && !$0.isEmpty }
        if trimmed.hasPrefix("eyJ") {
            self = .token
        } else if first == "<" {
            self = .xml
        } else if trimmed.hasPrefix("```") {
            self = .fenced
        } else if code.contains(where: Self.isHCL) {
            self = .hcl
        } else if code.contains(where: Self.isYAML) {
            self = .yaml
        } else if lines[0].contains("\t") || lines[0].count > 3 && lines[0].allSatisfy({ $0 == "-" }) {
            self = .formatted
        } else {
            return nil
        }
    }

    /// Whether a line begins a block or an argument of HCL: `data "a" "b" {`, `policy = jsonencode({`.
    private static func isHCL(_ line: String) -> Bool {
        line.prefixMatch(of: #/[A-Za-z_]\w*(\s+"[^"]*")*\s*\{|[A-Za-z_]\w*\s*=(?!=)/#) != nil
    }

    /// Whether a line is a pair or an item of YAML: `Version: "2012-10-17"`, `- Effect: Allow`.
    private static func isYAML(_ line: String) -> Bool {
        line == "---" || line.prefixMatch(of: #/(- )?"?[A-Za-z_][\w-]*"?:(\s|$)|- /#) != nil
    }
}

extension DocumentFormat: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "the text is empty"
        case .hcl: "the text is HCL (Terraform), not JSON"
        case .yaml: "the text is YAML, not JSON"
        case .xml: "the text is XML, not JSON"
        case .token: "the text is a token, not a policy"
        case .fenced: "the JSON is inside a Markdown code fence"
        case .formatted: "the text is a table or has tabs, and is not JSON"
        case .output(let command, let contents):
            "the text is the output of `\(command)`, with \(contents), not a trust policy"
        }
    }

    /// The advice on how to obtain the JSON.
    package var advice: String {
        let saving = "ave the output of `aws iam get-role --role-name ROLE --output json`"
        return switch self {
        case .empty, .formatted, .output: "S\(saving)."
        case .hcl:
            "Use the JSON that Terraform renders: `terraform console` prints the document's .json, and `terraform show "
                + "-json` prints the role's assume_role_policy. Or s\(saving)."
        case .yaml: "Convert the text to JSON, for example with `yq -o json`, or s\(saving)."
        case .xml: "S\(saving), which is JSON."
        case .token: "Pass the token with --token-file and the policy with --trust-policy."
        case .fenced: "Remove the lines of the code fence."
        }
    }
}
