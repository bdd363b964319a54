/// An error of one of the clouds that is understood: what it means and what to do.
package struct KnownError: Hashable, Sendable {
    /// A short stable name, as `explain` gives it: `sub-mismatch`, `no-provider`.
    package let id: String
    /// What it means, one sentence.
    package let summary: String
    /// What to do, one or two sentences.
    package let fix: String

    package init(id: String, summary: String, fix: String) {
        self.id = id
        self.summary = summary
        self.fix = fix
    }

    /// Who said it.
    package enum Side: String, CaseIterable, Hashable, Sendable {
        case sts
        case iam
        case imds
        case appService = "app-service"
        case azureArc = "azure-arc"
        case azureML = "azure-ml"
        case cloudShell = "cloud-shell"
        case serviceFabric = "service-fabric"
        case azureCLI = "azure-cli"
        case entra
        case graph
        case arm
    }

    /// The entry of the table for an error, or `nil` for one that the references do not know.
    package static func find(_ side: Side, code: String, message: String) -> KnownError? {
        nil
    }
}
