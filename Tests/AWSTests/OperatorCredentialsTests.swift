import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import AWS

@Suite(.limited) struct OperatorCredentialsTests {
    static let config = """
        # the operator's
        [default]
        region = eu-west-1

        [profile keys]\r
        aws_access_key_id = AKIAFROMCONFIG\r
        aws_secret_access_key = config-secret\r
        [profile "two words"]
        credential_process = /opt/get keys "for me" --role 'a b' c\\ d
        [profile admin]
        role_arn = arn:aws:iam::111122223333:role/admin
        source_profile = keys
        external_id = shared
        duration_seconds = 900
        services = lab
        endpoint_url = http://127.0.0.1:1/
        [profile env]
        role_arn = arn:aws:iam::111122223333:role/admin
        credential_source = Environment
        [profile pod]
        role_arn = arn:aws:iam::111122223333:role/pod
        web_identity_token_file = /var/run/token
        [profile sso]
        sso_session = corp
        [profile one]
        role_arn = arn:aws:iam::111122223333:role/one
        source_profile = other
        [profile other]
        role_arn = arn:aws:iam::111122223333:role/other
        source_profile = one
        [profile self]
        role_arn = arn:aws:iam::111122223333:role/self
        source_profile = self
        aws_access_key_id = AKIASELF
        aws_secret_access_key = self-secret
        [profile bare]
        role_arn = arn:aws:iam::111122223333:role/bare
        [profile outer]
        role_arn = arn:aws:iam::111122223333:role/outer
        source_profile = both
        [profile both]
        role_arn = arn:aws:iam::111122223333:role/both
        source_profile = keys
        aws_access_key_id = AKIABOTH
        aws_secret_access_key = both-secret
        [services lab]
        sts =
          endpoint_url = http://127.0.0.1:2/
        iam =
          endpoint_url = http://127.0.0.1:3/
        """
    static let credentials = """
        [keys]
        aws_access_key_id = AKIAFROMFILE
        aws_secret_access_key = file-secret
        aws_session_token = file-token
        [half]
        aws_access_key_id = AKIAHALF
        """
    static let profiles = AWSProfiles(config: Secret(config), credentials: Secret(credentials))
    static let fileKeys = SigningCredentials(
        accessKeyID: "AKIAFROMFILE",
        secretAccessKey: Secret("file-secret"),
        sessionToken: Secret("file-token")
    )
    static let environment = ["AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "env-secret"]
    static let environmentKeys = SigningCredentials(
        accessKeyID: "AKIAENV",
        secretAccessKey: Secret("env-secret")
    )

    private func find(
        _ variables: [String: String] = [:],
        profile: String? = nil
    ) throws(CredentialError) -> ResolvedCredentials {
        try ResolvedCredentials.find(variables: variables, profile: profile, profiles: Self.profiles)
    }

    @Test func `keys in variables have precedence over a profile in a variable`() throws {
        let found = try find(Self.environment.merging(["AWS_PROFILE": "keys"]) { $1 })
        #expect(found.origin == .keys(Self.environmentKeys))
    }

    @Test func `a profile in the configuration has precedence over variables`() throws {
        #expect(try find(Self.environment, profile: "keys").origin == .keys(Self.fileKeys))
    }

    @Test func `the credentials file has precedence over the configuration file`() throws {
        #expect(try find(["AWS_PROFILE": "keys"]).origin == .keys(Self.fileKeys))
    }

    @Test func `a command is split as a shell splits it`() throws {
        let words = ["/opt/get", "keys", "for me", "--role", "a b", "c d"]
        #expect(try find(profile: "two words").origin == .process(words, profile: "two words"))
    }

    @Test func `a role is assumed from its source profile`() throws {
        let role = SourcedRole(
            arn: try #require(RoleARN("arn:aws:iam::111122223333:role/admin")),
            sessionName: "cambist",
            externalID: "shared",
            duration: .seconds(900)
        )
        #expect(try find(profile: "admin").origin == .role(role, from: .keys(Self.fileKeys)))
    }

    @Test func `a role is assumed from the variables with credential_source`() throws {
        guard case .role(_, from: let source) = try find(Self.environment, profile: "env").origin else {
            Issue.record("expected a role")
            return
        }
        #expect(source == .keys(Self.environmentKeys))
    }

    @Test func `a profile may be its own source`() throws {
        guard case .role(_, from: .keys(let keys)) = try find(profile: "self").origin else {
            Issue.record("expected a role from keys")
            return
        }
        #expect(keys.accessKeyID == "AKIASELF")
    }

    @Test func `the keys of a source profile have precedence over its role`() throws {
        guard case .role(_, from: .keys(let keys)) = try find(profile: "outer").origin else {
            Issue.record("expected a role from keys")
            return
        }
        #expect(keys.accessKeyID == "AKIABOTH")
    }

    @Test(arguments: [(15, true), (16, false), (20_000, false)])
    func `a chain of source profiles has at most 16 profiles`(length: Int, isFollowed: Bool) {
        let role = "role_arn = arn:aws:iam::111122223333:role/x"
        let chain = (0..<length).map { "[profile p\($0)]\nsource_profile = p\($0 + 1)\n\(role)\n" }
        let end = "[profile p\(length)]\naws_access_key_id = AKIAEND\naws_secret_access_key = end\n"
        let profiles = AWSProfiles(config: Secret(chain.joined() + end), credentials: Secret(""))
        var problem: CredentialError?
        do throws(CredentialError) {
            _ = try ResolvedCredentials.find(variables: [:], profile: "p0", profiles: profiles)
        } catch {
            problem = error
        }
        #expect(problem == (isFollowed ? nil : .profileChain(limit: 16)))
    }

    @Test func `a web identity is found in a profile and in variables`() throws {
        guard case .webIdentity(_, let file, _) = try find(profile: "pod").origin else {
            Issue.record("expected a web identity")
            return
        }
        #expect(file == "/var/run/token")
        let variables = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/pod",
        ]
        #expect(try find(variables).source == "AWS_WEB_IDENTITY_TOKEN_FILE")
    }

    @Test(
        arguments: [
            (
                nil, [:],
                CredentialError.partial(
                    source: "profile default",
                    missing: "aws_access_key_id or credential_process"
                )
            ),
            ("absent", [:], .unknownProfile("absent", setting: "setup.aws_profile")),
            (nil, ["AWS_PROFILE": "absent"], .unknownProfile("absent", setting: "AWS_PROFILE")),
            (
                nil, ["AWS_PROFILE": "half", "AWS_DEFAULT_PROFILE": "absent"],
                .unknownProfile("absent", setting: "AWS_DEFAULT_PROFILE")
            ),
            ("half", [:], .partial(source: "profile half", missing: "aws_secret_access_key")),
            ("sso", [:], .unsupported(profile: "sso", key: "sso_session")),
            ("one", [:], .profileLoop(["one", "other", "one"])),
            (
                "bare", [:],
                .partial(source: "profile bare", missing: "source_profile or credential_source")
            ),
            (
                nil, ["AWS_ACCESS_KEY_ID": "A"],
                .partial(source: "the environment", missing: "AWS_SECRET_ACCESS_KEY")
            ),
        ] as [(String?, [String: String], CredentialError)]
    )
    func `unusable credentials are reported with the reason`(
        _ profile: String?,
        _ variables: [String: String],
        _ error: CredentialError
    ) {
        #expect(throws: error) { try find(variables, profile: profile) }
    }

    @Test func `without files and variables there are no credentials`() {
        #expect(throws: CredentialError.none) {
            try ResolvedCredentials.find(variables: [:], profiles: AWSProfiles())
        }
    }

    @Test func `a service's endpoint has precedence over the profile's`() {
        #expect(Self.profiles.endpoint(of: "iam", in: "admin") == "http://127.0.0.1:3/")
        #expect(Self.profiles.endpoint(of: "s3", in: "admin") == "http://127.0.0.1:1/")
        #expect(Self.profiles.endpoint(of: "iam", in: "keys") == nil)
    }

    @Test func `secrets are not shown`() throws {
        let found = try find(["AWS_PROFILE": "keys"])
        var text = ""
        dump(found, to: &text)
        dump(Self.profiles, to: &text)
        #expect(!text.contains("file-secret") && !text.contains("file-token"))
    }

    private func credentials(
        printing output: String,
        from origin: CredentialOrigin = .process(["get"], profile: "p")
    ) async throws -> SigningCredentials {
        let transport = try HTTPTransport(time: ManualTime(), logger: LogCapture().logger)
        let url = try #require(URL(string: "http://127.0.0.1:9/"))
        let resolver = CredentialResolver(
            transport: transport,
            endpoint: AWSEndpoint(url: url, signingRegion: "us-east-1"),
            time: ManualTime()
        ) { command in
            command == ["get"] ? .success(Data(output.utf8)) : .failure(.init("another command"))
        }
        let found = ResolvedCredentials(source: "profile top", origin: origin, region: nil)
        let result: Result<SigningCredentials, any Error>
        do {
            result = .success(try await resolver.credentials(found))
        } catch {
            result = .failure(error)
        }
        await transport.shutDown()
        return try result.get()
    }

    @Test func `credentials that a credential process prints are used`() async throws {
        let keys = try await credentials(
            printing:
                """
                {"Version": 1, "AccessKeyId": "ASIA", "SecretAccessKey": "s", "SessionToken": "t",
                 "Expiration": "2999-01-01T00:00:00Z"}
                """
        )
        #expect(keys.sessionToken == Secret("t"))
    }

    @Test(arguments: [
        "", "{}", #"{"Version": 2, "AccessKeyId": "A", "SecretAccessKey": "s"}"#,
        #"{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "s", "Expiration": "1999-01-01T00:00:00Z"}"#,
    ])
    func `invalid output of a credential process is refused`(_ output: String) async {
        await #expect(throws: CredentialError.self) { _ = try await credentials(printing: output) }
    }

    @Test func `the error for a credential process names its profile, not the profile that assumes a role`()
        async throws
    {
        let role = SourcedRole(
            arn: try #require(RoleARN("arn:aws:iam::111122223333:role/admin")),
            sessionName: "cambist",
            externalID: nil,
            duration: .seconds(900)
        )
        let origin = CredentialOrigin.role(role, from: .process(["get"], profile: "base"))
        let reason = "it did not print JSON with Version 1"
        await #expect(throws: CredentialError.processFailed(source: "profile base", reason: reason)) {
            _ = try await credentials(printing: "{}", from: origin)
        }
    }

    @Test func `an error without a fix ends with its problem`() {
        let error = CredentialError.noEndpoint(.unknownRegion("nowhere"))
        #expect(error.description == AWSEndpointError.unknownRegion("nowhere").description)
    }
}
