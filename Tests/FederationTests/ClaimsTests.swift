import Foundation
import TestSupport
import Testing

@testable import Federation

@Suite(.computing) struct ClaimsTests {
    private func token(_ header: String, _ payload: String, signature: String = "c2ln") -> Secret {
        Secret("\(Data(header.utf8).base64URL).\(Data(payload.utf8).base64URL).\(signature)")
    }

    @Test func `a token's header and claims are decoded`() throws {
        let claims = try Claims(
            decoding: token(
                #"{"alg":"RS256","kid":"k"}"#,
                """
                {"aud":"api://x","iss":"https://sts.windows.net/t/","sub":"s","oid":"o","tid":"t","ver":"1.0","appid":"c",
                 "uti":"u","iat":1760000000,"nbf":1760000001,"exp":1760086700,"roles":["a","b"]}
                """
            )
        )
        #expect(claims.algorithm == "RS256")
        #expect(claims.keyID == "k")
        #expect(claims.audiences == ["api://x"])
        #expect(claims.effectiveAudiences == ["api://x"])
        #expect(claims.issuer == "https://sts.windows.net/t/")
        #expect(claims.subject == "s")
        #expect(claims.objectID == "o")
        #expect(claims.tenantID == "t")
        #expect(claims.version == "1.0")
        #expect(claims.clientID == "c")
        #expect(claims.uniqueTokenID == "u")
        #expect(claims.roles == ["a", "b"])
        #expect(claims.issuedAt == Date(timeIntervalSince1970: 1_760_000_000))
        #expect(claims.notBefore == Date(timeIntervalSince1970: 1_760_000_001))
        #expect(claims.expiry == Date(timeIntervalSince1970: 1_760_086_700))
    }

    @Test func `azp is the client and the effective audience`() throws {
        let claims = try Claims(decoding: token("{}", #"{"aud":["a","b"],"azp":"c"}"#))
        #expect(claims.clientID == "c")
        #expect(claims.audiences == ["a", "b"])
        #expect(claims.effectiveAudiences == ["c"])
    }

    @Test(arguments: [#""1760000000""#, "1760000000.5", "null"])
    func `a date claim that is not an integer is ignored`(value: String) throws {
        #expect(try Claims(decoding: token("{}", #"{"exp":\#(value)}"#)).expiry == nil)
    }

    static let malformed: [(text: String, error: TokenFormatError)] = [
        ("", .wrongPartCount(1)), ("a.b", .wrongPartCount(2)), ("a.b.c.d", .wrongPartCount(4)),
        ("a.b.c\nd.e.f", .wrongPartCount(5)),
        ("a.b.c.d.e", .encrypted), ("e30.e30.", .unsigned), ("e30=.e30.c2ln", .padded(part: "header")),
        ("e30.e30.c2ln==", .padded(part: "signature")), ("e30.e30.c2l", .notCanonical(part: "signature")),
        ("e30.e31.c2ln", .notCanonical(part: "payload")), ("e30.e30.c", .notBase64URL(part: "signature")),
        ("eyJhIjoxLCJhIjoyfQ.e30.c2ln", .repeatedMember(part: "header", "a")),
        ("e30.eyJhIjpbeyJiIjoxLCJiIjoyfV19.c2ln", .repeatedMember(part: "payload", "b")),
        ("eyJjcml0IjpbImI2NCJdfQ.e30.c2ln", .critical(["b64"])),
        ("e30.e+0.c2ln", .standardBase64(part: "payload")), ("W10.e30.c2ln", .notJSONObject(part: "header")),
        ("e30.ew.c2ln", .notJSONObject(part: "payload")), ("Try again. See docs. Bye.", .words),
    ]

    @Test(arguments: malformed)
    func `a text that is not a signed JWT is refused with the reason`(text: String, error: TokenFormatError) {
        #expect(throws: error) { try Claims(decoding: Secret(text)) }
    }

    @Test(arguments: ["", "f", "fo", "foo", "foob", "\u{FF}\u{3E}?"])
    func `base64url survives encoding and decoding`(text: String) {
        let data = Data(text.utf8)
        #expect(!data.base64URL.contains { "+/=".contains($0) })
        #expect(Data(base64URL: data.base64URL) == data)
    }
}
