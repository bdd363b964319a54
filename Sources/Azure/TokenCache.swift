package import Federation
import Foundation

/// Holds the last token of each identity and audience, and joins those who ask for the same one.
package actor TokenCache {
    /// A token and whether it is news.
    package struct Entry: Hashable, Sendable {
        package let token: AccessToken
        /// What it says, read once for all who ask for it.
        package let claims: Result<Claims, TokenFormatError>
        /// Whether the ask before this one gave the very same token, or an earlier run did: it then proves nothing
        /// new.
        package let seenBefore: Bool

        fileprivate init(_ token: AccessToken, seenBefore: Bool) {
            self.token = token
            self.seenBefore = seenBefore
            claims = Result { () throws(TokenFormatError) in try Claims(decoding: token.rawValue) }
        }

        private init(again entry: Entry) {
            token = entry.token
            claims = entry.claims
            seenBefore = true
        }

        /// The same for who asks after another did.
        fileprivate var again: Entry { Entry(again: self) }
    }

    /// A token with less life than this is asked for again.
    private static let margin = Duration.seconds(300)
    private let time: any TimeSource
    private let isKnown: @Sendable (AccessToken) async -> Bool
    private let sources: @Sendable () -> TokenSources
    private var tokens: [TokenRequest: Entry] = [:]
    /// When the tokens at hand end, by their own `exp` or by what the source said, whichever is first.
    private var ends: [TokenRequest: Date] = [:]
    /// What the source last said to each request, and when by the clock that never jumps.
    private var answers: [TokenRequest: (result: Result<Entry, TokenSourceError>, at: Duration)] = [:]
    /// Counts ``removeAll()``: a request that began before it stores nothing.
    private var generation = 0
    private var fetches: [TokenRequest: Task<Result<Entry, TokenSourceError>, Never>] = [:]

    /// Creates an empty cache.
    ///
    /// - Parameters:
    ///   - sources: Evaluated at each use, so that a reload of the configuration takes effect.
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

    /// A token of the request's identity for its audience: the one at hand while it has life left, else one
    /// that the source gives.
    ///
    /// A token that still lives is given when the source fails, unless `force` is set. What `force` cannot
    /// do is make the host mint: Azure serves its own cached token for about a day.
    ///
    /// - Parameters:
    ///   - request: Whose token, and for which audience.
    ///   - force: Whether the source is asked even though a token is at hand.
    /// - Returns: The token, and whether it was seen before.
    /// - Throws: ``TokenSourceError`` of the source.
    package func token(for request: TokenRequest, force: Bool = false) async throws(TokenSourceError) -> Entry
    {
        let held = tokens[request]
        let isKeptOutside = request.identity.source == .file
        if let held, !force, !isKeptOutside, life(of: request) > Self.margin {
            return held.again
        }
        let result = await fetch(request).value
        if case .failure = result, !force, let held, life(of: request) > .zero {
            return held.again
        }
        return try result.get()
    }

    /// A token of the request's identity for its audience, which the source gave not longer ago than `age`.
    ///
    /// Within that time the source is not asked again, whatever it said: a refusal is told again as well. So
    /// many may ask as often as they like without anybody troubling the source. A file is read at every ask.
    ///
    /// - Parameters:
    ///   - request: Whose token, and for which audience.
    ///   - age: How old the source's answer may be.
    /// - Returns: The token, and whether it was seen before.
    /// - Throws: ``TokenSourceError`` of the source.
    package func token(
        for request: TokenRequest,
        noOlderThan age: Duration
    ) async throws(TokenSourceError) -> Entry {
        let isKeptOutside = request.identity.source == .file
        guard let answer = answers[request], time.uptime - answer.at < age, !isKeptOutside else {
            return try await fetch(request).value.get()
        }
        return try answer.result.get().again
    }

    /// The token at hand, however old.
    package func held(for request: TokenRequest) -> AccessToken? {
        tokens[request]?.token
    }

    /// Drops every token: the clouds are at other addresses now.
    package func removeAll() {
        generation += 1
        tokens = [:]
        ends = [:]
        answers = [:]
        fetches = [:]
    }

    /// What this host offers, and to whom.
    package func survey() async -> SourceSurvey {
        await sources().survey()
    }

    /// The ask that is under way, or a new one.
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

    /// What is left of the token at hand.
    private func life(of request: TokenRequest) -> Duration {
        ends[request]?.since(time.now) ?? .zero
    }
}
