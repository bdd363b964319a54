import Federation
import FoundationEssentials
import Transport

/// A file with a token that another program refreshes; the file is read for each request.
struct FileSource: TokenSource {
    static let declaration = SourceDeclaration(kind: .file) { context throws(TokenSourceError) in
        try FileSource(context)
    } obstacle: { context in
        context.missingFile(context.identity.settings.tokenFile)
    }

    let kind = TokenSourceKind.file
    private let path: String
    private let time: any TimeSource

    init(_ context: SourceContext) throws(TokenSourceError) {
        guard let path = context.identity.settings.tokenFile else {
            throw .unavailable(source: .file, missing: "token_file")
        }
        self.path = path
        time = context.time
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        let data: Data
        do throws(FileReadError) {
            data = try BoundedFile.read(path, limit: TokenAnswer.size)
        } catch {
            throw .unavailable(source: kind, reason: "\(error)")
        }
        do throws(TokenAnswerError) {
            let answer = try TokenAnswer(text: data, now: time.now)
            return AccessToken(answer, source: kind, received: time.now)
        } catch {
            throw .unexpectedResponse(source: kind, seen: "\(path) contains \(error)")
        }
    }
}
