import Crypto
import Federation
import Foundation
import JWTKit
import SwiftASN1
import Testing

/// Signs client assertions like a client library, with the certificate and key of a PEM file.
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

    /// The algorithm and the thumbprint header of an assertion.
    enum Kind: Sendable {
        /// `x5t`, without padding.
        case rs256
        /// `x5t` with padding, as written by Microsoft's library for Python.
        case rs256Padded
        /// `x5t#S256`.
        case ps256
    }

    /// Returns an assertion that is valid for ten minutes.
    func assertion(
        kind: Kind = .rs256,
        clientID: String,
        audience: String,
        subject: String? = nil,
        at date: Date
    ) async throws -> String {
        let keys = JWTKeyCollection()
        var header = JWTHeader()
        let sha1 = Data(Crypto.Insecure.SHA1.hash(data: certificate)).base64URL
        switch kind {
        case .rs256:
            await keys.add(rsa: key, digestAlgorithm: .sha256)
            header[dynamicMember: "x5t"] = .string(sha1)
        case .rs256Padded:
            await keys.add(rsa: key, digestAlgorithm: .sha256)
            header[dynamicMember: "x5t"] = .string(sha1 + "=")
        case .ps256:
            await keys.add(pss: key, digestAlgorithm: .sha256)
            header[dynamicMember: "x5t#S256"] = .string(Data(SHA256.hash(data: certificate)).base64URL)
        }
        return try await keys.sign(
            Assertion(
                aud: audience,
                iss: clientID,
                sub: subject ?? clientID,
                // Microsoft's libraries write fractions of a second.
                nbf: date.timeIntervalSince1970 + 0.25,
                exp: date.timeIntervalSince1970 + 600.25
            ),
            header: header
        )
    }

    private struct Assertion: JWTPayload {
        let aud: String
        let iss: String
        let sub: String
        let nbf: Double
        let exp: Double

        func verify(using _: some JWTAlgorithm) {}
    }
}
