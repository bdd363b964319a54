package import Federation

/// The declaration of a token source: how to detect, create, and check the source.
///
/// To add a source:
/// - Add a case with its properties to ``Federation/TokenSourceKind``.
/// - Write a file with the source and its declaration.
/// - Add the declaration to ``all``.
struct SourceDeclaration: Sendable {
    let kind: TokenSourceKind
    /// The environment variables by which `auto` detects the source; all of the variables must be set.
    ///
    /// The list is empty for IMDS, which is the default of `auto`. The list is also empty for sources that only the
    /// configuration can select.
    var detectionVariables: [String] = []
    /// The files by which `auto` detects the source; one file is enough.
    ///
    /// `auto` looks for the variables of all sources before any file.
    var detectionFiles: [String] = []
    var otherVariables: [String] = []
    /// Whether ``TokenSources/survey()`` reports an obstacle if `auto` does not detect the source.
    var requiresDetection = false
    /// Creates the source without sending a request.
    let make: @Sendable (SourceContext) throws(TokenSourceError) -> any TokenSource
    /// Returns the reason that the source cannot work on this host, if any.
    var obstacle: @Sendable (SourceContext) -> String? = { _ in nil }

    /// All sources; `auto` searches them in this order.
    ///
    /// Workload identity is first; other sources follow in the order of the Azure SDKs. Only the configuration can
    /// select the sources after IMDS.
    static let all = [
        WorkloadIdentitySource.declaration,
        ServiceFabricSource.declaration,
        AppServiceSource.declaration,
        AzureMLSource.declaration,
        CloudShellSource.declaration,
        AzureArcSource.declaration,
        IMDSSource.declaration,
        ClientSecretSource.declaration,
        ClientCertificateSource.declaration,
        AzureCLISource.declaration,
        CommandSource.declaration,
        FileSource.declaration,
    ]

    /// Returns the declaration of a source; for `auto`, the declaration of IMDS.
    static func of(_ kind: TokenSourceKind) -> SourceDeclaration {
        all.first { $0.kind == kind } ?? IMDSSource.declaration
    }
}

/// The source selected for an identity on this host.
package struct SourceChoice: Hashable, Sendable {
    package let kind: TokenSourceKind
    /// The reason for the selection (for example, `MSI_ENDPOINT is set`).
    package let reason: String

    /// Selects the configured source.
    ///
    /// For `auto`, selects the first source that is detected on the host. If none is detected, selects IMDS.
    init(for identity: ManagedIdentity, _ environment: SourceEnvironment) {
        guard identity.source == .auto else {
            kind = identity.source
            reason = "source: \(identity.source.rawValue) in the configuration"
            return
        }
        let detectedSource = SourceDeclaration.all.first { environment.hasDetectionVariables($0) }
        let present = SourceDeclaration.all.lazy.compactMap { declaration in
            declaration.detectionFiles.first(where: environment.fileExists).map { (declaration.kind, $0) }
        }
        if let detectedSource {
            kind = detectedSource.kind
            let names = detectedSource.detectionVariables
            reason = "\(names.joined(separator: ", ")) \(names.count == 1 ? "is" : "are") set"
        } else if let (source, file) = present.first {
            kind = source
            reason = "\(file) exists"
        } else {
            kind = .imds
            reason = "no environment variable selects another source"
        }
    }
}

extension SourceEnvironment {
    /// Whether environment variables indicate the source.
    func hasDetectionVariables(_ declaration: SourceDeclaration) -> Bool {
        !declaration.detectionVariables.isEmpty
            && declaration.detectionVariables.allSatisfy { value($0) != nil }
    }

    /// Whether the detection variables or one of the detection files exist on this host.
    func detects(_ declaration: SourceDeclaration) -> Bool {
        hasDetectionVariables(declaration) || declaration.detectionFiles.contains(where: fileExists)
    }

    /// Returns the source selected for an identity, and the names and values of the source's variables.
    ///
    /// If the source or a variable changes, the tokens may belong to another identity.
    package func facts(of identity: ManagedIdentity) -> [String] {
        let kind = SourceChoice(for: identity, self).kind
        let declaration = SourceDeclaration.of(kind)
        let names = declaration.detectionVariables + declaration.otherVariables
        return [kind.rawValue] + names.flatMap { [$0, value($0) ?? ""] }
    }

    /// The sources' environment variables that have a value on this host, sorted.
    var sourceVariables: [String] {
        let names = SourceDeclaration.all.flatMap { $0.detectionVariables + $0.otherVariables }
        return Set(names).filter { value($0) != nil }.sorted()
    }
}
