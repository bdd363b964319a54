import AWS
import Foundation
import TestSupport
import Testing

@testable import Federation
@testable import Provisioning

/// Trust policies that state a decision against the identity by a condition that AWS does not evaluate as it is meant.
@Suite(.limited) struct StatedDecisionSetupTests {
    private static let other = "9b1f2c3d-4e5f-4a6b-8c7d-0123456789ab"

    /// The statements of a trust policy, with `KEY` for the prefix of condition keys, `BARE` for the same without its
    /// slash, and `AUD`, `ME`, and `OTHER` for the audience and two object IDs.
    struct Row: CustomTestStringConvertible {
        let conditions: String
        /// The conditions of a second Allow statement.
        var further: String?
        /// The conditions of a Deny statement.
        var denial: String?
        /// A part of the failure's message; `nil` if setup adds a statement.
        let clause: String?

        var testDescription: String {
            ([conditions, further].compactMap(\.self) + (denial.map { ["Deny \($0)"] } ?? [])).joined(
                separator: ", "
            )
        }
    }

    /// Source: reference on AWS, claims that are not keys of Entra's tokens.
    static let rows: [Row] = [
        Row(
            conditions: #""KEY:aud":"AUD","KEY:oid":"OTHER""#,
            clause: "Statement[0] is meant for another identity"
        ),
        Row(
            conditions: #""KEY:aud":"AUD","KEY:appid":"OTHER""#,
            clause: "Statement[0] is meant for another identity"
        ),
        Row(
            conditions: #""KEY:aud":"AUD","KEY:sub":"ME","KEY:oid":"OTHER""#,
            clause: "Statement[0] is meant for another identity"
        ),
        Row(
            conditions: #""BARE:aud":"AUD","BARE:sub":"OTHER""#,
            clause: "Statement[0] is meant for another identity"
        ),
        Row(
            conditions: #""KEY:aud":"AUD","KEY:subject":"OTHER""#,
            clause: "Statement[0] is meant for another identity"
        ),
        Row(
            conditions: #""KEY:aud":"AUD","KEY:roles":"Admin""#,
            clause: "Statement[0] requires a value of roles"
        ),
        Row(
            conditions: #""KEY:aud":"AUD","KEY:sub":"OTHER""#,
            denial: #""BARE:sub":"ME""#,
            clause: "Statement[1] is meant to deny the token's identity"
        ),
        Row(
            conditions: #""KEY:aud":"AUD","KEY:sub":"OTHER""#,
            denial: #""KEY:oid":"ME""#,
            clause: "Statement[1] is meant to deny the token's identity"
        ),
        Row(
            conditions: #""KEY:aud":"AUD","KEY:sub":"OTHER""#,
            denial: #""KEY:sub":"ME ""#,
            clause: "Statement[1] is meant to deny the token's identity"
        ),
        Row(
            conditions: #""KEY:aud":"AUD/","KEY:sub":"ME""#,
            further: #""KEY:aud":"AUD","KEY:sub":"ME","KEY:roles":"Admin""#,
            clause: "Statement[1] allows the token's identity only under the condition"
        ),
        Row(conditions: #""KEY:aud":"AUD","KEY:sub":"OTHER""#, clause: nil),
        Row(conditions: #""KEY:aud":"AUD","KEY:oid":"ME""#, clause: nil),
        Row(conditions: #""KEY:aud":"AUD","KEY:roles":"AssumeRoleWithWebIdentity""#, clause: nil),
        Row(conditions: #""KEY:aud":"AUD","KEY:sub":"OTHER""#, denial: #""KEY:oid":"OTHER""#, clause: nil),
    ]

    private static func statement(_ conditions: String, effect: String, _ grant: TrustGrant) -> String {
        let block = conditions.replacing("KEY", with: grant.provider)
            .replacing("BARE", with: grant.provider.dropLast()).replacing("AUD", with: grant.audience)
            .replacing("ME", with: grant.subjects[0]).replacing("OTHER", with: other)
        return """
            {"Effect":"\(effect)","Principal":{"Federated":"\(grant.providerARN)"},
             "Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{\(block)}}}
            """
    }

    @Test(arguments: rows)
    func `a decision that a trust policy states is neither lifted nor bypassed`(row: Row) async throws {
        try await SetupHarness.with { harness in
            let iam = try harness.iam()
            let desiredState = try harness.desiredState()
            let grant = try #require(desiredState.roles.first?.grants()?.first)
            let issuer = try #require(desiredState.providers.first).issuer
            _ = try await iam.createProvider(url: issuer, clientIDs: [grant.audience])
            let statements = [
                Self.statement(row.conditions, effect: "Allow", grant),
                row.further.map { Self.statement($0, effect: "Allow", grant) },
                row.denial.map { Self.statement($0, effect: "Deny", grant) },
            ]
            let list = statements.compactMap(\.self).joined(separator: ",")
            let trust = #"{"Version":"2012-10-17","Statement":[\#(list)]}"#
            _ = try await iam.createRole(NewRole(name: "audit", trustDocument: trust))
            let role = try await harness.plan(desiredState).object(.role)
            #expect(role.state == .different)
            guard let clause = row.clause else {
                #expect(role.obstacle == nil && !role.differences.isEmpty)
                return
            }
            let failure = try #require(role.obstacle)
            #expect(failure.code == "decision-required")
            #expect(failure.message.contains(clause), "\(failure.message)")
            #expect(failure.fix.contains("`cambist setup export audit --format trust-policy`"))
            #expect(role.differences.isEmpty, "no statement is added")
            let outcome = try await harness.planAndApply(desiredState)
            #expect(outcome.failures.map(\.failure.code).contains("decision-required"))
            harness.replicate()
            let stored = try await iam.role("audit").trustDocument
            #expect(JSONValue(text: stored) == JSONValue(text: trust))
        }
    }
}
