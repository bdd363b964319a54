import Federation
import Foundation
import TestSupport
import Testing

@testable import AWS

@Suite(.limited) struct SigV4Tests {
    struct Vectors: Decodable {
        let accessKeyId: String
        let secretAccessKey: String
        let vectors: [Vector]
    }

    struct Vector: Decodable, CustomTestStringConvertible {
        let name: String
        let method: String
        let path: String
        let query: String
        let headers: [String: String]
        let body: String
        let token: String?
        let region: String
        let service: String
        let authorization: String

        var testDescription: String { name }
    }

    static let fixture: Vectors? = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Fixtures/sigv4-vectors.json"
        )
        return (try? Data(contentsOf: file)).flatMap { try? JSONDecoder().decode(Vectors.self, from: $0) }
    }()

    @Test func `the test vectors of botocore are present`() throws {
        let fixture = try #require(Self.fixture)
        #expect(fixture.vectors.count >= 25)
    }

    @Test(arguments: fixture?.vectors ?? [])
    func `a signature equals botocore's`(_ vector: Vector) throws {
        let fixture = try #require(Self.fixture)
        let signer = SigV4(timestamp: "20150830T123600Z", region: vector.region, service: vector.service)
        let request = SigV4.Request(
            method: vector.method,
            path: vector.path,
            query: vector.query,
            headers: [(name: "host", value: "example.amazonaws.com")]
                + vector.headers.map { (name: $0.key, value: $0.value) },
            body: Data(vector.body.utf8)
        )
        let credentials = SigningCredentials(
            accessKeyID: fixture.accessKeyId,
            secretAccessKey: Secret(fixture.secretAccessKey),
            sessionToken: vector.token.map(Secret.init)
        )
        let added = signer.authorize(request, with: credentials)
        #expect(added.last?.value == vector.authorization)
        #expect(added.contains { $0.name == "x-amz-security-token" } == (vector.token != nil))
    }

    @Test func `the signing key of a scope is derived once`() {
        let keys = SigningKeys()
        let signer = SigV4(timestamp: "20150830T123600Z", region: "us-east-1", service: "sts")
        let later = SigV4(timestamp: "20150830T223600Z", region: "us-east-1", service: "sts")
        let nextDay = SigV4(timestamp: "20150831T123600Z", region: "us-east-1", service: "sts")
        #expect(keys.key(of: signer, secret: Secret("s")) == keys.key(of: later, secret: Secret("s")))
        #expect(keys.key(of: signer, secret: Secret("s")) == signer.signingKey(secret: Secret("s")))
        #expect(keys.key(of: nextDay, secret: Secret("s")) != keys.key(of: signer, secret: Secret("s")))
        #expect(keys.key(of: signer, secret: Secret("t")) != keys.key(of: signer, secret: Secret("s")))
        #expect(keys.count == 3)
    }

    @Test func `a timestamp has no separators`() {
        #expect(SigV4.timestamp(of: Date(timeIntervalSince1970: 1_440_938_160)) == "20150830T123600Z")
    }

    @Test func `values of a repeated header are joined in their order`() {
        let signer = SigV4(timestamp: "20150830T123600Z", region: "us-east-1", service: "service")
        let request = SigV4.Request(
            method: "GET",
            path: "/",
            headers: [(name: "A", value: "2"), (name: "a", value: " 1 ")],
            body: Data()
        )
        #expect(signer.canonicalRequest(request, signing: ["a"]).contains("\na:2,1\n"))
    }
}
