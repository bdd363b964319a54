package import Federation
import FoundationEssentials

/// A cache of the latest token per identity and audience.
///
/// Concurrent calls for a token share one request.
package actor TokenCache {
    /// A token, and whether it was seen before.
    package struct Entry: Hashable, Sendable {
        package let token: AccessToken
        /// The token's claims, decoded once.
        package let claims: Result<Claims, TokenFormatError>
        /// Whether the same token was returned before, in this or an earlier run.
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

        fileprivate var repeated: Entry { Entry(repeating: self) }
    }

    /// The remaining lifetime below which a new token is requested.
    private static let margin = Duration.seconds(300)
    private let time: any TimeSource
    private let isKnown: @Sendable (AccessToken) async -> Bool
    private let sources: @Sendable () -> TokenSources
    private var tokens: [TokenRequest: Entry] = [:]
    /// The local time at which each cached token expires.
    ///
    /// A token expires at the earlier of its `exp` claim and the source's expiration.
    private var ends: [TokenRequest: Date] = [:]
    /// The source's last result for each request, and the uptime at which it arrived.
    private var answers: [TokenRequest: (result: Result<Entry, TokenSourceError>, at: Duration)] = [:]
    /// The number of calls of ``removeAll()``.
    ///
    /// The result of a request is stored only if the number did not change during the request.
    private var generation = 0
    private var fetches: [TokenRequest: Task<Result<Entry, TokenSourceError>, Never>] = [:]

    /// Creates an empty cache.
    ///
    /// - Parameters:
    ///   - sources: The token sources, evaluated at each use because a reload can change them.
    ///   - time: The clock.
    ///   - isKnown: Whether a token was seen in an earlier run.
    package init(
        sources: @autoclosure @escaping @Sendable () -> TokenSources,
        time: any TimeSource,
        isKnown: @escaping @Sendable (AccessToken) async -> Bool = { _ in false }
    ) {
        self.sources = sources
        self.time = time
        self.isKnown = isKnown
    }

    /// Returns the cached token if it is valid for more than five minutes, or requests a token.
    ///
    /// A token file is read for each request. If the source fails, an unexpired token in the cache is returned, unless
    /// `force` is set. Azure hosts also cache tokens for about a day, and `force` has no effect on the hosts' caches.
    ///
    /// - Parameters:
    ///   - request: The identity and the audience.
    ///   - force: Whether to ignore the cached token.
    /// - Returns: The token, and whether it was seen before.
    /// - Throws: ``TokenSourceError`` from the source.
    package func token(for request: TokenRequest, force: Bool = false) async throws(TokenSourceError) -> Entry
    {
        let cachedEntry = tokens[request]
        let isFile = request.identity.source == .file
        if let cachedEntry, !force, !isFile, lifetime(of: request) > Self.margin {
            return cachedEntry.repeated
        }
        let result = await fetch(request).value
        if case .failure = result, !force, let cachedEntry, lifetime(of: request) > .zero {
            return cachedEntry.repeated
        }
        return try result.get()
    }

    /// Returns the source's last token, or requests a token if the last result is older than `age`.
    ///
    /// A recent error is thrown again without a request. A token file is read for each request.
    ///
    /// - Parameters:
    ///   - request: The identity and the audience.
    ///   - age: The maximum age of the source's last result.
    /// - Returns: The token, and whether it was seen before.
    /// - Throws: ``TokenSourceError`` from the source.
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

    /// Returns the cached token, even if it has expired.
    package func cachedToken(for request: TokenRequest) -> AccessToken? {
        tokens[request]?.token
    }

    /// Drops all tokens, for example after a change of endpoints.
    ///
    /// The results of running requests are not stored.
    package func removeAll() {
        generation += 1
        tokens = [:]
        ends = [:]
        answers = [:]
        fetches = [:]
    }

    /// Returns the report on the token sources of this host; see ``TokenSources/survey()``.
    package func survey() async -> SourceReportList {
        await sources().survey()
    }

    /// Returns the running request, or starts a new request.
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
                    // An expired token seems valid if the local clock is slow. The offset of the clock corrects the
                    // expiration.
                    let lead = max(token.clockOffset?.offset ?? .zero, .zero).seconds
                    ends[request] = [token.expiry, try? entry.claims.get().expiry].compactMap(\.self).min()
                        .map { $0 - lead }
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

    private func lifetime(of request: TokenRequest) -> Duration {
        ends[request]?.since(time.now) ?? .zero
    }
}
