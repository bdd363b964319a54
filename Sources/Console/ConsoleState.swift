package import Drawing
package import Federation

package import struct Foundation.Date

/// Everything the screen depends on; a frame is a function of this value.
package struct ConsoleState: Hashable, Sendable {
    /// The wall clock as the last tick told it.
    package internal(set) var now: Date
    package internal(set) var size: Size
    /// Where the mappings come from, as the header shows it: `lab steady`, a file's name.
    package let origin: String
    package internal(set) var roster = Roster()
    package internal(set) var identities: [ManagedIdentity] = []
    /// Exchanges of this run.
    package internal(set) var exchanges = Journal<ExchangeRecord>(capacity: 1000)
    /// HTTP calls of this run.
    package internal(set) var transfers = Journal<Transfer>(capacity: 5000)
    package internal(set) var notice: Notice?
    private var lastRequest = Request.background

    package init(now: Date, size: Size, origin: String) {
        self.now = now
        self.size = size
        self.origin = origin
    }

    /// Numbers a new question.
    mutating func nextRequest() -> Request {
        lastRequest = Request(number: lastRequest.number + 1)
        return lastRequest
    }
}
