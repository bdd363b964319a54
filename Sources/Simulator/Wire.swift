import Foundation

/// A request as the lab's services see it: whole, and free of any server library.
struct WireRequest: Sendable {
    let method: String
    /// The path below the service's prefix, still percent-encoded, with its first slash; empty for the prefix alone.
    ///
    /// It is kept as it came: an AWS client signs it together with the prefix.
    let path: String
    /// Everything after `?`, still percent-encoded; `nil` without a `?`.
    let rawQuery: String?
    /// Header fields in the order they came.
    let headers: [(name: String, value: String)]
    let body: Data
    /// When it arrived, by the lab's clock.
    let at: Date
    /// The path as it was sent, prefix included, which an AWS client signs; `nil` when nothing was cut off.
    var sentPath: String?

    /// The first value of a header field, whatever the case of its name.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// An answer of one of the lab's services.
struct WireResponse: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: Data
    /// How long to wait before it is sent.
    var delay: Duration = .zero
    /// Whether the connection is cut in place of an answer.
    var isCut = false
}
