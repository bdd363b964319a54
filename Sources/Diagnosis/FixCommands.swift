import Federation
import FoundationEssentials
import TrustPolicy

extension Fix {
    /// Returns the fix with the mapping's values in place of placeholders (for example, `--role-name ROLE`).
    func filled(in context: DiagnosisContext) -> Fix {
        replacingText { $0.filled(in: context) }
    }
}

extension String {
    fileprivate func filled(in context: DiagnosisContext) -> String {
        var text = self
        if let provider = context.reachableProviderARN {
            text = text.replacing("arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH", with: provider)
        }
        if let tenant = context.evidence.identity?.tenantID ?? context.claims?.tenantID,
            let audience = context.requestedAudience
        {
            let uri = AudienceName.uri(like: audience, tenantID: tenant)
            text = text.replacing("api://TENANT_ID/NAME or api://APP_ID", with: uri)
        }
        if let role = context.roleName {
            text = text.replacing("--role-name ROLE", with: "--role-name \(ShellWord.posix(role))")
        }
        if let file = context.evidence.policyFile {
            text = text.replacing("--trust-policy FILE", with: "--trust-policy \(ShellWord.posix(file))")
        }
        return text
    }
}

// Commands and clauses for a fix.
extension DiagnosisContext {
    /// The role's name; `nil` if the evidence does not contain the name.
    var roleName: String? { request.roleARN?.name ?? evidence.policyRole }

    /// The ARN of the token's provider in the role's account; the provider may not exist.
    var reachableProviderARN: String? {
        providerChoice.reachableRecord?.arn ?? (isAccountKnown ? federatedPrincipal : nil)
    }

    var issuerHost: String? {
        claims?.issuer.map { String(OIDCProvider.hostAndPath(of: $0).prefix { $0 != "/" }) }
    }

    /// The command that creates the token's provider.
    ///
    /// Empty without a token, or if IAM does not accept the issuer.
    var providerCreation: [ShellCommand] {
        guard let issuer = claims?.issuer, issuer.hasPrefix("https://"), issuerDefect == nil,
            let audience = claims?.effectiveAudiences.first
        else { return [] }
        return [.aws("iam create-open-id-connect-provider", .url(issuer), .clientIDs([audience]))]
    }

    /// Returns a fix that adds the token's audience to the provider's client IDs.
    ///
    /// In these cases, the fix differs:
    /// - STS finds no provider for the token: the fix creates the provider with the audience.
    /// - The provider has the maximum number of client IDs: the fix explains how to remove a client ID.
    /// - The token is missing: the fix has no command.
    ///
    /// - Parameters:
    ///   - advice: The advice before the command.
    ///   - reason: Sentences before the advice; may be empty.
    /// - Returns: The fix.
    func audienceAddition(_ advice: String, after reason: String = "") -> Fix {
        let text = { (advice: String) in reason.isEmpty ? advice : "\(reason) \(advice)" }
        if lacksProvider {
            return Fix(
                text("First create the provider, with the audience as its client ID:"),
                commands: providerCreation
            )
        }
        guard let provider = reachableProviderARN, let audience = claims?.effectiveAudiences.first else {
            return Fix(text(advice))
        }
        if let listed = providerChoice.reachableRecord?.clientIDs, listed.count >= Self.clientIDQuota {
            return Fix(text(fullClientIDsAdvice(on: provider, without: audience, listed)))
        }
        return Fix(
            text(advice),
            commands: [
                .aws(
                    "iam add-client-id-to-open-id-connect-provider",
                    .provider(provider),
                    .clientID(audience)
                )
            ]
        )
    }

    /// The maximum number of client IDs of a provider.
    ///
    /// Source: IAM user guide, "IAM and STS quotas"; IAM's error for a further client ID is LimitExceeded.
    private static let clientIDQuota = 100

    /// Whether the token's provider lacks the token's audience and has the maximum number of client IDs.
    var isProviderFull: Bool {
        guard let audience = claims?.effectiveAudiences.first,
            let listed = providerChoice.reachableRecord?.clientIDs
        else { return false }
        return listed.count >= Self.clientIDQuota && !listed.contains(audience)
    }

    /// The advice on a provider that has the maximum number of client IDs.
    ///
    /// The operator must choose the client ID to remove, because another role may need a client ID.
    private func fullClientIDsAdvice(
        on provider: String,
        without audience: String,
        _ listed: [String]
    ) -> String {
        let removal: ShellCommand = .aws(
            "iam remove-client-id-from-open-id-connect-provider",
            .provider(provider)
        )
        return
            "The provider has \(listed.count) client IDs, and IAM refuses more than \(Self.clientIDQuota) (LimitExceeded). Find a "
            + "client ID that no trust policy of the account requires, and remove it: `\(removal) --client-id ID`. Then "
            + "run `cambist explain`, which prints the command that adds \(audience). If the application also has an "
            + "identifier URI that the provider lists, request tokens for that URI instead."
    }

    /// Whether STS finds no provider for the token.
    ///
    /// If cambist did not read the account's providers, the error from STS decides.
    private var lacksProvider: Bool {
        guard evidence.providers != nil else { return knownRefusal?.error.id == "no-provider" }
        return issuerWithRecords != nil && providerChoice.reachableRecord == nil
            && !providerChoice.isAmbiguous
    }

    /// The advice to create the token's provider first; empty unless the provider is certainly missing.
    var providerPrecondition: String {
        guard lacksProvider, isAccountKnown, let federatedPrincipal else { return "" }
        return "First create the provider \(federatedPrincipal), which the account does not have."
    }

    /// The command that reads the role; none if the role's name is unknown.
    func roleReading(_ query: JMESPath? = nil) -> [ShellCommand] {
        roleName.map { [.aws("iam get-role", .role($0), query: query)] } ?? []
    }

    /// The command that reads the role's trust policy; none if the role's name is unknown.
    var trustPolicyReading: [ShellCommand] { roleReading("Role.AssumeRolePolicyDocument") }

    /// The command that reads the role, for use in a sentence.
    var roleReadingText: ShellCommand { roleReading().first ?? "aws iam get-role" }

    /// The command that reads the provider, for use in a sentence.
    var providerReading: ShellCommand {
        reachableProviderARN.map { .aws("iam get-open-id-connect-provider", .provider($0)) }
            ?? "aws iam get-open-id-connect-provider"
    }

    /// The command that shows the certificates of the issuer's host, for use in a sentence.
    var chainReading: ShellCommand {
        let option: ShellCommand? = issuerHost.map { " -connect \($0):443" }
        return "openssl s_client -showcerts\(option ?? "")"
    }

    /// Returns a fix that stores a trust policy.
    ///
    /// `earlier` is the policy that a previous command stores, if any. If the role's name is unknown, the fix contains
    /// the document instead of the command.
    func storing(
        _ policy: TrustPolicy,
        after earlier: TrustPolicy? = nil,
        advice: String,
        introduction: String = ""
    ) -> Fix {
        let commands = storage(of: policy, after: earlier)
        guard commands.isEmpty else { return Fix(advice, introduction: introduction, commands: commands) }
        let sentences = [
            Fix(advice).text,
            "With --role ARN, cambist also prints the command that stores the following trust policy:\n"
                + policy.document.compactText,
        ]
        return Fix(sentences.filter { !$0.isEmpty }.joined(separator: " "))
    }

    /// The command that replaces the role's trust policy; none if the role's name is unknown.
    ///
    /// The command first compares the role's policy with `earlier` (default: the policy that cambist read). If the
    /// policies differ, the command changes nothing. If cambist read no policy, the command does not compare.
    func storage(of policy: TrustPolicy, after earlier: TrustPolicy? = nil) -> [ShellCommand] {
        guard let roleName else { return [] }
        let replacement: ShellCommand = .aws(
            "iam update-assume-role-policy",
            .role(roleName),
            .policyDocument(policy.document)
        )
        guard let read = evidence.policyDocument else { return [replacement] }
        let equality: JMESPath = "Role.AssumeRolePolicyDocument == \(earlier?.document ?? read)"
        let reading: ShellCommand = .aws("iam get-role", .role(roleName), query: equality)
        return ["test \"$(\(reading) --output text\(.options))\" = True && \(replacement)"]
    }

    /// The fix that lowers the requested session duration, or raises the role's maximum.
    var longerSessions: Fix {
        var commands: [ShellCommand] = []
        if let duration = request.duration, let roleName {
            let reading: ShellCommand = .aws(
                "iam get-role",
                .role(roleName),
                query: "Role.Description || `\"\"`"
            )
            // The effect of an omitted description is undocumented, so the command passes the current description.
            commands = [
                .aws(
                    "iam update-role",
                    .role(roleName),
                    .maximumSession(max(duration, .seconds(3600))),
                    .description(json: "\"$(\(reading) --output json\(.options))\"")
                )
            ]
        }
        let lowering = "Lower the mapping's duration (`cambist config edit`), or raise the role's maximum"
        guard let mapping = request.mapping, isSetupUseful else {
            return Fix("\(lowering):", commands: commands)
        }
        return Fix(
            "\(lowering) with `cambist setup apply \(ShellWord.posix(mapping))`.",
            introduction: "or with this command:",
            commands: commands
        )
    }

    /// The fix that replaces the provider's thumbprints.
    ///
    /// The new thumbprint is the fingerprint of the last certificate in the issuer's chain.
    ///
    /// The command changes nothing in these cases:
    /// - The provider's thumbprints have changed since cambist read the provider.
    /// - The issuer's host sends no certificate.
    var thumbprintReplacement: Fix {
        if let distrust { return distrust.fix }
        let caution =
            " Never use the certificate of a proxy that inspects TLS: run `openssl` in a network without such a proxy."
        let advice = "Replace all thumbprints with the SHA-1 fingerprint of the last certificate"
        guard let host = issuerHost, let provider = reachableProviderARN,
            let listed = providerChoice.reachableRecord?.thumbprints
        else { return Fix("\(advice) in the chain.\(caution)") }
        let top: ShellCommand =
            "awk '/BEGIN CERT/{c=\"\"} {c=c $0 \"\\n\"} /END CERT/{l=c} END{printf \"%s\", l}'"
        let list = JSONValue.array(listed.sorted().map(JSONValue.string))
        let equality: JMESPath = "sort(ThumbprintList) == \(list)"
        let reading: ShellCommand =
            .aws("iam get-open-id-connect-provider", .provider(provider), query: equality)
        let replacement: ShellCommand = .aws(
            "iam update-open-id-connect-provider-thumbprint",
            .provider(provider),
            .thumbprint(in: "SHA1")
        )
        return Fix(
            "\(advice) that the issuer sends.\(caution)",
            introduction:
                "The command replaces the list only if the provider still has the thumbprints that were read:",
            commands: [
                "SHA1=$(openssl s_client -servername \(host) -showcerts -connect \(host):443 </dev/null "
                    + "2>/dev/null | \(top) | openssl x509 -noout -fingerprint -sha1 | sed 's/.*=//; s/://g')",
                "test -n \(variable: "SHA1") && test \"$(\(reading) --output text\(.options))\" = True && "
                    + "\(replacement)",
            ]
        )
    }

    /// The Microsoft cloud of the token's issuer (default: the configured cloud).
    var cloud: MicrosoftCloud { issuerCloud ?? evidence.tools.cloud }

    /// The cloud of the issuer's host; `nil` if no cloud uses the host, or if several clouds use the host.
    private var issuerCloud: MicrosoftCloud? {
        guard let host = issuerHost?.lowercased(), issuerKind.isEntra else { return nil }
        if let cloud = MicrosoftCloud(host: host) { return cloud }
        let clouds = MicrosoftCloud.allCases.filter { $0.issuerHost == host }
        return clouds.count == 1 ? clouds[0] : nil
    }

    /// A clause about the national cloud of the token's issuer; empty for the public cloud or an unknown cloud.
    var issuerCloudRemark: String {
        guard let cloud = issuerCloud, cloud != .public,
            let name = claims?.issuer.flatMap({ EntraIssuer(url: $0)?.clouds.first?.rawValue })
        else { return "" }
        let isOther = request.mapping != nil && evidence.tools.cloud != cloud
        return "; the issuer's host belongs to \(name)"
            + (isOther ? ", but the configuration has cloud: \(evidence.tools.cloud.rawValue)" : "")
    }

    /// The base URL of Graph, with the API version.
    var graph: String {
        let base = evidence.tools.graph ?? cloud.graph.absoluteString
        return "\(base.droppingTrailingSlash)/v1.0"
    }

    /// The requested audience; `nil` for the audience of a Microsoft application.
    var ownAudience: String? { hasMicrosoftAudience ? nil : requestedAudience }

    /// The identity's client ID, from the configuration, the token, Entra's error, or `AZURE_CLIENT_ID`.
    var clientID: String? {
        evidence.identity?.clientID ?? claims?.clientID ?? refusedClientID ?? evidence.host?.clientID
    }

    /// The object ID of the identity's service principal.
    var principalID: String? { claims?.objectID ?? evidence.identity?.principalID }

    /// Whether `cambist setup apply` can help.
    ///
    /// Setup cannot help in these cases:
    /// - The audience belongs to a Microsoft application, which setup must not register.
    /// - The token must have version 2, but setup makes the application issue version 1 tokens.
    /// - The trust policy contains the ID of a deleted principal.
    var isSetupUseful: Bool {
        if case .two = expectedVersion { return false }
        return !hasMicrosoftAudience && (policy?.deletedPrincipals ?? []).isEmpty
    }

    /// The clause that offers `cambist setup apply`; empty without a mapping, or if setup cannot help.
    var setupOption: String {
        guard isSetupUseful else { return "" }
        return request.mapping.map { "run `cambist setup apply \(ShellWord.posix($0))`, or " } ?? ""
    }

    /// Returns the advice with `cambist setup apply` as the first alternative; unchanged if ``setupOption`` is empty.
    ///
    /// The advice is the last alternative, because the commands of the fix belong to the advice.
    func offeringSetup(or advice: String) -> String {
        let option = setupOption
        if option.isEmpty { return advice }
        return option.prefix(1).uppercased() + option.dropFirst() + advice.prefix(1).lowercased()
            + advice.dropFirst()
    }

    /// Returns a proposed change of the trust policy, with `cambist setup apply` as the first alternative if possible.
    ///
    /// Only a proposal to add a statement offers setup, because setup also adds a statement.
    ///
    /// - Parameters:
    ///   - change: The proposed change.
    ///   - transition: The adverb at the beginning; empty if no advice precedes the change.
    /// - Returns: The advice, as the beginning of a sentence.
    func offeringSetup(orProposal change: String, after transition: String = "Alternatively") -> String {
        let adverb = "Alternatively, "
        guard change.hasPrefix(adverb) else { return change }
        let isAddition = change.hasPrefix(adverb + "add ")
        let text = (isAddition ? setupOption : "") + change.dropFirst(adverb.count)
        return transition.isEmpty ? text.prefix(1).uppercased() + text.dropFirst() : "\(transition), \(text)"
    }

    /// The sentence about the command that waits until the mapping works.
    var waitCommand: String {
        "`cambist wait MAPPING` waits until the mapping works."
    }

    /// The command that corrects this host's clock.
    static let clockCommand = ClockComparison.correction
}
