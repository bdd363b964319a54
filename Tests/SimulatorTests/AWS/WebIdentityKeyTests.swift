import Federation
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Simulator

/// STS's cache of issuers' keys, and its verification of signatures.
@Suite(.limited) struct WebIdentityKeyTests {
    private static let noKey =
        "400 InvalidIdentityToken: Couldn't retrieve verification key from your identity provider,  please reference "
        + "AssumeRoleWithWebIdentity documentation for requirements"

    @Test(arguments: [
        ("unpublished kid", ["kid": JSONValue.string("rolled")]),
        ("no kid", ["kid": nil]),
        ("symmetric algorithm", ["alg": .string("HS256")]),
        ("no algorithm", ["alg": .string("none")]),
        ("PSS", ["alg": .string("PS256")]),
        ("an RSA hash other than the signature's", ["alg": .string("RS512")]),
    ])
    func `a header that STS cannot verify is refused`(name: String, changes: [String: JSONValue?])
        async throws
    {
        let harness = try await AWSHarness()
        let token = try harness.testIssuer.token(
            harness.claims,
            header: TestIssuer.validHeader.changed(by: changes)
        )
        #expect(try await harness.exchange(["WebIdentityToken": token]).refusal == Self.noKey)
    }

    @Test func `claims that were changed after signing are refused`() async throws {
        let harness = try await AWSHarness()
        let good = try harness.testIssuer.token(harness.claims).split(separator: ".")
        let other = try harness.testIssuer.token(harness.claims.changed(by: ["ver": .string("2.0")])).split(
            separator: "."
        )
        let token = "\(good[0]).\(other[1]).\(good[2])"
        #expect(try await harness.exchange(["WebIdentityToken": token]).refusal == Self.noKey)
    }

    @Test func `a header with a wrong algorithm does not affect the key for valid tokens`() async throws {
        let harness = try await AWSHarness()
        let header = TestIssuer.validHeader.changed(by: ["alg": .string("RS512")])
        let wrong = try harness.testIssuer.token(harness.claims, header: header)
        _ = try await harness.exchange(["WebIdentityToken": wrong])
        #expect(try await harness.exchange().status == 200)
    }

    @Test func `keys are fetched once, and again for an unknown key`() async throws {
        let testIssuer = try await TestIssuer()
        let harness = try await AWSHarness()
        let fetches = Mutex(0)
        let cache = IssuerKeyCache { issuer in
            let count = fetches.withLock { count in
                count += 1
                return count
            }
            let jwks = count == 1 ? Data(#"{"keys":[]}"#.utf8) : testIssuer.jwks
            return TrustedIssuerKeys(issuer: issuer, jwks: jwks)
        }
        let token = try WebIdentityToken(Secret(testIssuer.token(harness.claims)))
        await #expect(throws: AWSFault.self) { try await cache.verify(token) }
        try await cache.verify(token)
        try await cache.verify(token)
        #expect(fetches.withLock { $0 } == 2)
    }

    @Test func `the keys of an unreachable issuer stay cached`() async throws {
        let testIssuer = try await TestIssuer()
        let harness = try await AWSHarness()
        let isReachable = Mutex(true)
        let cache = IssuerKeyCache { issuer in
            isReachable.withLock { $0 } ? TrustedIssuerKeys(issuer: issuer, jwks: testIssuer.jwks) : nil
        }
        let good = try WebIdentityToken(Secret(testIssuer.token(harness.claims)))
        let header = TestIssuer.validHeader.changed(by: ["kid": .string("rolled")])
        let unpublished = try WebIdentityToken(Secret(testIssuer.token(harness.claims, header: header)))
        try await cache.verify(good)
        isReachable.withLock { $0 = false }
        await #expect(throws: AWSFault.self) { try await cache.verify(unpublished) }
        try await cache.verify(good)
    }
}
