import Federation
import FoundationEssentials

/// The format of a text that was supplied as a trust policy but is not JSON.
package enum DocumentFormat: Hashable, Sendable {
    case empty
    case hcl
    case yaml
    case xml
    case token
    /// JSON in a Markdown code fence.
    case fenced

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
        }
    }

    /// The way to obtain the JSON.
    package var advice: String {
        switch self {
        case .empty: "Save the output of `aws iam get-role --role-name ROLE`."
        case .hcl:
            "Use the JSON that Terraform renders: `terraform console` prints the document's .json, and `terraform show "
                + "-json` prints the role's assume_role_policy. Or save the output of `aws iam get-role --role-name ROLE`."
        case .yaml:
            "Convert the text to JSON, for example with `yq -o json`, or save the output of `aws iam get-role --role-name "
                + "ROLE`."
        case .xml: "Save the output of `aws iam get-role --role-name ROLE`, which is JSON."
        case .token: "Pass the token with --token-file and the policy with --trust-policy."
        case .fenced: "Remove the lines of the code fence."
        }
    }
}
