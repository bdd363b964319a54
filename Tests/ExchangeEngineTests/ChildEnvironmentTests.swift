import Federation
import Foundation
import TestSupport
import Testing

@testable import ExchangeEngine

@Suite(.limited) struct ChildEnvironmentTests {
    private let credentials: SessionCredentials

    init() throws {
        credentials = try .sample()
    }

    @Test func `a child's environment has the six variables`() throws {
        let variables = try ChildEnvironment.variables(
            for: credentials,
            region: "eu-west-1",
            parent: ["PATH": "/bin"]
        )
        #expect(
            variables == [
                "PATH": "/bin",
                "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE000000000",
                "AWS_SECRET_ACCESS_KEY": "hush/key/hush/key",
                "AWS_SESSION_TOKEN": "hush+token+hush+token=",
                "AWS_CREDENTIAL_EXPIRATION": "2027-01-15T09:00:00Z",
                "AWS_REGION": "eu-west-1",
                "AWS_DEFAULT_REGION": "eu-west-1",
            ]
        )
    }

    @Test(
        arguments: [
            "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ]
    )
    func `variables with precedence over the credentials are not inherited`(_ name: String) throws {
        let variables = try ChildEnvironment.variables(
            for: credentials,
            region: "eu-west-1",
            parent: [name: "x"]
        )
        #expect(variables[name] == nil)
    }
}
