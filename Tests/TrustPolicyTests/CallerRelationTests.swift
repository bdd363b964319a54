import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

/// Statements that are about the caller, although they do not allow its call.
@Suite(.computing) struct CallerRelationTests {
    private static let issuer = EntraFixture.provider
    private static let other = "99999999-8888-7777-6666-555555555555"
    private static let address = #""IpAddress": {"aws:SourceIp": "203.0.113.0/24"}"#

    private static func statement(
        _ conditions: String,
        provider: String = EntraFixture.providerARN,
        action: String = "sts:AssumeRoleWithWebIdentity"
    ) -> String {
        #"{"Effect": "Allow", "Principal": {"Federated": "\#(provider)"}, "Action": "\#(action)", "#
            + #""Condition": {\#(conditions)}}"#
    }

    private static func equals(_ subject: String, key: String = "\(issuer):sub") -> String {
        #""StringEquals": {"\#(key)": "\#(subject)"}"#
    }

    private func nearest(_ statements: [String]) throws -> Int? {
        let text = #"{"Version": "2012-10-17", "Statement": [\#(statements.joined(separator: ","))]}"#
        var request = EntraFixture.request()
        request.context["aws:SourceIp"] = .values(["198.51.100.7"])
        let verdict = try TrustPolicy(parsing: text).evaluate(request)
        #expect(verdict.decision == .deny)
        return verdict.decidingStatement
    }

    static let naming: [String] = [
        statement("\(equals(EntraFixture.subject)), \(address)"),
        statement("\(equals(EntraFixture.subject.uppercased())), \(address)"),
        statement("\(equals("{\(EntraFixture.subject)}")), \(address)"),
        statement("\(equals(EntraFixture.clientID)), \(address)"),
        statement("\(equals(EntraFixture.subject, key: "\(issuer.dropLast()):sub")), \(address)"),
        statement("\(equals(EntraFixture.subject, key: "sub")), \(address)"),
        statement("\(equals(EntraFixture.subject, key: "\(issuer)sub")), \(address)"),
        statement("\(equals(EntraFixture.subject, key: "\(issuer):oid")), \(address)"),
        statement("\(equals(EntraFixture.subject, key: "\(EntraFixture.providerARN):sub")), \(address)"),
        statement(#""StringLike": {"\#(issuer):sub": "1ea7*"}, \#(address)"#),
        statement(#""StringEquals": {"\#(issuer):sub": "1ea7*"}, \#(address)"#),
        statement(
            equals(EntraFixture.subject),
            provider: EntraFixture.providerARN.replacing("111122223333", with: "444455556666")
        ),
        statement("\(equals(EntraFixture.subject)), \(address)", action: "sts:AssumeRole"),
        #"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "#
            + #""Action": "sts:AssumeRoleWithWebIdentity", "#
            + #""Condition": {\#(equals(EntraFixture.subject)), \#(address)}}"#,
        // Without a subject, the statement restricts every token of the provider.
        statement("\(address)"),
    ]

    @Test(arguments: naming)
    func `a statement about the caller is nearer than a statement for another subject`(statement: String)
        throws
    {
        #expect(try nearest([Self.statement(Self.equals(Self.other)), statement]) == 1)
        #expect(try nearest([statement, Self.statement(Self.equals(Self.other))]) == 0)
    }

    @Test(arguments: [("upn", true), ("email", true), ("xms_mirid", true), ("given_name", false)])
    func `a statement with the caller's name in another claim is about the caller`(
        claim: String,
        isAbout: Bool
    ) throws {
        let claims = EntraFixture.token([claim: .string("ada@contoso.com")])
        let condition = "{\(Self.equals("Ada@contoso.com")), \(Self.address)}"
        let verdict = try TrustPolicy(parsing: EntraFixture.policy(condition: condition)).evaluate(
            EntraFixture.request(claims: claims)
        )
        #expect(verdict.statements[0].isAboutCaller == isAbout)
    }

    @Test(arguments: [
        statement("\(equals("someone-else")), \(address)"),
        statement(#""StringEquals": {"\#(issuer):aud": "api://other"}, \#(address)"#),
        statement("\(equals(EntraFixture.subject))", action: "sts:TagSession"),
        #"{"Effect": "Allow", "Principal": "*", "Action": "sts:*", "#
            + #""Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}"#,
    ])
    func `a statement for others is not about the caller`(statement: String) throws {
        #expect(try nearest([Self.statement(Self.equals(Self.other)), statement]) == 0)
    }

    @Test func `variables are replaced in the required values`() throws {
        let text = EntraFixture.policy(
            condition: #"{"StringEquals": {"sts:RoleSessionName": ["${\#(Self.issuer):sub}", "${a:b}"]}}"#
        )
        let verdict = try TrustPolicy(parsing: text).evaluate(EntraFixture.request())
        #expect(verdict.decidingCondition?.required == [EntraFixture.subject, "${a:b}"])
    }

    @Test func `any values that a caller chooses make a decision undetermined`() throws {
        let text = EntraFixture.policy(
            condition: #"{"StringEquals": {"\#(Self.issuer):sub": "${sts:RoleSessionName}"}}"#
        )
        let policy = try TrustPolicy(parsing: text)
        var request = EntraFixture.request()
        #expect(policy.evaluate(request).decision == .deny)
        request.context = request.context.withAnyChosenValues
        #expect(policy.evaluate(request).decision == .undetermined)
    }
}
