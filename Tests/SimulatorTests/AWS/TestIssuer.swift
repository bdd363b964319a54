import Federation
import Foundation
import JWTKit

@testable import Simulator

/// An issuer that signs any claims with any header and publishes its key.
struct TestIssuer {
    static let issuer = "https://sts.windows.net/8f3b2f4e-6d3c-4a6e-9a55-0f6e3a1c2d10/"
    static let keyID = "lab-key-1"

    static let validHeader: [String: JSONValue] = [
        "alg": .string("RS256"), "typ": .string("JWT"), "kid": .string(keyID),
    ]

    private let key: any JWTAlgorithm
    /// The published keys.
    let jwks: Data

    init() async throws {
        let rsa = try Insecure.RSA.PrivateKey(pem: Self.pem)
        let parts = try rsa.publicKey.getKeyPrimitives()
        jwks = Data(
            """
            {"keys":[{"kty":"RSA","use":"sig","kid":"\(Self.keyID)","n":"\(parts.modulus.base64URL)",\
            "e":"\(parts.publicExponent.base64URL)"}]}
            """.utf8
        )
        let collection = await JWTKeyCollection().add(rsa: rsa, digestAlgorithm: .sha256)
        key = try await collection.getKey()
    }

    /// Returns a token with these claims, signed with the key regardless of the header.
    func token(
        _ claims: [String: JSONValue],
        header: [String: JSONValue] = validHeader
    ) throws -> String {
        let parts = [header, claims].map { Data(JSONValue.object($0).compactText.utf8).base64URL }
        let signed = parts.joined(separator: ".")
        return signed + "." + Data(try key.sign(Data(signed.utf8))).base64URL
    }

    /// A key for tests only.
    private static let pem = """
        -----BEGIN PRIVATE KEY-----
        MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQDx05vAhcmqcjNp
        Zx3e8XI5PtzbPyig4yntojOxUcPDs9/TpqiVsNiGE3nrFE78NWse0o7Iw+jcDQb4
        Qshnq842TT+9wxTm6wY6SAEP+QKQsN3+YHGItSqV74s6lmhd6Wa/cC95hrYxtRPf
        aM1wecM3TLN7oDy3OObl88eOLCU3UKVriLIXelI+RefS3FpP0+7N2YtDl9iz7JkB
        oK+v60poIzM5uHB+IiqZF/yZxZ03CN6I3x7ssWUBqU9cJEck+17ORi0w7LfuSa1H
        o70MrlQ4CGG3twPhpLYZwuUp1EVvwVnOL9sZm4Eh1KCPX37TGpT4PQEBt2v3JG0t
        2L55PhCRAgMBAAECggEAESusqZf+TJxQ/vUPy4iSixLF+QnUI09Z5un/WGH1P+A1
        3nf9DKrqxuNbYugVXyZWWbEK6yGw9y30HpzUULsj2Fp2Eg3n3ikWLz11WNpeFqK+
        Un1r1lCBynVgqgtrs+5aibGIJ217oo4oT/LHsoqsxDCNpnOnV/2h9HYxp0xGZLXR
        f+39BHsy97BBBcxcQCE5tFuf1Ph748/+23IP4j6DF211xsQliZFZ7c/+kyyOb4QL
        o1cHXWiM3Gy537WPs91UYZyTefap11zgi5IAv7i82w0NCmVAmwhxO2ROAuWn/g+O
        yR39yZ0W5aAle4PxaVDHEsy1+EilOVHuYvL1fFQZmQKBgQD9qT/wrNKNNSJ7PoHi
        ePwt02NDDJsOqCWY6Jf3HOqE9beCjO67KF1Xjo+BS+C7BwT3/8PwHtL0QhaOlcpD
        GWujD+GB8+EO0o6YUj14LNHymxRY1fXEgtviF7Mr2nEWPJ7gMD62ERUz57MPcHVX
        PojBeTyMJMIRYZbb6/W9wy47qQKBgQD0DmyLgTZ9/BE5PCbq36q9sY636kfiSK8Y
        K2nC0wf1qbv2+F4OnFZLfea/R0H3wYHaZcczJ1qEJF/bDeoYUmPW5XLSv/3NC29H
        IlRS54Wz56A8mQm4qPmR0J2fphgB1fWHxDro4jbY7EGz6HnHdPs2FWFVtHgBIHDN
        7/WBOK/+qQKBgHFPGFPPL2KKeLOq8WQT/ToPMkjyKZV7gQfz5mYpUY1BIc88WyvZ
        VRDWir4MAgApm4uYgZMSgdNAbkkVGjus8ErvviFJqp/vaGkcW38CLmp74bPpJ5a3
        ibdONOgC9P8k5ydoBatYqCr+dhsQdioZsgcSu/wyM0qGWFg26BfzRwS5AoGANpMP
        JLb1N4DpXRIdZcI0TQzqbCgAgRJdzRrQIJfOHNoixRxO9BdzmJgDxFwr3ToxTmQa
        Ak9Xh1sW8EYRRfUOjFxsq8HxACwBaze7AXryRAOUqlhSey+V90xeIvgiQC7XI8/2
        mGMVfrZ+Drv6l2aKUlK/nEmp2B6n+vUgwg+qE1kCgYAgzABhMvvaD58oaNIsF2e4
        NEMrpdHjKuiXuXtVa2V4dkMBmrHc5+Al0e5Gr73Ki06Epi/DFVcT4oU6rbuLXUVu
        lwlMughNP+wx5h+/kYPRG+FqnSpraAP4CLN+ORRk4COfeED3VnzkQeOYH++90dGd
        poJxUUkuITa1smBTxzb2/Q==
        -----END PRIVATE KEY-----
        """
}
