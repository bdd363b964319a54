import Federation
import Foundation

/// A file that somebody else keeps a token in; read anew for every ask.
struct FileSource: TokenSource {
    let kind = TokenSourceKind.file
    private let path: String
    private let time: any TimeSource

    init(_ site: SourceSite) throws(TokenSourceError) {
        guard let path = site.identity.settings.tokenFile else {
            throw .unavailable(source: .file, missing: "token_file")
        }
        self.path = path
        time = site.time
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        let data: Data
        do throws(BoundedFile.Problem) {
            data = try BoundedFile.read(path, limit: TokenAnswer.size)
        } catch {
            throw .unavailable(source: kind, missing: "a token (\(path) \(error))")
        }
        guard let answer = TokenAnswer(text: data, now: time.now) else {
            throw .unintelligible(source: kind, seen: "\(path) holds neither a JWT nor JSON with a token")
        }
        return AccessToken(answer, source: kind, received: time.now)
    }
}
