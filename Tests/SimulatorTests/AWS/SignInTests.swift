import AWS
import Federation
import Foundation
import TestSupport
import Testing

@testable import Simulator

struct SignInTests {
    /// The federation endpoint with credentials of a session that was just made.
    private struct Desk {
        let bench: AWSHarness
        var session: [String: String]

        init() async throws {
            bench = try await AWSHarness()
            let answer = try await bench.exchange()
            session = [
                "sessionId": answer["AccessKeyId"] ?? "", "sessionKey": answer["SecretAccessKey"] ?? "",
                "sessionToken": answer["SessionToken"] ?? "",
            ]
        }

        func ask(
            _ form: [String: String],
            method: String = "POST",
            path: String = "/federation"
        ) async -> WireResponse {
            let text = AWSHarness.encoded(form)
            let isPost = method == "POST"
            return await bench.cloud.signIn(
                WireRequest(
                    method: method,
                    path: path,
                    rawQuery: isPost ? nil : text,
                    headers: [(name: "Content-Type", value: FormBody.contentType)],
                    body: isPost ? Data(text.utf8) : Data(),
                    at: bench.time.now
                )
            )
        }

        func token(
            _ changes: [String: String?] = [:],
            session: [String: String]? = nil
        ) async -> WireResponse {
            let members = (session ?? self.session).mapValues(JSONValue.string)
            let form = ["Action": "getSigninToken", "Session": JSONValue.object(members).compactText]
            return await ask(form.changed(by: changes))
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
            return await ask(form.changed(by: changes), method: method)
        }
    }

    @Test(arguments: [nil, "900", "43200"])
    func `a session gets a sign-in token`(_ duration: String?) async throws {
        let response = try await Desk().token(["SessionDuration": duration])
        #expect(response.status == 200)
    }

    @Test(arguments: ["899", "43201", "", "1h"])
    func `a console session has a length that AWS takes`(_ duration: String) async throws {
        #expect(try await Desk().token(["SessionDuration": duration]).status == 400)
    }

    @Test(arguments: ["sessionId", "sessionKey", "sessionToken"])
    func `credentials must be whole and right`(_ member: String) async throws {
        let desk = try await Desk()
        #expect(await desk.token(session: desk.session.changed(by: [member: nil])).status == 400)
        #expect(await desk.token(session: desk.session.changed(by: [member: "another"])).status == 400)
    }

    @Test func `credentials that have ended sign nobody in`() async throws {
        let desk = try await Desk()
        desk.bench.time.advance(by: .seconds(3601))
        #expect(await desk.token().status == 400)
    }

    @Test func `a token leads to the console for fifteen minutes`() async throws {
        let desk = try await Desk()
        let token = try await desk.signInToken()
        #expect(try await desk.login().headers.contains { $0.name == "Location" })
        desk.bench.time.advance(by: .seconds(899))
        #expect(try await desk.login(["SigninToken": token]).status == 302)
        desk.bench.time.advance(by: .seconds(2))
        #expect(try await desk.login(["SigninToken": token]).status == 400)
    }

    @Test(
        arguments: [
            ["SigninToken": "made up"], ["SigninToken": nil], ["Destination": nil],
            ["Destination": "https://console.aws.amazon.com.example.com/"],
            ["Destination": "http://console.aws.amazon.com/"], ["Action": "logout"], ["Action": nil],
        ] as [[String: String?]]
    )
    func `a login that is not whole leads nowhere`(_ changes: [String: String?]) async throws {
        let response = try await Desk().login(changes)
        #expect(response.status == 400)
        #expect(response.headers.isEmpty)
    }

    @Test func `nothing else is at its address`() async throws {
        let desk = try await Desk()
        #expect(await desk.ask(["Action": "getSigninToken"], path: "/").status == 404)
        #expect(await desk.ask(["Action": "getSigninToken"], method: "PUT").status == 404)
    }
}
