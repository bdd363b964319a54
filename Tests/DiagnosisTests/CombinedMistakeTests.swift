import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// Several mistakes in one statement or in one value: each is named, and one policy corrects all of them.
@Suite(.computing) struct CombinedMistakeTests {
    private static let issuer = EntraFixture.provider
    private static let noSlash = String(issuer.dropLast())
    private static let otherTenant = "sts.windows.net/\(EvidenceFixture.other)/"
    private static let me = EntraFixture.subject
    private static let audience = EntraFixture.audience
    private static let noScheme = String(audience.dropFirst("api://".count))
    private static let client = EntraFixture.clientID

    private static func explanation(_ conditions: String) -> Explanation {
        Explanation(EvidenceFixture.policy(#"{"StringEquals":{\#(conditions)}}"#))
    }

    /// Conditions on the audience and the subject, and the causes that name their mistakes, in any order.
    static let statements: [(conditions: String, causes: Set<String>)] = [
        (
            #""\#(issuer):aud":"\#(audience)/","\#(issuer):sub":"\#(me.uppercased())""#,
            ["value-final-slash", "value-case"]
        ),
        (
            #""\#(issuer):aud":"\#(noScheme)","\#(issuer):sub":"\#(client)""#,
            ["value-scheme", "sub-is-client-id"]
        ),
        (
            #""\#(otherTenant):aud":"\#(noScheme)","\#(issuer):sub":"\#(me) ""#,
            ["condition-key-issuer", "value-blanks"]
        ),
        (
            #""\#(noSlash):aud":"\#(noScheme)","\#(noSlash):sub":"\#(me.uppercased())""#,
            ["condition-key-slash"]
        ),
        (
            #""https://\#(issuer):aud":"\#(audience.uppercased())/","\#(issuer):subject":"{\#(me)}""#,
            ["condition-key-prefix", "condition-key-claim"]
        ),
        (
            #""\#(noSlash):aud":"\#(audience)/.default","\#(noSlash):sub":"\#(client)""#,
            ["condition-key-slash"]
        ),
    ]

    @Test(arguments: statements)
    func `one policy corrects all mistakes of a statement`(conditions: String, causes: Set<String>) throws {
        let explanation = Self.explanation(conditions)
        #expect(explanation.decision == .deny)
        let trust = explanation.causes.filter { $0.evidence.hasPrefix("Statement[0]") }
        #expect(Set(trust.map(\.id)) == causes, "\(explanation.causes.map(\.id))")
        let command = try #require(trust.first?.commands.first, "\(trust.map(\.fix))")
        let start = try #require(command.firstRange(of: "--policy-document '"))
        let policy = try TrustPolicy(
            parsing: String(command[start.upperBound...].prefix { $0 != "'" }),
            quota: nil
        )
        #expect(policy.evaluate(EntraFixture.request()).decision == .allow)
        for other in [EvidenceFixture.other, Self.client, Self.me.uppercased()] {
            let claims = EntraFixture.token(["sub": .string(other), "oid": .string(other)])
            #expect(policy.evaluate(EntraFixture.request(claims: claims)).decision != .allow)
        }
    }

    /// Keys with a mistake, values with a mistake, and the words of the correction of both.
    static let pairs: [(key: String, value: String, words: String)] = [
        (
            "\(noSlash):sub", me.uppercased(),
            "Write the key as \(issuer):sub, and the value as \(me), because the required value differs from \(me) only in "
                + "letter case."
        ),
        (
            "https://\(issuer):aud", "\(audience)/",
            "Write the key as \(issuer):aud, and the value as \(audience), because"
        ),
        (
            "\(otherTenant):aud", noScheme,
            "and the value as \(audience), because the required value lacks the api:// of \(audience)."
        ),
        (
            "\(issuer):subject", client,
            "and the value as \(me), because the required value is the identity's client ID"
        ),
        ("\(noSlash):sub", me, "Write the key as \(issuer):sub."),
    ]

    @Test(arguments: pairs)
    func `the words for a mistaken key also correct a mistaken value`(
        key: String,
        value: String,
        words: String
    ) throws {
        let rest =
            key.contains(":aud")
            ? #""\#(Self.issuer):sub":"\#(Self.me)""# : #""\#(Self.issuer):aud":"\#(Self.audience)""#
        let cause = try #require(Self.explanation(#"\#(rest),"\#(key)":"\#(value)""#).causes.first)
        #expect(cause.id.hasPrefix("condition-key-"), "\(cause.id)")
        #expect(cause.fix.contains(words), "\(cause.fix)")
    }

    /// Audiences that may be another application's, in a condition with a mistaken key, and the named difference.
    @Test(arguments: [
        (audience.replacing("11111111-", with: "11111112-"), "only in the digit at character 14"),
        (EvidenceFixture.other, "a GUID is required, but the token has the URI"),
        (audience.replacing("logging", with: "reports"), nil as String?),
    ])
    func `an audience that may be another application's is a decision`(
        value: String,
        difference: String?
    ) throws {
        let explanation = Self.explanation(
            #""\#(Self.noSlash):aud":"\#(value)","\#(Self.noSlash):sub":"\#(Self.me)""#
        )
        let cause = try #require(explanation.causes.first { $0.id == "aud-mismatch" })
        #expect(cause.fix.contains("Decide whether "), "\(cause.fix)")
        if let difference {
            #expect(cause.fix.contains("With the key \(Self.issuer):aud, "), "\(cause.fix)")
            #expect(cause.fix.contains(difference), "\(cause.fix)")
        }
        let causes = explanation.causes.filter { $0.evidence.hasPrefix("Statement[0]") }
        #expect(causes.flatMap(\.commands).isEmpty && !causes.contains { $0.fix.contains("Write the") })
    }

    /// Required audiences, the cause, and parts of its text; the token's audience is `api://<tenant>/security-aws-logging`.
    ///
    /// Source: reference on AWS, aud and ClientIDList: an exact, case-sensitive string.
    static let audiences: [(required: String, id: String, parts: [String])] = [
        ("\(audience)/", "value-final-slash", ["only in the trailing slash"]),
        (noScheme, "value-scheme", ["lacks api://", "lacks the api:// of \(audience)"]),
        (audience.uppercased(), "value-case", ["only in letter case"]),
        (
            audience.replacing("11111111-", with: "11111112-"), "value-digit",
            ["in one digit of a GUID", "only in the digit at character 14", "another application"]
        ),
        ("\(noScheme)/", "value-spelling", ["only in the missing api:// and the trailing slash"]),
        (
            " \(audience.uppercased())/", "value-spelling",
            ["white space or invisible characters, the trailing slash and letter case"]
        ),
        (audience.replacing("11111111-", with: "11111122-"), "aud-mismatch", ["a different audience"]),
        (audience.replacing("logging", with: "loggins"), "aud-mismatch", ["a different audience"]),
    ]

    @Test(arguments: audiences)
    func `a near miss of the audience is named with its correction`(
        required: String,
        id: String,
        parts: [String]
    ) throws {
        let conditions = #""\#(Self.issuer):aud":"\#(required)","\#(Self.issuer):sub":"\#(Self.me)""#
        let cause = try #require(Self.explanation(conditions).causes.first)
        #expect(cause.id == id, "\(cause.fix)")
        let text = "\(cause.summary) \(cause.evidence) \(cause.fix)"
        for part in parts { #expect(text.contains(part), "\(text)") }
        if id != "aud-mismatch" {
            #expect(cause.fix.contains("Write the value as \(Self.audience)."), "\(cause.fix)")
        }
        #expect(!cause.commands.isEmpty)
    }

    @Test(arguments: audiences.dropLast(2))
    func `a near miss of the audience among the client IDs is named`(
        required: String,
        id: String,
        parts: [String]
    ) throws {
        let explanation = Explanation(EvidenceFixture.provider(clientIDs: [required]))
        let cause = try #require(explanation.causes.first { $0.id == "audience-form" })
        #expect(
            cause.evidence.contains(parts.last(where: cause.evidence.contains) ?? "-"),
            "\(cause.evidence)"
        )
        #expect(cause.commands.first?.contains("--client-id \(Self.audience)") == true)
    }

    // Source: RFC 9562, section 4: each object ID is independent, so another digit is another identity.
    @Test func `another digit of a subject is another identity`() throws {
        let other = Self.me.replacing("1ea7e6e0", with: "1ea7e6e1")
        let conditions = #""\#(Self.issuer):aud":"\#(Self.audience)","\#(Self.issuer):sub":"\#(other)""#
        #expect(Self.explanation(conditions).causes.first?.id == "sub-mismatch")
    }
}
