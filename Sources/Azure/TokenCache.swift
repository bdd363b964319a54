package import Federation
import Foundation

/// A cache of the last token of each identity and audience, which joins concurrent requests for the same one.
package actor TokenCache {
    /// A token, and whether it was seen before.
    package struct Entry: Hashable, Sendable {
        package let token: AccessToken
        /// The token's claims, decoded once.
        package let claims: Result<Claims, TokenFormatError>
        /// Whether an earlier request or run returned the same token, which then proves nothing new.
        package let seenBefore: Bool

        fileprivate init(_ token: AccessToken, seenBefore: Bool) {
            self.token = token
            self.seenBefore = seenBefore
            claims = Result { () throws(TokenFormatError) in try Claims(decoding: token.rawValue) }
        }

        private init(repeating entry: Entry) {
            token = entry.token
            claims = entry.claims
            seenBefore = true
        }

        /// The entry for a further request.
        fileprivate var repeated: Entry { Entry(repeating: self) }
    }

    /// A token with less remaining lifetime is requested anew.
    private static let margin = Duration.seconds(300)
    private let time: any TimeSource
    private let isKnown: @Sendable (AccessToken) async -> Bool
    private let sources: @Sendable () -> TokenSources
    private var tokens: [TokenRequest: Entry] = [:]
    /// The expiration of each cached token by its `exp` or by the source, whichever is earlier.
    private var ends: [TokenRequest: Date] = [:]
    /// The source's last answer to each request, with its uptime.
    private var answers: [TokenRequest: (result: Result<Entry, TokenSourceError>, at: Duration)] = [:]
    /// Counts ``removeAll()``: a request that began before it stores nothing.
    private var generation = 0
    private var fetches: [TokenRequest: Task<Result<Entry, TokenSourceError>, Never>] = [:]

    /// Creates an empty cache.
    ///
    /// - Parameters:
    ///   - sources: The token sources, evaluated at each use, so that a reload of the configuration takes effect.
    ///   - time: The clock.
    ///   - isKnown: Whether an earlier run saw a token.
    package init(
        sources: @autoclosure @escaping @Sendable () -> TokenSources,
        time: any TimeSource,
        isKnown: @escaping @Sendable (AccessToken) async -> Bool = { _ in false }
    ) {
        self.sources = sources
        self.time = time
        self.isKnown = isKnown
    }

    /// Returns the cached token while it is valid for more than five minutes, else a new one from the source.
    ///
    /// If the source fails, an unexpired cached token is returned, unless `force` is set. Azure hosts return their
    /// own cached token for about a day, even with `force`.
    ///
    /// - Parameters:
    ///   - request: The identity and the audience of the token.
    ///   - force: Whether a cached token is ignored.
    /// - Returns: The token, and whether it was seen before.
    /// - Throws: ``TokenSourceError`` of the source.
    package func token(for request: TokenRequest, force: Bool = false) async throws(TokenSourceError) -> Entry
    {
        let held = tokens[request]
        let isFile = request.identity.source == .file
        if let held, !force, !isFile, lifetime(of: request) > Self.margin {
            return held.repeated
        }
        let result = await fetch(request).value
        if case .failure = result, !force, let held, lifetime(of: request) > .zero {
            return held.repeated
        }
        return try result.get()
    }

    /// Returns a token that the source returned at most `age` ago.
    ///
    /// Within that time the source gets no further request: its last answer is repeated, even if it is an error. A
    /// file is read for each request.
    ///
    /// - Parameters:
    ///   - request: The identity and the audience of the token.
    ///   - age: The longest accepted age of the source's answer.
    /// - Returns: The token, and whether it was seen before.
    /// - Throws: ``TokenSourceError`` of the source.
    package func token(
        for request: TokenRequest,
        noOlderThan age: Duration
    ) async throws(TokenSourceError) -> Entry {
        let isFile = request.identity.source == .file
        guard let answer = answers[request], time.uptime - answer.at < age, !isFile else {
            return try await fetch(request).value.get()
        }
        return try answer.result.get().repeated
    }

    /// Returns the cached token, even an expired one.
    package func held(for request: TokenRequest) -> AccessToken? {
        tokens[request]?.token
    }

    /// Drops all tokens, including those of running requests, because the endpoints have changed.
    package func removeAll() {
        generation += 1
        tokens = [:]
        ends = [:]
        answers = [:]
        fetches = [:]
    }

    /// Reports the usable sources of this host.
    package func survey() async -> SourceSurvey {
        await sources().survey()
    }

    /// Returns the running request, or starts one.
    private func fetch(_ request: TokenRequest) -> Task<Result<Entry, TokenSourceError>, Never> {
        if let fetch = fetches[request] { return fetch }
        let fetch = Task { [sources, generation] in
            let result: Result<Entry, TokenSourceError>
            do throws(TokenSourceError) {
                let token = try await sources().source(for: request.identity).token(for: request)
                let earlier = tokens[request]?.token.fingerprint
                let isSame = if earlier == token.fingerprint { true } else { await isKnown(token) }
                let entry = Entry(token, seenBefore: isSame)
                if generation == self.generation {
                    tokens[request] = entry
                    ends[request] = [token.expiry, try? entry.claims.get().expiry].compactMap(\.self).min()
                }
                result = .success(entry)
            } catch {
                result = .failure(error)
            }
            guard generation == self.generation else { return result }
            fetches[request] = nil
            answers[request] = (result, time.uptime)
            return result
        }
        fetches[request] = fetch
        return fetch
    }

    /// Returns the remaining lifetime of the cached token.
    private func lifetime(of request: TokenRequest) -> Duration {
        ends[request]?.since(time.now) ?? .zero
    }
}
