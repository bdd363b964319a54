import Federation

/// The AWS profiles that an export names in its comments and messages, by account.
struct ExportProfiles: Hashable, Sendable {
    private let names: [String: String]

    /// Stores the profiles' names by account; drops names with characters that a shell may require to be quoted.
    init(_ names: [String: String]) {
        self.names = names.filter { $0.value.wholeMatch(of: /[A-Za-z0-9_.@\/-]+/) != nil }
    }

    /// Returns the assignment that selects an account's profile: `AWS_PROFILE=admin`; only the variable if the profile
    /// is not known.
    func assignment(of account: String, to variable: String = "AWS_PROFILE") -> String {
        names[account].map { "\(variable)=\($0)" } ?? variable
    }

    /// Returns the assignment in parentheses, after a space; empty if the profile is not known.
    func remark(on account: String, to variable: String = "AWS_PROFILE") -> String {
        names[account] == nil ? "" : " (\(assignment(of: account, to: variable)))"
    }

    /// Returns PowerShell's command that selects an account's profile; without the profile if it is not known.
    func credentialCommand(for account: String) -> String {
        "Set-AWSCredential" + (names[account].map { " -ProfileName \($0)" } ?? "")
    }

    /// Returns an option of a PowerShell script for an account's profile; without the profile if it is not known.
    func option(_ name: String, for account: String) -> String {
        names[account].map { "\(name) \($0)" } ?? name
    }
}

// IAM has one endpoint per partition, but AWS's tools determine the partition from a region.
extension AWSPartition {
    /// Returns further assignments for `export` in bash, after a space; empty for the standard partition, for which the
    /// operator's default region suffices.
    func regionAssignments(_ region: String) -> String {
        let name = ShellWord.posix(region)
        return self == .aws ? "" : " AWS_REGION=\(name) AWS_DEFAULT_REGION=\(name)"
    }

    /// Returns the command, on a separate line, that sets the region in PowerShell; empty for the standard partition.
    func regionCommand(_ region: String) -> String {
        self == .aws ? "" : "\nSet-DefaultAWSRegion -Region \(ShellWord.powershell(region))"
    }
}
