package import Federation

/// A token source's declaration: detection, creation and the check of this host, in the source's own file.
///
/// To add a source, add its case to ``Federation/TokenSourceKind``, write its file with a declaration, and add that to
/// ``all``.
struct SourceDeclaration: Sendable {
    let kind: TokenSourceKind
    /// The environment variables that announce the source to `auto`; none for a source that only the configuration
    /// selects.
    var announcement: [String] = []
    /// Files of which any announces the source to `auto`, where no variables announce another.
    var announcingFiles: [String] = []
    /// Further variables that the source reads.
    var otherVariables: [String] = []
    /// Whether an unannounced source counts as missing although it could be created.
    var needsAnnouncement = false
    /// Whether the token comes from a file or program, not from an endpoint.
    var isLocal = false
    /// Creates the source without sending a request.
    let make: @Sendable (SourceSite) throws(TokenSourceError) -> any TokenSource
    /// Returns the part of this host that the source lacks, if any.
    var obstacle: @Sendable (SourceSite) -> String? = { _ in nil }

    /// The sources, in the order in which `auto` looks for them; then those that only the configuration selects.
    ///
    /// Workload identity is first, then the order of Microsoft's libraries.
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
        CommandSource.azureCLIDeclaration,
        CommandSource.declaration,
        FileSource.declaration,
    ]

    /// Returns the declaration of a kind; that of IMDS for `auto`.
    static func of(_ kind: TokenSourceKind) -> SourceDeclaration {
        all.first { $0.kind == kind } ?? IMDSSource.declaration
    }
}

/// The source that serves an identity on this host.
package struct SourceChoice: Hashable, Sendable {
    package let kind: TokenSourceKind
    /// The deciding fact: the configuration, the variables that are set, or their absence.
    package let reason: String

    /// Selects the identity's configured source, or the first that this host announces.
    init(for identity: ManagedIdentity, _ environment: SourceEnvironment) {
        guard identity.source == .auto else {
            kind = identity.source
            reason = "the configuration sets source: \(identity.source.rawValue)"
            return
        }
        let announced = SourceDeclaration.all.first { environment.announces($0) }
        let present = SourceDeclaration.all.lazy.compactMap { declaration in
            declaration.announcingFiles.first(where: environment.fileExists).map { (declaration.kind, $0) }
        }
        if let announced {
            kind = announced.kind
            let names = announced.announcement
            reason = "\(names.joined(separator: ", ")) \(names.count == 1 ? "is" : "are") set"
        } else if let (source, file) = present.first {
            kind = source
            reason = "\(file) exists"
        } else {
            kind = .imds
            reason = "no variable announces another source"
        }
    }
}

extension SourceEnvironment {
    /// Whether all variables that announce a source are set.
    func announces(_ declaration: SourceDeclaration) -> Bool {
        !declaration.announcement.isEmpty && declaration.announcement.allSatisfy { value($0) != nil }
    }

    /// The names of the variables that are set and that some source reads, sorted.
    var announcements: [String] {
        let names = SourceDeclaration.all.flatMap { $0.announcement + $0.otherVariables }
        return Set(names).filter { value($0) != nil }.sorted()
    }
}
