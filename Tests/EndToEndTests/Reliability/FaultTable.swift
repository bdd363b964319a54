/// A component outside the process, on which cambist depends.
enum ExternalComponent: String, CaseIterable, Sendable {
    case imds = "IMDS"
    case appService = "App Service"
    case entra = "Entra's token endpoint"
    case keys = "the issuer's keys"
    case sts = "STS"
    case iam = "IAM"
    case graph = "Microsoft Graph"
    case arm = "Azure Resource Manager"
    case history = "history (SQLite)"
    case fleet = "fleet (PostgreSQL)"
    case keyring = "kernel keyring"
    case terminal = "terminal"
    case clock = "clock"
    case disk = "disk"
}

/// A failure of an external component.
enum Fault: String, CaseIterable, Sendable {
    case refused
    case reset
    case slow
    case never = "no response"
    case throttled = "429"
    case serverError = "503"
    case wrongType = "wrong type"
    case truncated
    case huge
    case garbage
    case expired
    case hourAhead = "+1 h"
    case hourBehind = "−1 h"
    case yearsAhead = "+50 years"
    case yearsBehind = "−50 years"
    case full
    case readOnly = "read-only"
    case locked
    case corrupt
    case killed
}

/// The state after a fault.
enum Kept: String, Sendable {
    case record = "the failure is in the history"
    case credentials = "the credentials are delivered"
    case success = "the exchange succeeds"
    case clouds = "both clouds are unchanged"
    case findings = "the other findings are shown"
    case claims = "the claims are shown"
    case file = "the file is unchanged"
    case exchanges = "the credentials are delivered, the stored exchanges remain"
    case shown = "the stored exchanges are shown"
    case everything = "nothing stored is lost or repeated"
    case modes = "the terminal's modes are restored"
    case nothing = ""
}

/// A row of the table of faults: what cambist does when an external component has one of the faults.
struct FaultRow: Sendable {
    let component: ExternalComponent
    let faults: [Fault]
    /// The command line.
    let command: String
    /// The exit status; `nil` if the suite that covers the row checks another result.
    let status: Int32?
    /// A fragment of the output.
    let message: String
    let kept: Kept
    /// The suite that covers the row; `nil` for `CloudFaultTests` and `LocalFaultTests`.
    let suite: String?

    init(
        _ component: ExternalComponent,
        _ faults: [Fault],
        _ command: String,
        _ status: Int32?,
        _ message: String,
        _ kept: Kept,
        suite: String? = nil
    ) {
        self.component = component
        self.faults = faults
        self.command = command
        self.status = status
        self.message = message
        self.kept = kept
        self.suite = suite
    }

    /// All rows, in the order of the README.
    static let all = clouds + local + elsewhere
}
