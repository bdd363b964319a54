import Provisioning
import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

/// Grants that are merged into existing trust policies.
@Suite(.limited) struct TrustDocumentTests {
    private static let tenant = "2f4a9838-26b7-47ee-be60-ccc1fdec5953"
    private static let arn = "arn:aws:iam::111122223333:oidc-provider/sts.windows.net/\(tenant)/"
    private static let key = "sts.windows.net/\(tenant)/"
    private static let audience = "api://\(tenant)/security-aws-logging"
    private static let first = "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"
    private static let second = "9b1f2c3d-4e5f-4a6b-8c7d-0123456789ab"

    private static let foreign = """
        {"Version":"2012-10-17","Id":"theirs","Statement":[
          {"Sid":"Ops","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/ops"},
           "Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}}}
        ]}
        """

    private func grant(_ subjects: String..., audience: String = audience) -> TrustGrant {
        TrustGrant(providerARN: Self.arn, audience: audience, subjects: subjects)
    }

    @Test func `the IDs of deleted principals are found`() throws {
        let text = Self.foreign.replacing(
            #""arn:aws:iam::111122223333:role/ops""#,
            with: #"["arn:aws:iam::111122223333:role/ops","AROAABCDEFGHIJKLMNOPQ"]"#
        )
        let document = try TrustDocument(parsing: text)
        #expect(document.deletedPrincipals == ["AROAABCDEFGHIJKLMNOPQ"])
        #expect(try document.merging([grant(Self.first)]).deletedPrincipals == ["AROAABCDEFGHIJKLMNOPQ"])
        #expect(try TrustDocument(parsing: Self.foreign).deletedPrincipals == [])
    }

    @Test func `a new role's policy tests aud and sub with the slash, and allows the identity`() throws {
        let document = TrustDocument(grants: [grant(Self.first)])
        let equals = document.json["Statement"].flatMap { statement -> JSONValue? in
            guard case .array(let elements) = statement else { return nil }
            return elements.first?["Condition"]?["StringEquals"]
        }
        #expect(equals?["\(Self.key):aud"] == .string(Self.audience))
        #expect(equals?["\(Self.key):sub"] == .string(Self.first))
        #expect(document.entry(of: grant(Self.first)) == .allowed)
        #expect(document.entry(of: grant(Self.second)) == .refused)
        #expect(document.policy?.lint(provider: Self.arn) == [])
    }

    @Test func `a second identity is added to the statement of the first`() throws {
        let document = TrustDocument(grants: [grant(Self.first)])
        let merged = try document.merging([grant(Self.second)])
        #expect(merged.ownSubjects == [Self.first, Self.second])
        #expect(merged.entry(of: grant(Self.first, Self.second)) == .allowed)
        #expect(try merged.merging([grant(Self.first)]) == merged)
    }

    @Test
    func `foreign statements keep their members and positions, and the document keeps its version and ID`()
        throws
    {
        let document = try TrustDocument(parsing: Self.foreign)
        let merged = try document.merging([grant(Self.first)])
        guard case .array(let before) = document.json["Statement"],
            case .array(let after) = merged.json["Statement"]
        else {
            Issue.record("expected statements")
            return
        }
        #expect(after.first == before.first)
        #expect(after.count == 2)
        #expect(merged.json["Version"] == document.json["Version"])
        #expect(merged.json["Id"] == document.json["Id"])
        #expect(merged.removing([grant(Self.first)]) == document)
    }

    @Test func `a policy without a version remains without a version`() throws {
        let text = Self.foreign.replacing("\"Version\":\"2012-10-17\",", with: "")
        let merged = try TrustDocument(parsing: text).merging([grant(Self.first)])
        #expect(merged.json["Version"] == nil)
        #expect(merged.entry(of: grant(Self.first)) == .allowed)
    }

    @Test func `a foreign statement that allows the identity is enough`() throws {
        let statement = grant(Self.first).statement(sid: "ByHand").compactText
        let document = try TrustDocument(parsing: #"{"Version":"2012-10-17","Statement":\#(statement)}"#)
        #expect(try document.merging([grant(Self.first)]) == document)
        let merged = try document.merging([grant(Self.first, Self.second)])
        #expect(merged.ownSubjects == [Self.first, Self.second])
    }

    @Test func `a grant does not bypass conditions of foreign statements`() throws {
        let statement = """
            {"Effect":"Allow","Principal":{"Federated":"\(Self.arn)"},"Action":"sts:AssumeRoleWithWebIdentity",
             "Condition":{"StringEquals":{"\(Self.key):aud":"\(Self.audience)","\(Self.key):sub":"\(Self.first)"},
                          "IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}
            """
        let document = try TrustDocument(parsing: #"{"Version":"2012-10-17","Statement":[\#(statement)]}"#)
        #expect(document.entry(of: grant(Self.first)) == .conditional(keys: ["aws:SourceIp"]))
        #expect(try document.merging([grant(Self.first)]) == document)
    }

    @Test func `a grant does not bypass a condition of a foreign statement that fails`() throws {
        let statement = """
            {"Effect":"Allow","Principal":{"Federated":"\(Self.arn)"},"Action":"sts:AssumeRoleWithWebIdentity",
             "Condition":{"StringEquals":{"\(Self.key):aud":"\(Self.audience)","\(Self.key):sub":"\(Self.first)"},
                          "ForAnyValue:StringEquals":{"\(Self.key):amr":"mfa"}}}
            """
        let document = try TrustDocument(parsing: #"{"Version":"2012-10-17","Statement":[\#(statement)]}"#)
        // A statement for another identity keeps the condition, too.
        for subject in [Self.first, Self.second] {
            #expect(throws: TrustDocument.Obstacle.conditionFails(statement: 0, keys: ["\(Self.key):amr"])) {
                try document.merging([grant(subject)])
            }
        }
    }

    /// A policy with one statement for a subject, which has further conditions.
    private func document(
        sid: String = "Theirs",
        provider: String = arn,
        audience: String = audience,
        _ subject: String = first,
        further: String
    ) throws -> TrustDocument {
        let key = provider.split(separator: ":oidc-provider/").last ?? ""
        return try TrustDocument(
            parsing: """
                {"Version":"2012-10-17","Statement":[{"Sid":"\(sid)","Effect":"Allow",
                 "Principal":{"Federated":"\(provider)"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{
                 "StringEquals":{"\(key):aud":"\(audience)","\(key):sub":"\(subject)"},\(further)}}]}
                """
        )
    }

    private static let sourceIP = #""IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#

    @Test(arguments: [arn, String(arn.dropLast())], [audience, "api://other"])
    func `a new identity's statement keeps the conditions of an existing one`(
        provider: String,
        audience: String
    )
        throws
    {
        let document = try document(provider: provider, audience: audience, further: Self.sourceIP)
        let merged = try document.merging([grant(Self.second)])
        #expect(merged.ownSubjects == [Self.second])
        #expect(merged.entry(of: grant(Self.second)) == .conditional(keys: ["aws:SourceIp"]))
        #expect(try merged.merging([grant(Self.second)]) == merged)
        #expect(merged.removing([grant(Self.second)]) == document)
    }

    @Test(arguments: [String(key.dropLast()) + ":", key, ""], [true, false])
    func `a subject keeps the conditions of a statement that names it with incorrect keys`(
        prefix: String,
        hasOwnStatement: Bool
    ) throws {
        let named = """
            {"Sid":"Theirs","Effect":"Allow","Principal":{"Federated":"\(Self.arn)"},
             "Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{
             "\(prefix)aud":"\(Self.audience)","\(prefix)sub":"\(Self.first)"},\(Self.sourceIP)}}
            """
        let other = grant(Self.second).statement(sid: hasOwnStatement ? "Cambist1" : "Other").compactText
        let document = try TrustDocument(
            parsing: #"{"Version":"2012-10-17","Statement":[\#(other),\#(named)]}"#
        )
        let merged = try document.merging([grant(Self.first, Self.second)])
        #expect(merged.entry(of: grant(Self.first)) == .conditional(keys: ["aws:SourceIp"]))
        #expect(merged.entry(of: grant(Self.second)) == .allowed)
        #expect(try merged.merging([grant(Self.first, Self.second)]) == merged)
        #expect(merged.removing([grant(Self.first)]) == document)
    }

    @Test(arguments: ["\(first) ", first.uppercased(), "{\(first)}"], [true, false])
    func `a statement with a mistake does not lift the conditions of another statement`(
        mistaken: String,
        isFirst: Bool
    ) throws {
        let mistake = grant(mistaken).statement(sid: "Mistake").compactText
        // The statement's audience differs as well, so that it is no nearer to the grant.
        let restricted =
            try self.document(audience: "api://other", Self.first, further: Self.sourceIP)
            .json["Statement"]?.compactText.dropFirst().dropLast() ?? ""
        let statements = isFirst ? "\(mistake),\(restricted)" : "\(restricted),\(mistake)"
        let document = try TrustDocument(
            parsing: #"{"Version":"2012-10-17","Statement":[\#(statements)]}"#
        )
        let merged = try document.merging([grant(Self.first)])
        #expect(merged.entry(of: grant(Self.first)) == .conditional(keys: ["aws:SourceIp"]))
        #expect(try merged.merging([grant(Self.first)]) == merged)
        #expect(merged.removing([grant(Self.first)]) == document)
    }

    @Test func `a subject that another statement allows conditionally is not added to setup's own`() throws {
        let named = try self.document(Self.first, further: Self.sourceIP).json["Statement"]?.compactText ?? ""
        let own = grant(Self.second).statement(sid: "Cambist1").compactText
        let document = try TrustDocument(
            parsing: #"{"Version":"2012-10-17","Statement":[\#(own),\#(named.dropFirst().dropLast())]}"#
        )
        #expect(try document.merging([grant(Self.first, Self.second)]) == document)
    }

    @Test func `the conditions of a statement for another tenant do not apply`() throws {
        let tenant = "00000000-aaaa-4bbb-8ccc-000000000000"
        let provider = Self.arn.replacing(Self.tenant, with: tenant)
        // Its Sid is that of another configuration's setup, too.
        let document = try document(sid: "Cambist1", provider: provider, further: Self.sourceIP)
        let merged = try document.merging([grant(Self.first)])
        #expect(merged.entry(of: grant(Self.first)) == .allowed)
        #expect(merged.policy?.statements.first == document.policy?.statements.first)
        #expect(merged.policy?.statements.count == 2)
    }

    @Test func `setup's own statement keeps further conditions when identities are added and removed`() throws
    {
        let document = try document(sid: "Cambist1", further: Self.sourceIP)
        #expect(try document.merging([grant(Self.first)]) == document)
        let merged = try document.merging([grant(Self.second)])
        #expect(merged.ownSubjects == [Self.first, Self.second])
        #expect(merged.entry(of: grant(Self.second)) == .conditional(keys: ["aws:SourceIp"]))
        let left = merged.removing([grant(Self.first)])
        #expect(left.ownSubjects == [Self.second])
        #expect(left.entry(of: grant(Self.second)) == .conditional(keys: ["aws:SourceIp"]))
        #expect(left.removing([grant(Self.second)]).isEmpty)
    }

    @Test func `an identity that a statement excludes is not allowed by another`() throws {
        let text = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"\(Self.arn)"},
             "Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"\(Self.key):aud":"\(Self.audience)"},
             "StringNotEquals":{"\(Self.key):sub":"\(Self.first)"}}}]}
            """
        let document = try TrustDocument(parsing: text)
        #expect(throws: TrustDocument.Obstacle.conditionFails(statement: 0, keys: ["\(Self.key):sub"])) {
            try document.merging([grant(Self.first)])
        }
        #expect(try document.merging([grant(Self.second)]) == document)
    }

    @Test func `cambist's statement without its sub is corrected`() throws {
        let widened = """
            {"Version":"2012-10-17","Statement":[{"Sid":"Cambist1","Effect":"Allow",
             "Principal":{"Federated":"\(Self.arn)"},"Action":"sts:AssumeRoleWithWebIdentity",
             "Condition":{"StringEquals":{"\(Self.key):aud":"\(Self.audience)"}}}]}
            """
        let document = try TrustDocument(parsing: widened)
        #expect(try document.merging([grant(Self.first)]) == TrustDocument(grants: [grant(Self.first)]))
    }

    @Test(arguments: [(#""Effect":"Deny""#, "Effect"), (#""Action":"sts:TagSession""#, "Action")])
    func `an identity that setup's own statement was edited to refuse is not allowed again`(
        member: String,
        name: String
    ) throws {
        let text = grant(Self.second).statement(sid: "Cambist1").compactText
        let former = name == "Effect" ? #""Effect":"Allow""# : #""Action":"sts:AssumeRoleWithWebIdentity""#
        let edited = text.replacing(former, with: member)
        let document = try TrustDocument(parsing: #"{"Version":"2012-10-17","Statement":[\#(edited)]}"#)
        let merged = try document.merging([grant(Self.first)])
        #expect(merged.entry(of: grant(Self.first)) == .allowed)
        #expect(merged.entry(of: grant(Self.second)) == document.entry(of: grant(Self.second)))
    }

    @Test func `an explicit denial blocks the merge`() throws {
        let text = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"Federated":"\(Self.arn)"},
             "Action":"sts:AssumeRoleWithWebIdentity",
             "Condition":{"StringEquals":{"\(Self.key):sub":"\(Self.first)"}}}]}
            """
        let document = try TrustDocument(parsing: text)
        #expect(throws: TrustDocument.Obstacle.denied(statement: 0)) {
            try document.merging([grant(Self.first)])
        }
        #expect(try document.merging([grant(Self.second)]).entry(of: grant(Self.second)) == .allowed)
    }

    @Test func `a document that would exceed the quota is refused with its size`() throws {
        var document = TrustDocument(grants: [grant(Self.first)])
        var size: Int?
        for number in 100..<200 where size == nil {
            let subject = "1ea7e6e0-7876-4d1c-aec5-7b1c927ed\(number)"
            do throws(TrustDocument.Obstacle) {
                document = try document.merging([grant(subject)])
            } catch {
                guard case .tooLarge(let found) = error else { throw error }
                size = found
            }
        }
        #expect(document.size <= 2048)
        #expect((size ?? 0) > 2048)
    }

    @Test func `another audience gets another statement`() throws {
        let document = TrustDocument(grants: [grant(Self.first)])
        let other = grant(Self.first, audience: "api://\(Self.tenant)/other")
        let merged = try document.merging([other])
        #expect(merged.entry(of: other) == .allowed)
        #expect(merged.removing([other]) == document)
    }

    @Test func `removing one identity keeps the others, and removing the last removes the statement`() throws
    {
        let document = TrustDocument(grants: [grant(Self.first, Self.second)])
        let one = document.removing([grant(Self.first)])
        #expect(one.ownSubjects == [Self.second])
        #expect(one.removing([grant(Self.second)]).isEmpty)
        let foreign = try TrustDocument(parsing: Self.foreign)
        #expect(foreign.removing([grant(Self.first)]) == foreign)
    }
}
