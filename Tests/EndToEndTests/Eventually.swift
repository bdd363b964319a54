import Foundation

/// What was waited for in vain.
struct Impatience: Error, CustomStringConvertible {
    let description: String
}

/// Looks again and again until `look` finds something, for half a minute at most.
///
/// Tests wait for what they want to see and never for a time to pass; the bound is for the day it never comes.
///
/// - Throws: ``Impatience`` with `missing`, made at the last moment.
func eventually<Found>(
    _ look: () async throws -> Found?,
    orElse missing: () async throws -> String
) async throws -> Found {
    for _ in 0..<1500 {
        if let found = try await look() { return found }
        try await Task.sleep(for: .milliseconds(20))
    }
    throw Impatience(description: try await missing())
}
