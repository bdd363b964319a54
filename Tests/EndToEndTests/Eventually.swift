import Foundation

/// A failure of the harness itself, such as a wait whose time limit expired.
struct HarnessError: Error, CustomStringConvertible {
    let description: String
}

/// Polls `look` until it returns a value, for at most 30 s.
///
/// Tests wait for a condition, never for a duration; the limit ends a test whose condition is never met.
///
/// - Throws: ``HarnessError`` with the text of `missing`, which is called when the limit expires.
func eventually<Found>(
    _ look: () async throws -> Found?,
    orElse missing: () async throws -> String
) async throws -> Found {
    for _ in 0..<1500 {
        if let found = try await look() { return found }
        try await Task.sleep(for: .milliseconds(20))
    }
    throw HarnessError(description: try await missing())
}
