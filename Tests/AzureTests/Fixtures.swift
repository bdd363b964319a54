import Federation
import Foundation
import NIOCore
import TestSupport

@testable import Azure
@testable import Transport

/// Values that the tests of this module share.
enum Fixture {
    static let tenantID = "5d6a2bd0-6b1f-4c43-9a36-0f4d54c9a3a1"
    static let clientID = "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"
    static let principalID = "ee1823f6-34f4-4b8a-8fd1-925e404d170a"
    static let audience = "api://security-aws-logging"
    static let instant = Date(timeIntervalSince1970: 1_800_000_000)

    static let identity = ManagedIdentity(
        id: "logging",
        tenantID: tenantID,
        clientID: clientID,
        principalID: principalID
    )

    static let request = TokenRequest(identity: identity, audience: audience)

    /// Returns the identity with another source and its settings.
    static func identity(
        _ source: TokenSourceKind,
        _ settings: TokenSourceSettings = TokenSourceSettings(),
        isSystemAssigned: Bool = false
    ) -> ManagedIdentity {
        var identity = identity
        identity.source = source
        identity.settings = settings
        identity.isSystemAssigned = isSystemAssigned
        return identity
    }

    /// Returns the claims of a version 1 token of the identity, assigned to its role.
    ///
    /// Members that are `nil` in `changes` are omitted.
    static func payload(_ changes: [String: JSONValue?] = [:]) -> [String: JSONValue] {
        let issued = Int(instant.timeIntervalSince1970) - 600
        let issuer = JSONValue.string("https://sts.windows.net/\(tenantID)/")
        let payload: [String: JSONValue] = [
            "aud": .string(audience), "iss": issuer, "idp": issuer,
            "iat": .integer(issued), "nbf": .integer(issued), "exp": .integer(issued + 86700),
            "appid": .string(clientID), "appidacr": .string("2"), "oid": .string(principalID),
            "sub": .string(principalID), "roles": .array([.string("AssumeRoleWithWebIdentity")]),
            "tid": .string(tenantID), "uti": .string("Ux0"), "ver": .string("1.0"),
        ]
        return changes.reduce(into: payload) { $0[$1.key] = $1.value }
    }

    static func claims(_ changes: [String: JSONValue?] = [:]) -> Claims {
        Claims(header: ["typ": .string("JWT"), "alg": .string("RS256")], payload: payload(changes))
    }

    /// Returns a token with those claims and an invalid signature.
    static func token(_ changes: [String: JSONValue?] = [:]) -> String {
        let parts = [["alg": .string("RS256"), "typ": .string("JWT")], payload(changes)].map { part in
            Data(JSONValue.object(part).compactText.utf8).base64URL
        }
        return parts.joined(separator: ".") + ".c2ln"
    }

    /// Returns a response of IMDS, in which each value is a string.
    static func answer(_ changes: [String: JSONValue?] = [:], headers: [String] = []) -> ScriptedReply {
        let expiry = Int(instant.timeIntervalSince1970) - 600 + 86700
        return .answer(
            200,
            #"{"access_token":"\#(token(changes))","refresh_token":"","expires_in":"86100","#
                + #""expires_on":"\#(expiry)","resource":"\#(audience)","token_type":"Bearer"}"#,
            headers: headers
        )
    }
}

/// The sources of a host whose services a scripted server simulates.
struct SourceHarness {
    let server: ScriptedServer
    let transport: HTTPTransport
    let time: any TimeSource
    let log: LogCapture

    /// Runs `work` with a server that responds as `script` specifies.
    static func run<Value: Sendable>(
        time: any TimeSource = InstantTime(),
        _ script: @escaping ScriptedServer.Script,
        prepare: @escaping @Sendable (any Channel) throws -> Void = { _ in },
        work: @Sendable (SourceHarness) async throws -> Value
    ) async throws -> Value {
        try await ScriptedServer.run(script, prepare: prepare) { server in
            let log = LogCapture()
            let transport = try HTTPTransport(time: time, logger: log.logger)
            return try await work(SourceHarness(server: server, transport: transport, time: time, log: log))
        }
    }

    /// Returns the sources, with IMDS and the authority simulated by the server.
    func sources(
        _ variables: [String: String] = [:],
        identities: [ManagedIdentity] = [],
        arcKeys: String = "/nowhere",
        files: Set<String> = []
    ) -> TokenSources {
        TokenSources(
            transport: transport,
            endpoints: Endpoints(authority: server.url(), imds: server.url()),
            environment: SourceEnvironment(variables: variables, arcKeyDirectory: arcKeys) {
                files.contains($0)
            },
            time: time,
            identities: identities
        )
    }

    /// Returns a token of an identity for the default audience.
    func token(of identity: ManagedIdentity, _ variables: [String: String] = [:]) async throws -> AccessToken
    {
        let request = TokenRequest(identity: identity, audience: Fixture.audience)
        return try await sources(variables).source(for: identity).token(for: request)
    }

    /// Returns the error of a request, or `nil` if it returned a token.
    func failure(
        of identity: ManagedIdentity = Fixture.identity,
        _ variables: [String: String] = [:],
        arcKeys: String = "/nowhere"
    ) async -> TokenSourceError? {
        do throws(TokenSourceError) {
            let request = TokenRequest(identity: identity, audience: Fixture.audience)
            _ = try await sources(variables, arcKeys: arcKeys).source(for: identity).token(for: request)
            return nil
        } catch {
            return error
        }
    }
}
