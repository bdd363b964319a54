import Federation

extension ScriptValue {
    /// Returns the value in PowerShell syntax: hash tables, arrays, and strings without expansion.
    func powerShell(indent: String = "") -> String {
        let deeper = indent + "    "
        switch self {
        case .text(let text): return ShellWord.powershell(text)
        case .variable(let name): return "$\(name)"
        case .integer(let value): return String(value)
        case .number(let value): return String(value)
        case .boolean(let value): return value ? "$true" : "$false"
        case .null: return "$null"
        case .list(let values):
            let line = "@(\(values.map { $0.powerShell() }.joined(separator: ", ")))"
            if Self.isShort(line) { return line }
            let lines = values.map { deeper + $0.powerShell(indent: deeper) + "\n" }
            return "@(\n\(lines.joined())\(indent))"
        case .members(let members):
            let pairs = members.map { "\(Self.powerShellKey($0.name)) = \($0.value.powerShell())" }
            let line = "@{ \(pairs.joined(separator: "; ")) }"
            if Self.isShort(line) { return line }
            let lines = members.map { member in
                "\(deeper)\(Self.powerShellKey(member.name)) = \(member.value.powerShell(indent: deeper))\n"
            }
            return "@{\n\(lines.joined())\(indent)}"
        }
    }

    private static func isShort(_ line: String) -> Bool {
        line.count <= ScriptText.shortLine && !line.contains("\n")
    }

    /// Returns a hash table key, quoted unless PowerShell accepts it as a bare word.
    private static func powerShellKey(_ name: String) -> String {
        name.wholeMatch(of: /[A-Za-z][A-Za-z0-9]*/) == nil ? ShellWord.powershell(name) : name
    }
}
