import Foundation

/// A failure of the harness itself, such as a wait whose time limit expired.
struct HarnessError: Error, CustomStringConvertible {
    let description: String
}

/// Polls `condition` until it returns a value, for at least two minutes.
///
/// Tests wait for a condition, never for a duration; the limit ends a test whose condition is never met.
///
/// - Throws: ``HarnessError`` with the text of `message`, which is called when the limit expires.
func eventually<Found>(
    _ condition: () async throws -> Found?,
    orElse message: () async throws -> String
) async throws -> Found {
    for _ in 0..<6000 {
        if let found = try await condition() { return found }
        try await Task.sleep(for: .milliseconds(20))
    }
    throw HarnessError(description: try await message())
}
