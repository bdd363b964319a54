package import Federation

/// The declaration of a token source, in the file of its implementation: how to detect, create, and check it.
///
/// To add a source, add a case with its properties to ``Federation/TokenSourceKind``, write a file with the source and
/// its declaration, and add the declaration to ``all``.
struct SourceDeclaration: Sendable {
    let kind: TokenSourceKind
    /// The environment variables by which `auto` detects the source; all of them must be set.
    ///
    /// Empty for IMDS, which `auto` selects if it detects no other source, and for sources that only the configuration
    /// can select.
    var detectionVariables: [String] = []
    /// Files with which `auto` detects the source if no variable indicates another source; any of these files is
    /// enough.
    var detectionFiles: [String] = []
    /// Other environment variables that belong to the source.
    var otherVariables: [String] = []
    /// Whether the source counts as usable on this host only if it is detected.
    var requiresDetection = false
    /// Creates the source without sending a request.
    let make: @Sendable (SourceContext) throws(TokenSourceError) -> any TokenSource
    /// Returns the reason that the source cannot work on this host, if any.
    var obstacle: @Sendable (SourceContext) -> String? = { _ in nil }

    /// All sources: first those that `auto` detects, in search order, then those that only the configuration can
    /// select.
    ///
    /// Workload identity comes first; the other sources of `auto` follow in the order of the Azure SDKs.
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
    /// The reason for the selection: the configuration, the variables that are set, the file that exists, or the
    /// absence of variables.
    package let reason: String

    /// Selects the configured source; for `auto`, the first source detected on this host, otherwise IMDS.
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

    /// Whether this host has the variables, or one of the files, by which `auto` detects the source.
    func detects(_ declaration: SourceDeclaration) -> Bool {
        hasDetectionVariables(declaration) || declaration.detectionFiles.contains(where: fileExists)
    }

    /// Returns the source selected for an identity, and the names and values of the source's variables.
    ///
    /// If one of these facts changes, the source may return tokens for another identity.
    package func facts(of identity: ManagedIdentity) -> [String] {
        let kind = SourceChoice(for: identity, self).kind
        let declaration = SourceDeclaration.of(kind)
        let names = declaration.detectionVariables + declaration.otherVariables
        return [kind.rawValue] + names.flatMap { [$0, value($0) ?? ""] }
    }

    /// The names of the sources' declared environment variables that are set, sorted.
    var sourceVariables: [String] {
        let names = SourceDeclaration.all.flatMap { $0.detectionVariables + $0.otherVariables }
        return Set(names).filter { value($0) != nil }.sorted()
    }
}
