import Federation

/// Literals in the query languages of `az`, `aws` and Microsoft Graph.
enum QueryLiteral {
    /// A text in JMESPath, for comparisons: a JSON literal with escaped backticks.
    ///
    /// Source: JMESPath specification, literal expressions.
    static func jmesPath(_ text: String) -> String {
        "`" + JSONValue.string(text).compactText.replacing("`", with: "\\`") + "`"
    }

    /// A member's name in JMESPath, quoted.
    static func jmesPathName(_ name: String) -> String {
        JSONValue.string(name).compactText
    }

    /// A text in OData's `$filter`, with doubled apostrophes.
    static func odata(_ text: String) -> String {
        "'" + text.replacing("'", with: "''") + "'"
    }
}
