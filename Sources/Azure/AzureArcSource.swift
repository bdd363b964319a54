import Federation
import FoundationEssentials
import Transport

/// The Azure Arc agent of a server outside Azure.
///
/// A token request must contain the contents of a key file that only authorized users can read. The agent issues tokens
/// only for the machine's system-assigned identity. Older agents silently ignore the selector of another identity.
///
/// Source: Microsoft, "Authenticate against Azure resources with Azure Arc-enabled servers"; MSAL for Go,
/// `managedidentity/azure_arc.go`, api-version 2020-06-01.
struct AzureArcSource: TokenSource {
    /// Declares the agent's installation paths, which differ between versions.
    static let declaration = SourceDeclaration(
        kind: .azureArc,
        detectionVariables: ["IDENTITY_ENDPOINT", "IMDS_ENDPOINT"],
        detectionFiles: ["/opt/azcmagent/bin/himds", "/var/opt/azcmagent/bin/himds"],
        requiresDetection: true
    ) { context throws(TokenSourceError) in
        try AzureArcSource(context)
    }

    private static let defaultAddress = "http://127.0.0.1:40342/metadata/identity/oauth2/token"

    let kind = TokenSourceKind.azureArc
    private let address: URL
    private let keyDirectory: String
    private let endpoint: TokenEndpoint

    init(_ context: SourceContext) throws(TokenSourceError) {
        switch IdentitySelector(context.identity) {
        case .clientID, .resourceID:
            throw .unavailable(
                source: .azureArc,
                missing: "system_assigned: true (Arc serves the machine's own identity only)"
            )
        case .systemAssigned, .objectID, .unspecified:
            break
        }
        if context.environment.value("IDENTITY_ENDPOINT") == nil, let usual = URL(string: Self.defaultAddress)
        {
            address = usual
        } else {
            address = try context.address("IDENTITY_ENDPOINT", for: .azureArc)
        }
        keyDirectory = context.environment.arcKeyDirectory
        endpoint = context.endpoint(.azureArc, .host)
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        let url = address.appending(query: [("api-version", "2020-06-01"), ("resource", request.audience)])
        var authorized = HTTPRequest(.get, url, headers: [.init("Metadata", "true")])
        let challenge = try await endpoint.response(authorized)
        guard challenge.status == 401 else { throw missingChallenge(challenge) }
        let key = try key(challenge)
        authorized.headers.append(.init("Authorization", Secret("Basic " + key.reveal())))
        return try await endpoint.token(authorized)
    }

    private func missingChallenge(_ response: HTTPResponse) -> TokenSourceError {
        if response.status != 200, RefusalReply(json: response.body) != nil {
            return endpoint.refusal(response)
        }
        return .refused(
            SourceRefusal(
                source: kind,
                status: response.status,
                code: "\(response.status)",
                message: "expected a 401 response, received \(response.status)"
            )
        )
    }

    private func key(_ challenge: HTTPResponse) throws(TokenSourceError) -> Secret {
        let path = try ArcChallenge.keyFile(challenge.header("WWW-Authenticate"), directory: keyDirectory)
        do throws(FileReadError) {
            return Secret(try BoundedFile.text(path, limit: ArcChallenge.keySize, followsLinks: false))
        } catch {
            switch error.reason {
            case .tooLarge, .link, .notRegular, .notUTF8:
                throw .unexpectedResponse(source: kind, seen: "the key file \(error)")
            case .missing, .unreadable:
                throw .refused(
                    SourceRefusal(
                        source: kind,
                        status: 401,
                        code: "arc-key-unreadable",
                        message: "the key file \(error)"
                    )
                )
            }
        }
    }
}

/// Validates the agent's challenge before the key file is read.
enum ArcChallenge {
    /// The maximum size of a key file, in bytes.
    static let keySize = 4096
    private static let headerSize = 4096

    /// Returns the path in `Basic realm=PATH`.
    ///
    /// The file must be a `.key` file directly in `directory`. Without the check, a program that impersonates the agent
    /// could make cambist read and send any file.
    static func keyFile(_ header: String?, directory: String) throws(TokenSourceError) -> String {
        guard let header, header.utf8.count <= headerSize,
            let match = header.wholeMatch(of: #/(?i:basic) +realm="?([^"]+)"?/#)?.output
        else {
            throw .unexpectedResponse(source: .azureArc, seen: "a 401 response without Basic realm=")
        }
        let path = String(match.1)
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.dropLast().joined(separator: "/") == directory, let name = parts.last,
            name.hasSuffix(".key"), name.count > ".key".count, !path.utf8.contains(0)
        else {
            let shown = VisibleText.oneLine(path, limit: 200)
            throw .unexpectedResponse(
                source: .azureArc,
                seen: "it names \(shown), which is not a key file in \(directory)"
            )
        }
        return path
    }
}
