import AWS
import Federation
import Foundation
import TestSupport
import Transport
import TrustPolicy

@testable import Simulator

/// A simulated AWS with one account, a trusted issuer, and a manual clock.
struct AWSHarness {
    static let account = "111122223333"
    static let subject = "ee1823f6-34f4-4b8a-8fd1-925e404d170a"
    static let audience = "api://security-aws-logging"
    static let roleARN = "arn:aws:iam::111122223333:role/audit"
    static let providerARN =
        "arn:aws:iam::111122223333:oidc-provider/" + OIDCProvider.hostAndPath(of: TestIssuer.issuer)
    static let administrator = SigningCredentials(
        accessKeyID: "AKIALABADMINISTRATOR",
        secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYLABADMINKEY")
    )
    static let reader = SigningCredentials(
        accessKeyID: "AKIALABREADER0000000",
        secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYLABREADERK")
    )

    let time = ManualTime()
    let testIssuer: TestIssuer
    let cloud: AWSCloud

    init(usesTLS: Bool = false, _ change: (inout AWSSetup) -> Void = { _ in }) async throws {
        let testIssuer = try await TestIssuer()
        var setup = Self.setup
        change(&setup)
        self.testIssuer = testIssuer
        cloud = AWSCloud(setup: setup, speed: Speed(factor: 1), now: time.now, seed: 7, usesTLS: usesTLS) {
            issuer in
            issuer == TestIssuer.issuer ? TrustedIssuerKeys(issuer: issuer, jwks: testIssuer.jwks) : nil
        }
    }

    /// A provider with the audience, and a role that tests audience and subject.
    static var setup: AWSSetup {
        let provider = AWSSetup.Provider(url: TestIssuer.issuer, clientIDs: [audience])
        let role = AWSSetup.Role(name: "audit", trustPolicy: trustPolicy())
        let keys = [
            AWSSetup.AccessKey(
                id: administrator.accessKeyID,
                secret: administrator.secretAccessKey,
                userName: "lab-admin"
            ),
            AWSSetup.AccessKey(
                id: reader.accessKeyID,
                secret: reader.secretAccessKey,
                userName: "lab-reader",
                policies: [
                    #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}}"#
                ]
            ),
        ]
        let account = AWSSetup.Account(id: account, providers: [provider], roles: [role], accessKeys: keys)
        return AWSSetup(accounts: [account])
    }

    /// Returns a trust policy that tests the audience and the subject.
    static func trustPolicy(subject: String = subject, actions: String = "sts:AssumeRoleWithWebIdentity")
        -> String
    {
        let prefix = OIDCProvider.hostAndPath(of: TestIssuer.issuer)
        return """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"\(providerARN)"},\
            "Action":[\(actions.split(separator: ",").map { "\"\($0)\"" }.joined(separator: ","))],\
            "Condition":{"StringEquals":{"\(prefix):aud":"\(audience)","\(prefix):sub":"\(subject)"}}}]}
            """
    }

    /// The claims of a valid v1 token of a managed identity.
    var claims: [String: JSONValue] {
        let now = Int(time.now.timeIntervalSince1970)
        return [
            "iss": .string(TestIssuer.issuer), "sub": .string(Self.subject), "aud": .string(Self.audience),
            "oid": .string(Self.subject), "appid": .string("1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"),
            "ver": .string("1.0"),
            "iat": .integer(now - 60), "nbf": .integer(now - 60), "exp": .integer(now + 3600),
        ]
    }

    /// Sends an unsigned form.
    func post(
        _ form: [String: String],
        to service: AWSService = .sts(region: "eu-west-1"),
        headers: [(name: String, value: String)] = []
    ) async -> Answer {
        let request = WireRequest(
            method: "POST",
            path: "/",
            rawQuery: nil,
            headers: [(name: "Content-Type", value: FormBody.contentType)] + headers,
            body: Data(Self.encoded(form).utf8),
            at: time.now
        )
        return Answer(await cloud.respond(to: request, service: service))
    }

    /// Sends an exchange that succeeds without changes to parameters and claims; `nil` removes one.
    func exchange(
        _ parameters: [String: String?] = [:],
        claims changes: [String: JSONValue?] = [:],
        region: String? = "eu-west-1"
    ) async throws -> Answer {
        let token = try testIssuer.token(claims.changed(by: changes))
        let form: [String: String] = [
            "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": Self.roleARN,
            "RoleSessionName": "cambist-audit", "WebIdentityToken": token,
        ]
        return await post(form.changed(by: parameters), to: .sts(region: region))
    }

    static func encoded(_ form: [String: String]) -> String {
        FormEncoding.encode(form.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) })
    }
}

extension Dictionary {
    /// Returns the dictionary with these values; `nil` removes a key.
    func changed(by changes: [Key: Value?]) -> [Key: Value] {
        var result = self
        for (key, value) in changes {
            result[key] = value
        }
        return result
    }
}

/// A response as parsed by a client.
struct Answer: Sendable {
    let response: WireResponse

    init(_ response: WireResponse) {
        self.response = response
    }

    var status: Int { response.status }
    var text: String { String(decoding: response.body, as: UTF8.self) }
    var code: String? { self["Code"] }
    var message: String? { self["Message"] }

    /// The text of the first element with this name.
    subscript(element: String) -> String? {
        all(element).first
    }

    /// Returns the texts of all elements with this name.
    func all(_ element: String) -> [String] {
        let texts = text.components(separatedBy: "<\(element)>").dropFirst()
        return texts.compactMap { $0.components(separatedBy: "</\(element)>").first }.map { text in
            [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")].reduce(text) { text, entity in
                text.replacingOccurrences(of: entity.0, with: entity.1)
            }
        }
    }

    /// Status, code, and message in one line, for tables.
    var refusal: String {
        "\(status) \(code ?? "-"): \(message ?? "-")"
    }
}
