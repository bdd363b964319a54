import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// Neither the command of a fix nor its words allow another caller or bypass a restriction.
@Suite(.computing) struct PolicyHarmTests {
    private static let issuer = EntraFixture.provider
    private static let subject = EntraFixture.subject
    private static let audience = EntraFixture.audience
    private static let other = EvidenceFixture.other

    private static func evidence(
        _ statements: [String],
        version: String = "2012-10-17",
        _ change: (inout Evidence) -> Void = { _ in }
    ) -> Evidence {
        EvidenceFixture.evidence {
            let list = statements.joined(separator: ",")
            $0.policy = PolicyEvidence(document: #"{"Version":"\#(version)","Statement":[\#(list)]}"#)
            $0.request.sourceIP = "198.51.100.7"
            change(&$0)
        }
    }

    static func statement(
        _ conditions: String,
        principal: String = #"{"Federated":"\#(EntraFixture.providerARN)"}"#,
        actions: String = #""sts:AssumeRoleWithWebIdentity""#,
        effect: String = "Allow"
    ) -> String {
        #"{"Effect":"\#(effect)","Principal":\#(principal),"Action":\#(actions),"Condition":{\#(conditions)}}"#
    }

    static func equals(_ subject: String, _ audience: String = audience, issuer: String = issuer) -> String {
        #""StringEquals":{"\#(issuer):aud":"\#(audience)","\#(issuer):sub":"\#(subject)"}"#
    }

    private static func policies(_ explanation: Explanation) throws -> [TrustPolicy] {
        try explanation.causes.flatMap(\.commands).compactMap { command in
            guard let start = command.firstRange(of: "--policy-document '") else { return nil }
            return try TrustPolicy(
                parsing: String(command[start.upperBound...].prefix { $0 != "'" }),
                quota: nil
            )
        }
    }

    static func describesEdit(_ fix: String) -> Bool {
        fix.contains(
            /Write the|Set Principal|In Principal|Set "Version"|sets Version|Add sts:|[Aa]dd its sub|Or add|Replace the value|, replace|with StringEquals|Change the dates|Correct the value|[Uu]se (?:that key|this key|sub |:sub |sts\.|token\.)|Or |Put |Replace \$|Remove |replace the (?:value|ID|condition)/
        )
    }

    // Variables in a policy of the old version.

    private static let sub = "${\(issuer):sub}"
    private static let aud = #""StringEquals":{"\#(issuer):aud":"\#(audience)"}"#

    static let variables: [[String]] = [
        [statement(#""StringEquals":{"\#(issuer):aud":"\#(audience)","sts:RoleSessionName":"\#(sub)"}"#)],
        [statement(#"\#(aud),"StringLike":{"sts:RoleSessionName":"\#(sub)"}"#)],
        [statement(#"\#(aud),"StringLike":{"sts:RoleSessionName":["\#(sub)*","x-\#(sub)"]}"#)],
        [statement(#""StringLike":{"\#(issuer):sub":"*","sts:RoleSessionName":"\#(sub)"}"#)],
        [
            statement(
                #"\#(aud),"StringLike":{"\#(issuer):sub":["\#(subject)","\#(other)"],"sts:RoleSessionName":"\#(sub)"}"#
            )
        ],
        [statement(#"\#(aud),"StringLike":{"sts:SourceIdentity":"\#(sub)"}"#, actions: #""sts:*""#)],
        [statement(#"\#(aud),"StringLike":{"aws:RequestTag/owner":"\#(sub)"}"#, actions: #""sts:*""#)],
        [
            statement(
                #"\#(aud),"StringLike":{"sts:RoleSessionName":"${aws:RequestTag/owner}"}"#,
                actions: #""sts:*""#
            )
        ],
        // The version also changes the other statements.
        [
            statement(#"\#(equals(subject)),"StringLike":{"sts:RoleSessionName":"\#(sub)"}"#),
            statement(
                #""StringEquals":{"aws:PrincipalTag/owner":"${aws:username}"}"#,
                principal: #"{"AWS":"111122223333"}"#,
                actions: #""sts:AssumeRole""#
            ),
        ],
        [
            statement(#"\#(equals(subject)),"StringLike":{"sts:RoleSessionName":"\#(sub)"}"#),
            statement(#"\#(equals(other)),"StringLike":{"sts:RoleSessionName":"\#(sub)"}"#),
        ],
        [
            statement(#"\#(equals(subject)),"StringLike":{"sts:RoleSessionName":"\#(sub)"}"#), statement(aud),
            statement(
                #""StringNotEquals":{"sts:RoleSessionName":"\#(sub)"}"#,
                actions: #""sts:*""#,
                effect: "Deny"
            ),
        ],
    ]

    private static let ownValues: [String: JSONValue?] = [
        "https://aws.amazon.com/tags": .object([
            "principal_tags": .object(["owner": .array([.string(subject)])])
        ]),
        "https://aws.amazon.com/source_identity": .string(subject),
    ]

    @Test(arguments: variables)
    func `the version is not set if a variable's value is the caller's own`(statements: [String]) throws {
        let explanation = Explanation(
            Self.evidence(statements, version: "2008-10-17") {
                $0.request.sessionName = Self.subject
                $0.token = .claims(
                    EntraFixture.token(statements[0].contains("\"sts:*\"") ? Self.ownValues : [:])
                )
            }
        )
        #expect([.deny, .explicitDeny].contains(explanation.decision), "\(explanation.causes)")
        #expect(try Self.policies(explanation).allSatisfy { $0.version == .v2008 })
        for cause in explanation.causes { #expect(!Self.describesEdit(cause.fix), "\(cause.fix)") }
    }

    // A small mistake in one statement, and a restriction in another statement.

    static let account = EntraFixture.providerARN.replacing("111122223333", with: "444455556666")
    static let mistakes: [String] = [
        statement(equals(EntraFixture.clientID)), statement(equals(subject.uppercased())),
        statement(equals(subject + " ")), statement(equals("{\(subject)}")), statement(equals("*")),
        statement(equals(subject, audience + "/")), statement(equals(subject, audience + "/.default")),
        statement(equals(subject, audience.uppercased())), statement(equals(subject, "api://old")),
        statement(equals(subject, EntraFixture.clientID)),
        statement(equals(subject, issuer: String(issuer.dropLast()))),
        statement(#""StringEquals":{"aud":"\#(audience)","sub":"\#(subject)"}"#),
        statement(equals(subject), principal: #"{"Federated":"\#(account)"}"#),
        statement(
            equals(subject),
            principal: #"{"Federated":"\#(EntraFixture.providerARN.dropLast())"}"#
        ),
        statement(equals(subject), actions: #""sts:AssumeRole""#),
        statement(#"\#(equals(subject)),"Null":{"\#(issuer):email":"false"}"#),
        statement(#""NumericEquals":{"\#(issuer):sub":"\#(subject)"}"#),
        statement(equals(other)), statement(equals(other, "api://old")),
    ]

    static let addressees: [String] = [
        equals(subject), equals(subject, "api://old"),
        #""StringEquals":{"\#(issuer):sub":["\#(other)","\#(subject)"]}"#,
        #""StringLike":{"\#(issuer):sub":"*"}"#,
        #""StringLike":{"\#(issuer):sub":"\#(subject.prefix(8))*"}"#,
        #""StringLike":{"\#(issuer):aud":"api://*"}"#, #""Null":{"\#(issuer):sub":"false"}"#,
        #""StringNotEquals":{"\#(issuer):sub":"\#(other)"}"#,
        #""StringEqualsIfExists":{"\#(issuer):sub":"\#(subject)"}"#,
        #""StringLike":{"\#(issuer):sub":"${sts:RoleSessionName}"}"#, equals(EntraFixture.clientID),
        equals(subject.uppercased()), equals(subject, issuer: String(issuer.dropLast())),
    ]

    static let restrictions: [String] = [
        #""IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#,
        #""DateLessThan":{"aws:CurrentTime":"2025-01-01T00:00:00Z"}"#,
        #""StringEqualsIgnoreCase":{"sts:RoleSessionName":"prod"}"#,
        #""Bool":{"aws:MultiFactorAuthPresent":"true"}"#,
        #""ForAnyValue:StringEquals":{"\#(issuer):amr":"mfa"}"#,
    ]

    @Test(arguments: mistakes, addressees)
    func `the correction of a statement does not bypass another statement's restriction`(
        mistake: String,
        addressee: String
    ) throws {
        for restriction in Self.restrictions {
            // Without the subject, a condition on amr excludes the tokens of all applications.
            if restriction.contains("amr"), !addressee.contains(Self.subject) { continue }
            let sibling = Self.statement("\(addressee),\(restriction)")
            for statements in [[mistake, sibling], [sibling, mistake]] {
                let explanation = Explanation(Self.evidence(statements))
                #expect(explanation.decision == .deny)
                #expect(try Self.policies(explanation).isEmpty, "\(statements)")
                let text = explanation.causes.map(\.fix).joined(separator: "\n")
                // The restricted statement itself may be the nearest statement.
                let isMistakeNearest = explanation.statement == statements.firstIndex(of: mistake)
                if isMistakeNearest { #expect(!Self.describesEdit(text), "\(statements): \(text)") }
            }
        }
    }

    @Test(arguments: ["StringNotEquals", "StringNotLike"])
    func `the words of a fix do not undo the exclusion in another statement`(comparison: String) throws {
        let mistake = Self.statement(Self.equals(EntraFixture.clientID))
        let exclusion = Self.statement(#""\#(comparison)":{"\#(Self.issuer):sub":"\#(Self.subject)"}"#)
        let explanation = Explanation(Self.evidence([mistake, exclusion]))
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "sub-is-client-id" && cause.commands.isEmpty)
        #expect(!Self.describesEdit(cause.fix), "\(cause.fix)")
    }

    @Test func `the correction of GitHub's letter case does not bypass a restriction`() throws {
        let gitHub = "token.actions.githubusercontent.com"
        func statement(_ subject: String, _ further: String = "") -> String {
            Self.statement(
                #""StringEquals":{"\#(gitHub):aud":"sts.amazonaws.com"},"StringLike":{"\#(gitHub):sub":"\#(subject)"}\#(further)"#,
                principal: #"{"Federated":"arn:aws:iam::111122223333:oidc-provider/\#(gitHub)"}"#
            )
        }
        let restricted = #","IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#
        let plain = "repo:acme/app:*"
        for (first, second) in [("repo:Acme/App:*", plain), (plain.uppercased(), "repo:ACME/app:*")] {
            let explanation = Explanation(
                Self.evidence([statement(first), statement(second, restricted)]) {
                    $0.token = .claims(
                        Claims(
                            header: ["alg": .string("RS256"), "kid": .string("k1")],
                            payload: [
                                "iss": .string("https://\(gitHub)"), "aud": .string("sts.amazonaws.com"),
                                "sub": .string("repo:acme/app:ref:refs/heads/main"),
                                "iat": .integer(EntraFixture.issued),
                                "exp": .integer(EntraFixture.issued + 7200),
                            ]
                        )
                    )
                    $0.providers = nil
                    $0.identity = nil
                    $0.request.audience = nil
                    $0.request.appRole = nil
                }
            )
            #expect(explanation.decision == .deny)
            #expect(try Self.policies(explanation).isEmpty)
            let cause = try #require(explanation.causes.first { $0.id == "value-case" })
            #expect(cause.fix.contains("Decide whether"), "\(cause.fix)")
        }
    }

    // Words about a statement that requires no subject.

    private static let noSlash = String(issuer.dropLast())

    static let open: [(statement: String, id: String)] = [
        (statement(#""StringEquals":{"\#(noSlash):aud":"\#(audience)"}"#), "condition-key-slash"),
        (statement(#""StringEquals":{"aud":"\#(audience)"}"#), "condition-key-form"),
        (
            statement(
                #""StringEquals":{"\#(noSlash):aud":"\#(audience)"},"StringLike":{"\#(issuer):sub":"*"}"#
            ),
            "condition-key-slash"
        ),
        (statement(aud, principal: #"{"Federated":"\#(account)"}"#), "principal-account"),
        (statement(aud, actions: #""sts:AssumeRole""#), "action-mismatch"),
        (statement(#""StringEquals":{"\#(issuer):aud":"api://old"}"#), "aud-mismatch"),
        (statement(#""StringEquals":{"\#(issuer):aud":"\#(audience)/"}"#), "value-final-slash"),
        (statement(#""StringEquals":{"\#(issuer):aud":"api://*"}"#), "wildcard-under-equals"),
        (statement(#""NumericEquals":{"\#(issuer):aud":"\#(audience)"}"#), "operator-type"),
        (statement(#"\#(aud),"Null":{"\#(issuer):amr":"false"}"#), "key-absent"),
        (statement(#"\#(aud),"StringLike":{"sts:RoleSessionName":"prod"}"#), "session-name-mismatch"),
        (statement(#"\#(aud),"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#), "source-ip-mismatch"),
        (statement(#"\#(aud),"DateLessThan":{"aws:CurrentTime":"2025-01-01T00:00:00Z"}"#), "outside-dates"),
        (statement(#"\#(aud),"DateLessThan":{"aws:CurrentTime":"2027-01-01T00:00:00"}"#), "value-unreadable"),
        (statement(#"\#(aud),"StringLike":{"aws:PrincipalTag/team":"red"}"#), "key-absent"),
        (statement(#"\#(aud),"ForAnyValue:StringLike":{"aws:TagKeys":"team"}"#), "key-absent"),
        (statement(#"\#(aud),"StringLike":{"aws:PrincipalOrgID":"o-1"}"#), "key-absent"),
        (statement(#""StringEquals":{"https://\#(issuer):aud":"\#(audience)"}"#), "condition-key-prefix"),
        (statement(#""StringEquals":{"\#(issuer):audience":"\#(audience)"}"#), "condition-key-claim"),
        (statement(#"\#(aud),"Null":{"\#(issuer):subj":"false"}"#), "condition-key-claim"),
        (statement(#"\#(aud),"StringLike":{"sts:RoleSessionName":"${aws:username}"}"#), "variable-absent"),
        (statement(#"\#(aud),"Null":{"sts:RoleSessionName":"true"}"#), "key-present"),
        (statement(#""Null":{"\#(issuer):aud":"true"}"#), "aud-excluded"),
        (statement(#""StringEquals":{"\#(issuer):aud":"https://\#(issuer)"}"#), "aud-is-other-claim"),
        // A list of identities, of which the policy allows none now.
        (
            statement(
                #""StringEquals":{"\#(noSlash):aud":"\#(audience)","\#(issuer):sub":["\#(subject)","\#(other)"]}"#
            ), "condition-key-slash"
        ),
    ]

    @Test(arguments: open)
    func `the words of a fix do not open a statement to other identities`(statement: String, id: String)
        throws
    {
        let explanation = Explanation(Self.evidence([statement]))
        let cause = try #require(explanation.causes.first)
        #expect(explanation.causes.contains { $0.id == id }, "\(explanation.causes.map(\.id))")
        for cause in explanation.causes { #expect(!Self.describesEdit(cause.fix), "\(cause.fix)") }
        let isNarrow = cause.fix.contains("a statement that allows only the token's identity:")
        #expect(isNarrow || cause.fix.contains("cambist proposes no command"), "\(cause.fix)")
        #expect(isNarrow == !cause.commands.isEmpty)
    }

    static let narrow: [(statement: String, words: String)] = [
        (statement(equals(subject, issuer: noSlash)), "Write the key as "),
        (statement(equals(subject, audience + "/")), "Write the value as "),
        (statement(equals(EntraFixture.clientID)), ", replace \(EntraFixture.clientID)"),
        (
            statement(equals(subject), principal: #"{"Federated":"\#(account)"}"#),
            "Set Principal.Federated to "
        ),
        (statement(equals(subject), actions: #""sts:AssumeRole""#), "Add sts:AssumeRoleWithWebIdentity"),
        (statement(equals(subject, "api://old")), "add \(audience) to the condition"),
        (statement(equals(other)), "add its sub \(subject)"),
        (
            statement(#"\#(equals(subject)),"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#),
            "Or add 198.51.100.7"
        ),
        (statement(equals(subject, issuer: "https://\(issuer)")), "Write the key as "),
        (statement(#"\#(equals(subject)),"Null":{"\#(issuer):subj":"false"}"#), "Write the key as "),
        (statement(#"\#(aud),"StringLike":{"\#(issuer):oid":"\#(subject)"}"#), "Use sub instead, which is "),
        (statement(equals(EntraFixture.tenant)), "replace the value in the condition on sub with "),
        (
            statement(#"\#(equals(subject)),"StringLike":{"sts:RoleSessionName":"${aws:username}"}"#),
            "Replace ${aws:username} with "
        ),
        (
            statement(#"\#(equals(subject)),"StringLike":{"\#(issuer):oid":"\#(subject)"}"#),
            "Remove the condition on \(issuer):oid"
        ),
        (
            statement(
                #"\#(equals(subject)),"StringLike":{"sts:ExternalId":"x","aws:userid":"y"}"#,
                principal: #"{"Federated":"\#(EntraFixture.providerARN)","AWS":"111122223333"}"#,
                actions: #"["sts:AssumeRole","sts:AssumeRoleWithWebIdentity"]"#
            ),
            "Put the OIDC provider into a separate statement"
        ),
        (
            statement(
                #""StringEquals":{"\#(issuer):sub":"\#(subject)"},"Null":{"\#(issuer):aud":"true"}"#
            ),
            "replace the condition with StringEquals on "
        ),
    ]

    @Test(arguments: narrow)
    func `the words of a fix describe the correction of a statement for the identity alone`(
        statement: String,
        words: String
    ) throws {
        let cause = try #require(Explanation(Self.evidence([statement])).causes.first)
        #expect(cause.fix.contains(words), "\(cause.fix)")
    }

    @Test func `the words do not remove another provider of the statement`() throws {
        let gitHub = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
        let statement = Self.statement(
            Self.equals(Self.subject),
            principal: #"{"Federated":["\#(Self.account)","\#(gitHub)"]}"#
        )
        let cause = try #require(Explanation(Self.evidence([statement])).causes.first)
        #expect(cause.fix.contains("In Principal.Federated, replace \(Self.account) with "), "\(cause.fix)")
    }

    @Test func `an action is added in words only if no other identity gains it`() throws {
        let subjects = #""StringEquals":{"\#(Self.issuer):aud":"\#(Self.audience)","#
        for (list, isAlone) in [
            ("[\"\(Self.subject)\",\"\(Self.other)\"]", false), ("\"\(Self.subject)\"", true),
        ] {
            let explanation = Explanation(
                Self.evidence([Self.statement(#"\#(subjects)"\#(Self.issuer):sub":\#(list)}"#)]) {
                    $0.token = .claims(EntraFixture.token(Self.ownValues))
                }
            )
            let cause = try #require(explanation.causes.first)
            #expect(cause.id == "tag-session-missing")
            #expect(cause.fix.hasPrefix(isAlone ? "Add " : "Do not add "), "\(cause.fix)")
            #expect(try Self.policies(explanation).count == 1)
        }
    }
}
