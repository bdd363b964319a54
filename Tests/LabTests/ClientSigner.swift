import Crypto
import Federation
import Foundation
import JWTKit
import SwiftASN1
import Testing

/// Signs client assertions as a client library does, with a certificate and its key from a PEM file.
struct ClientSigner {
    private let certificate: Data
    private let key: JWTKit.Insecure.RSA.PrivateKey

    init(pem: String) throws {
        let documents = try PEMDocument.parseMultiple(pemString: pem)
        let certificate = try #require(documents.first { $0.discriminator == "CERTIFICATE" })
        let key = try #require(documents.first { $0.discriminator == "PRIVATE KEY" })
        self.certificate = Data(certificate.derBytes)
        self.key = try JWTKit.Insecure.RSA.PrivateKey(pem: key.pemString)
    }

    /// An assertion by RS256 with `x5t`, good for ten minutes.
    func assertion(
        clientID: String,
        audience: String,
        subject: String? = nil,
        at date: Date
    ) async throws -> String {
        let keys = JWTKeyCollection()
        await keys.add(rsa: key, digestAlgorithm: .sha256)
        let thumbprint = Data(Crypto.Insecure.SHA1.hash(data: certificate)).base64URL
        return try await keys.sign(
            Assertion(
                aud: audience,
                iss: clientID,
                sub: subject ?? clientID,
                nbf: Int(date.timeIntervalSince1970),
                exp: Int(date.timeIntervalSince1970) + 600
            ),
            header: ["x5t": .string(thumbprint)]
        )
    }

    private struct Assertion: JWTPayload {
        let aud: String
        let iss: String
        let sub: String
        let nbf: Int
        let exp: Int

        func verify(using algorithm: some JWTAlgorithm) {}
    }
}
