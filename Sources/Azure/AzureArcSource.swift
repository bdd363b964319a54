import Federation
import Foundation
import Transport

/// The Arc agent of a server outside Azure, which asks for the contents of a file that only permitted users
/// can read.
///
/// It serves the machine's own identity only: older agents ignore a selector without a word. Source:
/// Microsoft, "Authenticate against Azure resources with Azure Arc-enabled servers"; MSAL for Go,
/// `managedidentity/azure_arc.go`, api-version 2020-06-01.
struct AzureArcSource: TokenSource {
    private static let usualAddress = "http://127.0.0.1:40342/metadata/identity/oauth2/token"

    let kind = TokenSourceKind.azureArc
    private let address: URL
    private let keyDirectory: String
    private let endpoint: TokenEndpoint

    init(_ site: SourceSite) throws(TokenSourceError) {
        switch IdentitySelector(site.identity) {
        case .clientID, .resourceID:
            throw .unavailable(
                source: .azureArc,
                missing: "system_assigned: true (Arc serves the machine's own identity only)"
            )
        case .systemAssigned, .objectID, .unnamed:
            break
        }
        if site.environment.value("IDENTITY_ENDPOINT") == nil, let usual = URL(string: Self.usualAddress) {
            address = usual
        } else {
            address = try site.address("IDENTITY_ENDPOINT", for: .azureArc)
        }
        keyDirectory = site.environment.arcKeyDirectory
        endpoint = site.endpoint(.azureArc, .host)
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        let url = address.asking([("api-version", "2020-06-01"), ("resource", request.audience)])
        var asking = HTTPRequest(.get, url, headers: [.init("Metadata", "true")])
        let challenge = try await endpoint.answer(asking)
        guard challenge.status == 401 else { throw unchallenged(challenge) }
        asking.headers.append(.init("Authorization", Secret("Basic " + (try key(challenge)).reveal())))
        return try await endpoint.token(asking)
    }

    private func unchallenged(_ response: HTTPResponse) -> TokenSourceError {
        if response.status != 200, RefusalAnswer(json: response.body) != nil {
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

    /// What the file holds that the challenge names.
    private func key(_ challenge: HTTPResponse) throws(TokenSourceError) -> Secret {
        let path = try ArcChallenge.keyFile(challenge.header("WWW-Authenticate"), directory: keyDirectory)
        do throws(BoundedFile.Problem) {
            let text = try BoundedFile.text(path, limit: ArcChallenge.keySize, followsLinks: false)
            return Secret(text)
        } catch {
            switch error {
            case .tooLarge, .link, .notAFile:
                throw .unintelligible(source: kind, seen: "it names the key file \(path), which \(error)")
            case .absent, .unreadable:
                throw .refused(
                    SourceRefusal(
                        source: kind,
                        status: 401,
                        code: "arc-key-unreadable",
                        message: "the key file \(path) \(error)"
                    )
                )
            }
        }
    }
}

/// What the agent's refusal must look like before a file is read for it.
enum ArcChallenge {
    /// A larger file is no key.
    static let keySize = 4096

    /// The path that `Basic realm=PATH` names: a `.key` file in exactly `directory`, else somebody else
    /// plays the agent to have files read.
    static func keyFile(_ header: String?, directory: String) throws(TokenSourceError) -> String {
        guard let header, let match = header.wholeMatch(of: #/(?i:basic) +realm="?([^"]+)"?/#)?.output else {
            throw .unintelligible(source: .azureArc, seen: "a 401 response without Basic realm=")
        }
        let path = String(match.1)
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.dropLast().joined(separator: "/") == directory, let name = parts.last,
            name.hasSuffix(".key"), name.count > ".key".count
        else {
            let shown = VisibleText.oneLine(path, limit: 200)
            throw .unintelligible(
                source: .azureArc,
                seen: "it names \(shown), which is no key file in \(directory)"
            )
        }
        return path
    }
}
