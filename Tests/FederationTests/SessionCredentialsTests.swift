import Foundation
import TestSupport
import Testing

@testable import Federation

@Suite(.computing) struct SessionCredentialsTests {
    private static let issued = Date(timeIntervalSince1970: 1_800_000_000)

    @Test func `credentials as STS issues them are accepted`() throws {
        let credentials = try SessionCredentials.sample()
        #expect(credentials.remaining(at: Self.issued) == .seconds(3600))
    }

    @Test(arguments: [
        "", "ASIA", "ASIAEXAMPLE0000", "ASIAEXAMPLE 00000000", "ASIAEXAMPLE00000000\n", "ASIAEXAMPLE0000000é",
        "ASIA-EXAMPLE-000000", String(repeating: "A", count: 129),
    ])
    func `a malformed key ID is refused`(_ id: String) {
        #expect(member { () throws(SessionCredentialsError) in try .sample(accessKeyID: id) } == .accessKeyID)
    }

    @Test(arguments: [
        "", "short", "hush/key hush/key", "hush/key/hush/key\n[default]", "hush/key/hush/ké",
        "hush/key/hush/key\u{7F}",
        "hush/key/hush/key\u{0}", "hush/key/hush/key\u{85}",
    ])
    func `a malformed secret or token is refused`(_ secret: String) {
        #expect(
            member { () throws(SessionCredentialsError) in try .sample(secretAccessKey: secret) }
                == .secretAccessKey
        )
        #expect(
            member { () throws(SessionCredentialsError) in try .sample(sessionToken: secret) }
                == .sessionToken
        )
    }

    @Test func `lengths are limited`() {
        #expect(
            member { () throws(SessionCredentialsError) in
                try .sample(secretAccessKey: String(repeating: "s", count: 257))
            } == .secretAccessKey
        )
        #expect(
            member { () throws(SessionCredentialsError) in
                try .sample(sessionToken: String(repeating: "s", count: 16_385))
            } == .sessionToken
        )
        #expect(
            member { () throws(SessionCredentialsError) in
                try .sample(region: String(repeating: "r", count: 65))
            } == .region
        )
    }

    @Test(arguments: [
        "", "role/audit", "arn:aws:sts::111122223333:", "arn:aws:sts::111122223333:assumed-role/a\n/s",
    ])
    func `a malformed ARN is refused`(_ arn: String) {
        #expect(
            member { () throws(SessionCredentialsError) in try .sample(assumedRoleARN: arn) }
                == .assumedRoleARN
        )
    }

    @Test func `expired credentials are refused`() {
        let now = Self.issued + 3600
        #expect(throws: SessionCredentialsError.expired(at: now, now: now)) {
            try SessionCredentials.sample(now: now)
        }
    }

    @Test(arguments: [.infinity, .nan, 253_402_300_800 - 1_800_000_000, 1e300])
    func `an expiration beyond the year 9999 is refused`(_ lifetime: Double) {
        #expect(
            member { () throws(SessionCredentialsError) in try .sample(lifetime: lifetime, now: Self.issued) }
                == .expiration
        )
    }

    @Test func `an error names the member and not its value`() {
        do throws(SessionCredentialsError) {
            _ = try SessionCredentials.sample(secretAccessKey: "wJalr\nXUtnFEMI")
        } catch {
            #expect(error.description.hasPrefix("SecretAccessKey is"))
            #expect(!error.description.contains("XUtn"))
        }
    }

    private func member(
        of make: () throws(SessionCredentialsError) -> SessionCredentials
    ) -> SessionCredentialsError.Member? {
        do throws(SessionCredentialsError) {
            _ = try make()
            return nil
        } catch {
            guard case .malformed(let member, _) = error else { return nil }
            return member
        }
    }
}
