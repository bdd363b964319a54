import Federation

/// Literals in the query languages of `az`, `aws`, and Microsoft Graph.
enum QueryLiteral {
    /// Returns a JMESPath literal for a string.
    static func jmesPath(_ text: String) -> String {
        jmesPath(json: .string(text))
    }

    /// Returns a JMESPath literal for a JSON value.
    static func jmesPath(json: JSONValue) -> String {
        ("\(json)" as JMESPath).text
    }

    /// Returns a quoted member name in JMESPath.
    static func jmesPathName(_ name: String) -> String {
        JSONValue.string(name).compactText
    }

    /// Returns a string literal for OData's `$filter`, with doubled apostrophes.
    static func odata(_ text: String) -> String {
        "'" + text.replacing("'", with: "''") + "'"
    }
}
