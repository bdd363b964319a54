import Federation

/// Texts as they stand in the query languages of `az`, `aws` and Microsoft Graph.
enum QueryLiteral {
    /// A text in JMESPath, for comparisons: a JSON literal, in which only the backtick needs one more escape.
    ///
    /// Source: JMESPath specification, literal expressions.
    static func jmesPath(_ text: String) -> String {
        "`" + JSONValue.string(text).compactText.replacing("`", with: "\\`") + "`"
    }

    /// A member's name in JMESPath, whatever its characters.
    static func jmesPathName(_ name: String) -> String {
        JSONValue.string(name).compactText
    }

    /// A text in OData's `$filter`: an apostrophe is doubled.
    static func odata(_ text: String) -> String {
        "'" + text.replacing("'", with: "''") + "'"
    }
}
