import AWS
import Federation
import TestSupport
import Testing

@testable import Provisioning

/// Thumbprints of the OIDC provider that the configuration lists.
@Suite(.limited) struct ThumbprintTests {
    private static let one = String(repeating: "1a", count: 20)
    private static let two = String(repeating: "2b", count: 20)

    private func prints(_ harness: SetupHarness, _ desiredState: DesiredState) async throws -> [String] {
        let arn = try #require(desiredState.providers.first?.arn)
        return try await harness.iam().provider(arn).provider.thumbprints
    }

    @Test func `a provider is created with the thumbprints, and further ones are added`() async throws {
        try await SetupHarness.with { harness in
            let first = try harness.desiredState { $0.setup.thumbprints = [Self.one] }
            try await harness.apply(first)
            #expect(try await prints(harness, first) == [Self.one])
            #expect(try await harness.plan(first).object(.provider).state == .ok)
            let second = try harness.desiredState { $0.setup.thumbprints = [Self.two] }
            let provider = try await harness.plan(second).object(.provider)
            #expect(provider.state == .different)
            let added = SetupDifference("ThumbprintList", wanted: [Self.two])
            #expect(provider.differences == [added], "the present thumbprint is kept")
            try await harness.apply(second)
            #expect(try await Set(prints(harness, second)) == [Self.one, Self.two])
        }
    }

    @Test func `without the configuration key, the provider keeps the thumbprint that IAM retrieved`()
        async throws
    {
        try await SetupHarness.with { harness in
            let plain = try harness.desiredState()
            try await harness.apply(plain)
            #expect(try await prints(harness, plain).count == 1)
            #expect(try await harness.plan(plain).object(.provider).state == .ok)
        }
    }
}
