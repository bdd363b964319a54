package import Federation

extension SetupObject {
    /// Returns the fix for the object; `nil` if no fix is needed.
    ///
    /// - Parameter mappings: The mappings for the command.
    /// - Returns: The fix, as sentences: a command or manual steps.
    package func remedy(_ mappings: [RoleMapping.ID]) -> String? {
        if let obstacle { return obstacle.fix }
        let command = "cambist setup apply \(mappings.map(ShellWord.posix).joined(separator: " "))"
        switch state {
        case .ok: return nil
        case .unreadable: return "Grant the permission to read it, then make a new plan."
        case .missing: return "`\(command)` creates it."
        case .different:
            let changes = differences.map(\.change).joined(separator: "; ")
            return "`\(command)` corrects it: \(changes)."
        }
    }
}

extension SetupDifference {
    /// The change as an imperative phrase: `set MaxSessionDuration to 1h`.
    fileprivate var change: String {
        let old = found.joined(separator: ", ")
        let new = wanted.joined(separator: ", ")
        if found.isEmpty { return "add \(property) \(new)" }
        return wanted.isEmpty ? "remove \(property) \(old)" : "set \(property) to \(new)"
    }
}
