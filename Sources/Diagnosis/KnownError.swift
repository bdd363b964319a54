package import Federation

/// An error of one of the clouds that is understood: what it means and what to do.
package struct KnownError: Hashable, Sendable {
    /// A short stable name, as `explain` gives it: `no-provider`, `role-unassigned`.
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
    ///
    /// - Parameters:
    ///   - side: who said it.
    ///   - code: the error code: `AccessDenied`, `invalid_request`, `AADSTS501051`, an HTTP status.
    ///   - message: the text that came with it; an AADSTS code in it counts before the side's own codes.
    /// - Returns: what is known of the error.
    package static func find(_ side: Side, code: String, message: String) -> KnownError? {
        if side.passesEntraErrorsOn, let number = AADSTSCode(in: code) ?? AADSTSCode(in: message),
            let known = entraErrors[number.value]
        {
            return known
        }
        return table(of: side).first { $0.matches(code: code, message: message) }?.error
    }

    /// The entry for what a token source said; `nil` for one that the references do not know.
    ///
    /// Where it is not known which source it was, every service of a host may have spoken; words of ours tell nothing
    /// then.
    package static func find(_ source: TokenSourceKind, failure: Failure) -> KnownError? {
        if let side = source.side { return find(side, code: failure.code, message: failure.message) }
        if source == .auto {
            if failure.isOfOurs { return nil }
            return Side.ofHosts.lazy.compactMap { find($0, code: failure.code, message: failure.message) }
                .first
        }
        let number = AADSTSCode(in: failure.code) ?? AADSTSCode(in: failure.message)
        return number.flatMap { entraErrors[$0.value] }
    }

    /// What the references know of a side's errors, the special before the general.
    static func table(of side: Side) -> [Entry] {
        switch side {
        case .sts: stsErrors
        case .iam: iamErrors
        case .imds: imdsErrors + tokenEndpointErrors
        case .appService, .azureML: appServiceErrors + tokenEndpointErrors
        case .azureArc: azureArcErrors + imdsErrors + tokenEndpointErrors
        case .cloudShell: tokenEndpointErrors
        case .serviceFabric: serviceFabricErrors + tokenEndpointErrors
        case .azureCLI: azureCLIErrors
        case .entra: tokenEndpointErrors
        case .graph: graphErrors
        case .arm: armErrors
        }
    }

    /// One line of a table.
    struct Entry: Sendable {
        /// The codes it is for; empty for any.
        let codes: Set<String>
        /// What the text contains, in any case; `nil` for any text.
        let text: String?
        let error: KnownError

        init(_ id: String, codes: Set<String> = [], text: String? = nil, _ summary: String, fix: String) {
            self.codes = codes
            self.text = text
            error = KnownError(id: id, summary: summary, fix: fix)
        }

        func matches(code: String, message: String) -> Bool {
            let hasCode = codes.isEmpty || codes.contains(code)
            guard let text else { return hasCode }
            return hasCode && message.lowercased().contains(text.lowercased())
        }
    }
}

extension KnownError.Side {
    /// The services of hosts, the most frequent first.
    fileprivate static let ofHosts: [Self] = [.imds, .appService, .azureArc, .serviceFabric, .entra]

    /// Whether an Entra error may come through it in its own words.
    fileprivate var passesEntraErrorsOn: Bool {
        switch self {
        case .sts, .iam, .graph, .arm: false
        case .imds, .appService, .azureArc, .azureML, .cloudShell, .serviceFabric, .azureCLI, .entra: true
        }
    }
}

/// The number of an Entra error: 501051 of `AADSTS501051: Application … is not assigned to a role …`.
package struct AADSTSCode: Hashable, Sendable {
    package let value: Int

    /// The first such number in a text.
    package init?(in text: String) {
        guard let prefix = text.firstRange(of: "AADSTS"),
            let value = Int(text[prefix.upperBound...].prefix { $0.isASCII && $0.isNumber })
        else { return nil }
        self.value = value
    }
}

extension TokenSourceKind {
    /// Who speaks when this source refuses; `nil` for sources that are no service.
    package var side: KnownError.Side? {
        switch self {
        case .imds: .imds
        case .appService: .appService
        case .azureArc: .azureArc
        case .azureML: .azureML
        case .cloudShell: .cloudShell
        case .serviceFabric: .serviceFabric
        case .azureCLI: .azureCLI
        case .workloadIdentity, .clientSecret, .clientCertificate: .entra
        case .auto, .command, .file: nil
        }
    }
}
