import Federation
import Foundation
import Testing

@testable import ExchangeEngine

struct ChildEnvironmentTests {
    private let credentials = SessionCredentials(
        accessKeyID: "ASIAEXAMPLE",
        secretAccessKey: Secret("key"),
        sessionToken: Secret("token"),
        expiration: Date(timeIntervalSince1970: 1_800_003_600),
        issued: Date(timeIntervalSince1970: 1_800_000_000),
        assumedRoleARN: "arn:aws:sts::111122223333:assumed-role/audit/s",
        region: "eu-west-1"
    )

    @Test func `a child gets the six variables`() {
        let variables = ChildEnvironment.variables(
            for: credentials,
            region: "eu-west-1",
            parent: ["PATH": "/bin"]
        )
        #expect(
            variables == [
                "PATH": "/bin",
                "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "key",
                "AWS_SESSION_TOKEN": "token",
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
    func `nothing that would win over the credentials is inherited`(_ name: String) {
        let variables = ChildEnvironment.variables(for: credentials, region: "eu-west-1", parent: [name: "x"])
        #expect(variables[name] == nil)
    }
}
