import AWS
import Federation
import Foundation
import TestSupport
import Testing

@testable import Simulator

@Suite(.limited) struct SignInTests {
    /// A client of the federation endpoint with the credentials of a new session.
    private struct FederationClient {
        let harness: AWSHarness
        var session: [String: String]

        init() async throws {
            harness = try await AWSHarness()
            let answer = try await harness.exchange()
            session = [
                "sessionId": answer["AccessKeyId"] ?? "", "sessionKey": answer["SecretAccessKey"] ?? "",
                "sessionToken": answer["SessionToken"] ?? "",
            ]
        }

        func send(
            _ form: [String: String],
            method: String = "POST",
            path: String = "/federation"
        ) async -> WireResponse {
            let text = AWSHarness.encoded(form)
            let isPost = method == "POST"
            return await harness.cloud.signIn(
                WireRequest(
                    method: method,
                    path: path,
                    rawQuery: isPost ? nil : text,
                    headers: [(name: "Content-Type", value: FormBody.contentType)],
                    body: isPost ? Data(text.utf8) : Data(),
                    at: harness.time.now
                )
            )
        }

        func token(
            _ changes: [String: String?] = [:],
            session: [String: String]? = nil
        ) async -> WireResponse {
            let members = (session ?? self.session).mapValues(JSONValue.string)
            let form = ["Action": "getSigninToken", "Session": JSONValue.object(members).compactText]
            return await send(form.changed(by: changes))
        }

        func signInToken() async throws -> String {
            let response = await token()
            let answer = try JSONDecoder().decode([String: String].self, from: response.body)
            return try #require(answer["SigninToken"])
        }

        func login(_ changes: [String: String?] = [:], method: String = "GET") async throws -> WireResponse {
            let form = [
                "Action": "login", "Issuer": "https://example.com",
                "Destination": "https://eu-west-1.console.aws.amazon.com/console/home",
                "SigninToken": try await signInToken(),
            ]
            return await send(form.changed(by: changes), method: method)
        }
    }

    @Test(arguments: [nil, "900", "43200"])
    func `a session receives a sign-in token`(_ duration: String?) async throws {
        let response = try await FederationClient().token(["SessionDuration": duration])
        #expect(response.status == 200)
    }

    @Test(arguments: ["899", "43201", "", "1h"])
    func `a duration outside the accepted range is refused`(_ duration: String) async throws {
        #expect(try await FederationClient().token(["SessionDuration": duration]).status == 400)
    }

    @Test(arguments: ["sessionId", "sessionKey", "sessionToken"])
    func `credentials must be complete and correct`(_ member: String) async throws {
        let client = try await FederationClient()
        #expect(await client.token(session: client.session.changed(by: [member: nil])).status == 400)
        #expect(await client.token(session: client.session.changed(by: [member: "another"])).status == 400)
    }

    @Test func `expired credentials receive no sign-in token`() async throws {
        let client = try await FederationClient()
        client.harness.time.advance(by: .seconds(3601))
        #expect(await client.token().status == 400)
    }

    @Test func `a sign-in token is valid for fifteen minutes`() async throws {
        let client = try await FederationClient()
        let token = try await client.signInToken()
        #expect(try await client.login().headers.contains { $0.name == "Location" })
        client.harness.time.advance(by: .seconds(899))
        #expect(try await client.login(["SigninToken": token]).status == 302)
        client.harness.time.advance(by: .seconds(2))
        #expect(try await client.login(["SigninToken": token]).status == 400)
    }

    @Test(
        arguments: [
            ["SigninToken": "made up"], ["SigninToken": nil], ["Destination": nil],
            ["Destination": "https://console.aws.amazon.com.example.com/"],
            ["Destination": "http://console.aws.amazon.com/"], ["Action": "logout"], ["Action": nil],
        ] as [[String: String?]]
    )
    func `an incomplete login is refused`(_ changes: [String: String?]) async throws {
        let response = try await FederationClient().login(changes)
        #expect(response.status == 400)
        #expect(response.headers.isEmpty)
    }

    @Test func `any other path or method is not found`() async throws {
        let client = try await FederationClient()
        #expect(await client.send(["Action": "getSigninToken"], path: "/").status == 404)
        #expect(await client.send(["Action": "getSigninToken"], method: "PUT").status == 404)
    }
}
