import Federation
import Foundation
import Transport

/// A file with a token that another program refreshes; read for each request.
struct FileSource: TokenSource {
    static let declaration = SourceDeclaration(kind: .file, isLocal: true) { site throws(TokenSourceError) in
        try FileSource(site)
    } obstacle: { site in
        site.missingFile(site.identity.settings.tokenFile)
    }

    let kind = TokenSourceKind.file
    private let path: String
    private let time: any TimeSource

    init(_ site: SourceContext) throws(TokenSourceError) {
        guard let path = site.identity.settings.tokenFile else {
            throw .unavailable(source: .file, missing: "token_file")
        }
        self.path = path
        time = site.time
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        let data: Data
        do throws(FileReadError) {
            data = try BoundedFile.read(path, limit: TokenAnswer.size)
        } catch {
            throw .unavailable(source: kind, missing: "a token (\(error))")
        }
        do throws(TokenAnswerError) {
            let answer = try TokenAnswer(text: data, now: time.now)
            return AccessToken(answer, source: kind, received: time.now)
        } catch {
            throw .unexpectedResponse(source: kind, seen: "\(path) contains \(error)")
        }
    }
}
