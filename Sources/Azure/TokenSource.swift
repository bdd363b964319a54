package import Federation

/// A way to get tokens on this host.
package protocol TokenSource: Sendable {
    /// Which one it is.
    var kind: TokenSourceKind { get }

    /// A token of the request's identity whose `aud` is the request's audience.
    ///
    /// - Throws: ``TokenSourceError`` after the source's own retries; its kind decides what follows.
    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken
}
