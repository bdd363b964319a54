package import Federation

extension SetupObject {
    /// What puts the object right; `nil` when it is as it shall be.
    ///
    /// - Parameter mapping: A mapping that needs it, for the command.
    /// - Returns: One sentence with the command, or what has to be done by hand.
    package func remedy(_ mapping: RoleMapping.ID) -> String? {
        if let obstacle { return obstacle.fix }
        let command = "cambist setup apply \(ShellWord.posix(mapping))"
        switch state {
        case .ok: return nil
        case .unreadable: return "Make it readable, then look again."
        case .missing: return "`\(command)` creates it."
        case .different:
            let changes = differences.map(\.change).joined(separator: "; ")
            return "`\(command)` puts it right: \(changes)."
        }
    }
}

extension SetupDifference {
    /// What is done about it: `set MaxSessionDuration to 1h`.
    fileprivate var change: String {
        let old = found.joined(separator: ", ")
        let new = wanted.joined(separator: ", ")
        if found.isEmpty { return "add \(property) \(new)" }
        return wanted.isEmpty ? "remove \(property) \(old)" : "set \(property) to \(new)"
    }
}
