import Federation

/// The profiles of AWS's tools that an export names for accounts.
struct ExportProfiles: Hashable, Sendable {
    private let names: [String: String]

    /// Stores the profiles' names by account; a name that a shell would have to quote is dropped.
    init(_ names: [String: String]) {
        self.names = names.filter { $0.value.wholeMatch(of: /[A-Za-z0-9_.@\/-]+/) != nil }
    }

    /// Returns the assignment that selects an account's profile: `AWS_PROFILE=admin`; only the variable if the profile is
    /// not known.
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

// IAM has one endpoint per partition, but AWS's tools find it by a region.
extension AWSPartition {
    /// Returns further assignments for `export` in bash, after a space; empty for the standard partition, where every
    /// default region of the operator is right.
    func regionAssignments(_ region: String) -> String {
        let name = ShellWord.posix(region)
        return self == .aws ? "" : " AWS_REGION=\(name) AWS_DEFAULT_REGION=\(name)"
    }

    /// Returns the command, on a separate line, that sets the region in PowerShell; empty for the standard partition.
    func regionCommand(_ region: String) -> String {
        self == .aws ? "" : "\nSet-DefaultAWSRegion -Region \(ShellWord.powershell(region))"
    }
}
