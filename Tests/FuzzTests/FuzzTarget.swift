import ConfigurationFile
import Federation
import Foundation
import Testing
import TrustPolicy

@testable import AWS
@testable import Azure
@testable import CredentialDelivery
@testable import CursesTerminal
@testable import Simulator
@testable import Store
@testable import Transport

/// A parser of bytes from outside, with valid inputs from which others are made.
struct FuzzTarget: Sendable, CustomTestStringConvertible {
    let name: String
    let corpus: [String]
    /// Parses an input and uses the result as the program does; errors are ignored.
    let parse: @Sendable (Data) -> Void

    var testDescription: String { name }

    /// Creates a target whose parser takes a text; invalid UTF-8 is replaced, as in files that the program reads.
    private init(_ name: String, _ corpus: [String], text parse: @escaping @Sendable (String) -> Void) {
        self.init(name, corpus) { parse(String(decoding: $0, as: UTF8.self)) }
    }

    private init(_ name: String, _ corpus: [String], _ parse: @escaping @Sendable (Data) -> Void) {
        self.name = name
        self.corpus = corpus
        self.parse = parse
    }

    static let all = [
        json, token, tokenAnswers, stsAnswers, iamAnswers, graphAnswers, issuerKeys, trustPolicy, conditions,
        configuration, scenario, awsProfiles, dates, terminal, keyring, history,
    ]
}

private let now = Date(timeIntervalSince1970: 1_793_000_000)

extension FuzzTarget {
    private static let claims =
        #"{"aud":"api://2f4a/aws","iss":"https://sts.windows.net/2f4a9838-26b7-47ee-be60-ccc1fdec5953/","iat":1793000000,"#
        + #""nbf":1793000000,"exp":1793086400,"sub":"1ea7e6e0-7876-4d1c-aec5-7b1c927ede74","roles":["AssumeRoleWithWebIdentity"],"#
        + #""https://aws.amazon.com/tags":{"principal_tags":{"team":["a"]}},"ver":"1.0"}"#

    private static let json = FuzzTarget(
        "JSON",
        [claims, #"[1,-2.5e3,"\u00e9\ud83d\ude00",null,true,{"a":{}}]"#]
    ) {
        _ = try? JSONValue(parsing: $0)
        _ = try? JSONValue(parsing: $0, allowsRepeatedMembers: false)
    }

    /// The parts of a token are mutated decoded, so that the changes reach the JSON in them.
    private static let token = FuzzTarget(
        "token",
        [#"{"alg":"RS256","kid":"a","typ":"JWT"}|"# + claims, "a|b|c"]
    ) {
        let parts = $0.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false).map {
            Data($0).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
                "=",
                with: ""
            )
        }
        for text in [parts.joined(separator: ".") + ".c2ln", String(decoding: $0, as: UTF8.self)] {
            guard let claims = try? Claims(decoding: Secret(text), allowsUnsigned: true) else { continue }
            _ = (claims.issuer, claims.audiences, claims.expiry, claims.authorizedRoles)
            _ = RequestContext(claims: claims, at: now)
        }
    }

    private static let tokenAnswers = FuzzTarget(
        "token answers",
        [
            #"{"access_token":"e30.e30.c2ln","expires_in":"86399","expires_on":"1793086399","resource":"api://a"}"#,
            #"{"accessToken":"e30.e30.c2ln","expiresOn":"2026-11-29 04:00:00.000000","expires_on":1793086399}"#,
            "e30.e30.c2ln\n",
        ]
    ) {
        _ = try? TokenAnswer(json: $0, now: now)
        _ = try? TokenAnswer(text: $0, now: now)
    }

    private static let stsAnswers = FuzzTarget(
        "STS answers",
        [
            """
            <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
            <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAEXAMPLEEXAMPLE</AccessKeyId>
            <SecretAccessKey>wJalrXUtnFEMI</SecretAccessKey><SessionToken>IQoJb3JpZ2lu</SessionToken>
            <Expiration>2026-11-29T05:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
            <ResponseMetadata><RequestId>ad4156e9</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>
            """,
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized &amp; so on"
                + "</Message></Error><RequestId>1</RequestId></ErrorResponse>",
            "<Error><Code>InvalidAction</Code></Error>",
            #"{"__type":"com.amazon#AccessDenied","message":"no"}"#,
        ]
    ) {
        _ = try? AWSErrorReply.read($0)
        let result = try? ReplyXMLReader.read($0)
        let credentials = result?["AssumeRoleWithWebIdentityResult"]?["Credentials"]
        let expiration = credentials?.text("Expiration").flatMap(Instant.init(iso8601:))?.date
        _ = try? SessionCredentials(
            accessKeyID: credentials?.text("AccessKeyId") ?? "",
            secretAccessKey: Secret(credentials?.text("SecretAccessKey") ?? ""),
            sessionToken: Secret(credentials?.text("SessionToken") ?? ""),
            expiration: expiration ?? now,
            issued: now,
            assumedRoleARN: "arn:aws:sts::111122223333:assumed-role/audit/a",
            region: "eu-west-1",
            now: now
        )
    }

    private static let iamAnswers = FuzzTarget(
        "IAM answers",
        [
            "<GetRoleResponse><GetRoleResult><Role><Arn>arn:aws:iam::111122223333:role/a</Arn><MaxSessionDuration>3600"
                + "</MaxSessionDuration><AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D"
                + "</AssumeRolePolicyDocument><Tags><member><Key>a</Key><Value>b</Value></member></Tags></Role>"
                + "</GetRoleResult></GetRoleResponse>"
        ]
    ) {
        let role = (try? ReplyXMLReader.read($0))?["GetRoleResult"]?["Role"]
        _ = (role?.text("Arn").flatMap(RoleARN.init), role?.integer("MaxSessionDuration"), role?.tags())
        if let document = role?.text("AssumeRolePolicyDocument")?.removingPercentEncoding {
            _ = try? TrustPolicy(parsing: document)
        }
    }

    private static let graphAnswers = FuzzTarget(
        "Graph and Resource Manager answers",
        [
            #"{"value":[{"id":"1","appId":"2","displayName":"a","identifierUris":["api://a"],"signInAudience":"b","#
                + #""api":{"requestedAccessTokenVersion":2},"appRoles":[{"id":"3","value":"x","isEnabled":true,"#
                + #""allowedMemberTypes":["Application"]}],"principalId":"4","resourceId":"5","appRoleId":"6","#
                + #""createdDateTime":"2026-11-29T04:00:00.1234567Z"}],"@odata.nextLink":"https://a/b"}"#
        ]
    ) {
        guard let document = try? JSONValue(parsing: $0), case .array(let values) = document["value"] else {
            return
        }
        for value in values {
            _ = ApplicationRecord(json: value)
            _ = ServicePrincipalRecord(json: value)
            _ = AppRoleAssignmentRecord(json: value)
        }
    }

    private static let issuerKeys = FuzzTarget(
        "issuer keys",
        [
            #"{"keys":[{"kty":"RSA","use":"sig","kid":"a","n":"AQAB","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}"#
        ]
    ) {
        _ = (try? JSONValue(parsing: $0)).flatMap(PublishedKeys.init)
    }

    private static let policies = [
        """
        {"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"Federated":
        "arn:aws:iam::111122223333:oidc-provider/sts.windows.net/2f4a9838-26b7-47ee-be60-ccc1fdec5953/"},
        "Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession"],"Condition":{"StringEquals":
        {"sts.windows.net/2f4a9838-26b7-47ee-be60-ccc1fdec5953/:aud":["api://2f4a/aws"]},"ForAnyValue:StringLike":
        {"sts.windows.net/2f4a9838-26b7-47ee-be60-ccc1fdec5953/:sub":"1ea7*?${aws:username}"}}},
        {"Effect":"Deny","Principal":{"AWS":["*","111122223333"]},"NotAction":"sts:*","Condition":
        {"NumericLessThanIfExists":{"sts:DurationSeconds":"3600"},"DateGreaterThan":{"aws:CurrentTime":"2026-11-29T04:00:00Z"},
        "NotIpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]},"Bool":{"aws:SecureTransport":"true"},
        "Null":{"aws:TokenIssueTime":"false"},"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/a*"}}}]}
        """
    ]

    private static let trustPolicy = FuzzTarget("trust policy", policies, text: evaluate)

    /// Single condition values, where the operators' own formats are parsed.
    private static let conditions = FuzzTarget(
        "conditions",
        [
            "2026-11-29T04:00:00Z", "1793000000", "203.0.113.0/24", "2001:db8::/32",
            "arn:aws:iam::*:role/a?*", "-1.5e3", "${*}${a, 'b'}",
        ],
        text: { value in
            for name in [
                "DateLessThan", "NumericEquals", "NotIpAddress", "ArnNotLike", "StringLikeIfExists", "Bool",
            ] {
                let document: JSONValue = .object([
                    "Version": .string("2012-10-17"),
                    "Statement": .object([
                        "Effect": .string("Allow"), "Principal": .string("*"), "Action": .string("sts:*"),
                        "Condition": .object([name: .object(["aws:SourceIp": .string(value)])]),
                    ]),
                ])
                evaluate(document.compactText)
            }
        }
    )

    private static let evaluate: @Sendable (String) -> Void = { text in
        guard let policy = try? TrustPolicy(parsing: text), let payload = JSONValue(text: claims)?.members
        else { return }
        let context = RequestContext(
            claims: Claims(header: [:], payload: payload),
            roleARN: RoleARN("arn:aws:iam::111122223333:role/audit"),
            sourceIP: "203.0.113.9",
            at: now
        )
        let provider =
            "arn:aws:iam::111122223333:oidc-provider/sts.windows.net/2f4a9838-26b7-47ee-be60-ccc1fdec5953/"
        _ = policy.evaluate(
            TrustRequest(
                action: "sts:AssumeRoleWithWebIdentity",
                federatedPrincipal: provider,
                context: context
            )
        )
        _ = policy.lint(provider: provider)
    }

    private static let configuration = FuzzTarget(
        "configuration",
        [
            """
            defaults: {region: eu-west-1, duration: 1h, tags: [a, b]}
            identities:
              logging: &logging
                tenant_id: 2f4a9838-26b7-47ee-be60-ccc1fdec5953
                client_id: 50d69e93-b49a-4251-8683-b9bca79dea7c
                source: command
                command: [ssh, vm1, "a b"]
                timeout: 30s
            mappings:
              audit:
                identity: logging
                audience: api://security-aws-logging
                role_arn: arn:aws:iam::111122223333:role/audit
                probe: [aws, s3, ls]
              spoke: {via: audit, role_arn: "arn:aws:iam::444455556666:role/spoke", session_tags: {team: a}}
            console: {theme: dark, columns: [name, state]}
            keys: {quit: Q}
            history: {keep: 30d}
            endpoints: {imds: "http://127.0.0.1:1"}
            """
        ],
        text: { text in
            _ = try? ConfigurationFile.read(text: text, path: "/etc/cambist.yaml", environment: [:])
            _ = ConfigurationFile.settings(text: text, path: "/etc/cambist.yaml", environment: [:])
        }
    )

    private static let scenario = FuzzTarget(
        "scenario",
        [
            """
            summary: a
            seed: 1
            speed: 60
            delays: {assignment: 5m, token_cache: 24h}
            applications: {aws: {uri: "api://aws", roles: [AssumeRoleWithWebIdentity]}}
            identities: {logging: {assigned: [aws]}}
            mappings: {audit: {identity: logging, application: aws, role: "arn:aws:iam::111122223333:role/audit"}}
            clocks: {sts: 10m}
            """
        ],
        text: { _ = try? ScenarioReader.read($0, name: "a", file: "a.yaml") }
    )

    private static let awsProfiles = FuzzTarget(
        "AWS profiles",
        [
            """
            [default]
            region = eu-west-1
            [profile a]
            role_arn=arn:aws:iam::111122223333:role/a
            source_profile = default
            services = local
            credential_process = "/usr/bin/cambist" credential-process 'a b' \\"c
            s3 =
              max_concurrent_requests = 20
            [services local]
            sts =
              endpoint_url = http://127.0.0.1:1
            """
        ],
        text: { text in
            let profiles = AWSProfiles(config: Secret(text), credentials: Secret(text))
            for name in profiles.names.prefix(50) { _ = profiles[name] }
        }
    )

    private static let dates = FuzzTarget(
        "dates and delays",
        [
            "Sun, 29 Nov 2026 04:00:00 GMT", "Sunday, 29-Nov-26 04:00:00 GMT", "Sun Nov 29 04:00:00 2026",
            "120", "2026-11-29T04:00:00.5Z",
        ],
        text: { text in
            let response = HTTPResponse(
                status: 429,
                headers: [("Retry-After", text), ("Date", text)],
                body: Data(),
                roundTrip: .milliseconds(1),
                midpoint: now,
                halfTrip: .milliseconds(1)
            )
            _ = (response.retryAfter, response.clockOffset, Instant(iso8601: text))
        }
    )

    private static let terminal = FuzzTarget(
        "terminal",
        ["\u{1B}]11;rgb:1e1e/1e1e/2e2e\u{7}", "\u{1B}]11;rgb:ff/ff/ff\u{1B}\\jk\u{1B}[A", "\u{1B}\u{1B}]1"]
    ) {
        var reply = BackgroundReply()
        for byte in $0 { _ = reply.read(UInt32(byte)) }
        var other = BackgroundReply()
        for index in stride(from: 0, to: $0.count - 3, by: 4) {
            _ = other.read($0[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) })
        }
    }

    private static let keyring = FuzzTarget(
        "keyring entries",
        [
            #"{"accessKeyID":"ASIAEXAMPLEEXAMPLE","secretAccessKey":"wJalrXUtnFEMI","sessionToken":"IQoJ","expiration":814700000,"#
                + #""issued":814690000,"assumedRoleARN":"arn:aws:sts::111122223333:assumed-role/audit/a","region":"eu-west-1"}"#
        ]
    ) {
        guard let stored = StoredCredentials(data: $0, now: now) else { return }
        _ = stored.hasSufficientLifetime(at: now)
    }

    private static let history = FuzzTarget(
        "history rows",
        [
            #"[{"step":"token","outcome":"ok","nanoseconds":1200000,"note":"a","requestID":"b"},{"step":"exchange","outcome":"#
                + #""failed","nanoseconds":5,"failure":{"kind":"refused","code":"AccessDenied","message":"a","fix":"b"}}]"#,
            claims, "1793000000", "arn:aws:iam::111122223333:role/audit",
        ],
        text: { text in
            let number = Double(text) ?? .infinity
            let row = ExchangeRow(
                id: 1,
                at: number,
                mapping: text,
                identity: text,
                role: "arn:aws:iam::111122223333:role/audit",
                steps: text,
                fingerprint: text,
                header: text,
                payload: text,
                source: text,
                received: number,
                azureOffset: Int(text) ?? .max,
                azureUncertainty: .min,
                credentialExpiry: number
            )
            var known: [String: Claims] = [:]
            guard let record = ExchangeRecord(row, &known) else { return }
            _ = (record.at.description, record.steps.count)
        }
    )
}
