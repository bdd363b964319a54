package import Federation

/// A way to get tokens on this host.
package protocol TokenSource: Sendable {
    /// Which one it is.
    var kind: TokenSourceKind { get }

    /// A token of the request's identity, asked for with the request's audience.
    ///
    /// What came is not judged here: ``TokenCheck`` compares it with what was asked.
    ///
    /// - Parameter request: Whose token, and for which audience.
    /// - Returns: The token as it came off the wire.
    /// - Throws: ``TokenSourceError`` after the source's own retries; its kind decides what follows.
    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken
}
