package import Federation
package import Foundation
package import TrustPolicy

/// The tenant, identity, and provider that the trust tests share.
package enum EntraFixture {
    package static let tenant = "11111111-2222-3333-4444-555555555555"
    package static let subject = "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"
    package static let clientID = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
    package static let audience = "api://\(tenant)/security-aws-logging"
    package static let provider = "sts.windows.net/\(tenant)/"
    package static let providerARN = "arn:aws:iam::111122223333:oidc-provider/\(provider)"
    package static let roleARN = "arn:aws:iam::111122223333:role/audit"
    package static let issued = 1_760_000_000
    package static let now = Date(timeIntervalSince1970: TimeInterval(issued + 3600))

    /// A version 1 token of a user-assigned identity, as Entra issues it.
    package static var claims: [String: JSONValue] {
        [
            "aud": .string(audience), "iss": .string("https://\(provider)"), "iat": .integer(issued),
            "nbf": .integer(issued), "exp": .integer(issued + 86700), "appid": .string(clientID),
            "appidacr": .string("2"), "idp": .string("https://\(provider)"), "oid": .string(subject),
            "roles": .array([.string("AssumeRoleWithWebIdentity")]), "sub": .string(subject),
            "tid": .string(tenant), "uti": .string("u1"), "ver": .string("1.0"),
        ]
    }

    package static func token(_ changes: [String: JSONValue?] = [:]) -> Claims {
        var payload = claims
        for (name, value) in changes { payload[name] = value }
        return Claims(header: ["alg": .string("RS256"), "kid": .string("k1")], payload: payload)
    }

    /// Returns a policy of one statement that allows the provider under a condition.
    package static func policy(
        condition: String? = nil,
        version: String = "2012-10-17",
        effect: String = "Allow",
        principal: String = #"{"Federated": "\#(providerARN)"}"#,
        action: String = #""Action": "sts:AssumeRoleWithWebIdentity""#
    ) -> String {
        let condition = condition.map { #", "Condition": \#($0)"# } ?? ""
        return """
            {"Version": "\(version)", "Statement": [
              {"Effect": "\(effect)", "Principal": \(principal), \(action)\(condition)}]}
            """
    }

    /// Both conditions of a valid policy.
    package static let validCondition = """
        {"StringEquals": {"\(provider):aud": "\(audience)", "\(provider):sub": "\(subject)"}}
        """

    package static func request(_ context: RequestContext) -> TrustRequest {
        TrustRequest(federatedPrincipal: providerARN, context: context)
    }

    package static func request(claims: Claims = token()) -> TrustRequest {
        request(
            RequestContext(
                claims: claims,
                federatedPrincipal: providerARN,
                roleARN: RoleARN(roleARN),
                sessionName: "cambist-audit",
                at: now
            )
        )
    }

    /// Returns the decision on one condition, with these entries in the request.
    package static func decision(
        _ condition: String,
        _ entries: [String: [String]],
        unknown: [String] = [],
        version: String = "2012-10-17"
    ) throws -> TrustVerdict.Decision {
        var context = RequestContext()
        for (key, values) in entries { context[key] = .values(values) }
        for key in unknown { context[key] = .unknown }
        return try TrustPolicy(parsing: policy(condition: condition, version: version)).evaluate(
            request(context)
        )
        .decision
    }

    package static func withDenial(_ denial: String) -> String {
        """
        {"Version": "2012-10-17", "Statement": [
          {"Effect": "Allow", "Principal": {"Federated": "\(providerARN)"}, "Action": "sts:*"}, \(denial)]}
        """
    }
}
