import Federation

/// The AWS profiles in the comments and messages of an export, by account.
struct ExportProfiles: Hashable, Sendable {
    private let names: [String: String]

    /// Stores the profiles' names by account; drops names that may need quotation marks in a shell.
    init(_ names: [String: String]) {
        self.names = names.filter { $0.value.wholeMatch(of: /[A-Za-z0-9_.@\/-]+/) != nil }
    }

    /// Returns the assignment of an account's profile, such as `AWS_PROFILE=admin`.
    ///
    /// If the profile is unknown, the result is only the variable's name.
    func assignment(of account: String, to variable: String = "AWS_PROFILE") -> String {
        names[account].map { "\(variable)=\($0)" } ?? variable
    }

    /// Returns a space and the assignment in parentheses; empty if the profile is unknown.
    func remark(on account: String, to variable: String = "AWS_PROFILE") -> String {
        names[account] == nil ? "" : " (\(assignment(of: account, to: variable)))"
    }

    /// Returns the PowerShell command that selects an account's profile.
    ///
    /// The command has no `-ProfileName` if the profile is unknown.
    func credentialCommand(for account: String) -> String {
        "Set-AWSCredential" + (names[account].map { " -ProfileName \($0)" } ?? "")
    }

    /// Returns a PowerShell option with an account's profile; only the option's name if the profile is unknown.
    func option(_ name: String, for account: String) -> String {
        names[account].map { "\(name) \($0)" } ?? name
    }
}

// IAM has one endpoint per partition, but AWS's tools determine the partition from a region.
extension AWSPartition {
    /// Returns a space and the assignments of the region's variables, for `export` in bash.
    ///
    /// The result is empty for the standard partition, because the operator's default region suffices.
    func regionAssignments(_ region: String) -> String {
        let name = ShellWord.posix(region)
        return self == .aws ? "" : " AWS_REGION=\(name) AWS_DEFAULT_REGION=\(name)"
    }

    /// Returns a line break and the PowerShell command that sets the region; empty for the standard partition.
    func regionCommand(_ region: String) -> String {
        self == .aws ? "" : "\nSet-DefaultAWSRegion -Region \(ShellWord.powershell(region))"
    }
}
