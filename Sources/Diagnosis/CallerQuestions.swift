import Federation
import Foundation
import TrustPolicy

// What a token leaves open of who asked for it, and of when the application was set so.
extension DiagnosisContext {
    /// Another identity than the configured one, and who chose it, as far as that shows.
    func otherIdentity(_ evidence: String) -> Cause {
        let chosen = self.evidence.host?.clientID
        if let chosen, chosen.lowercased() == claims?.clientID?.lowercased() {
            return Cause(
                "identity-mismatch",
                "Another identity answered than the one configured: AZURE_CLIENT_ID names it.",
                evidence: "\(evidence); AZURE_CLIENT_ID is \(chosen)",
                fix: "Set client_id for the identity, and unset AZURE_CLIENT_ID or have it name the same."
            )
        }
        let identity = self.evidence.identity
        let isUnnamed =
            identity?.clientID == nil && identity?.resourceID == nil && identity?.isSystemAssigned != true
        return Cause(
            "identity-mismatch",
            "Another identity answered than the one configured.",
            evidence: evidence,
            fix: "Set client_id for the identity, and unset AZURE_CLIENT_ID where it names something else."
        )
        .leavingOpen(
            OpenQuestion(
                causes: [
                    isUnnamed
                        ? "the host chose its default identity, for none was named"
                        : "the host ignored the selector",
                    "AZURE_CLIENT_ID selects another", "the identity was made anew",
                ],
                tell:
                    "Compare with az identity show --ids RESOURCE_ID, and with the variables that doctor lists."
            )
        )
    }

    /// How to have the application's tokens be of version 1.
    var firstVersion: String {
        let application = claims?.audiences.first { $0.isGUID } ?? "APP_ID"
        return """
            az rest -m PATCH -u "https://graph.microsoft.com/v1.0/applications(appId='\(application)')" \
            -b '{"api":{"requestedAccessTokenVersion":1}}'
            In the portal: App registrations, the application, Manifest.
            """
    }

    /// Whether the application is set so, or was when a token was made that a host still serves.
    var staleSetting: OpenQuestion? {
        guard evidence.identity?.source.mayServeCachedTokens != false, let made = mintDate else { return nil }
        let end = claims?.expiry.map { ", at the latest \($0.text)" } ?? ""
        return OpenQuestion(
            causes: [
                "the application is set so", "it was changed since, and the host still serves an older token",
            ],
            tell:
                "This token was made \(made.text)\(isRepeated ? " and is the same as before" : ""); one made after "
                + "the change shows it\(end)."
        )
    }

    /// Entra dates `iat` five minutes before the token is made.
    private var mintDate: Date? {
        claims?.issuedAt.map { $0 + 300 }
    }

    private var isRepeated: Bool {
        if case .claims(_, seenBefore: true) = evidence.token { true } else { false }
    }
}
