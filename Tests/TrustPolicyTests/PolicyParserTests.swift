import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

@Suite(.computing) struct PolicyParserTests {
    @Test func `a policy is parsed with its version, Id, Sid, and statements`() throws {
        let policy = try TrustPolicy(
            parsing: """
                {"Version": "2012-10-17", "Id": "x", "Statement": {"Sid": "One", "Effect": "Deny",
                 "Principal": {"Federated": ["\(EntraFixture.providerARN)", "accounts.google.com"], "AWS": "111122223333"},
                 "NotAction": ["sts:TagSession"], "Condition": {"Bool": {"aws:SecureTransport": false},
                 "NumericLessThan": {"aws:EpochTime": [7, 1.5]}}}}
                """
        )
        #expect(policy.version == .v2012)
        #expect(policy.id == "x")
        let statement = try #require(policy.statements.first)
        #expect(statement.sid == "One")
        #expect(statement.effect == .deny)
        #expect(statement.principal.members[.federated] == [EntraFixture.providerARN, "accounts.google.com"])
        #expect(statement.principal.members[.aws] == ["111122223333"])
        #expect(statement.action.isNegated)
        #expect(statement.conditions.map(\.operator.description) == ["Bool", "NumericLessThan"])
        #expect(statement.conditions.map(\.values) == [["false"], ["7", "1.5"]])
    }

    @Test func `a policy without a version has version 2008-10-17`() throws {
        let text = EntraFixture.policy().replacing("\"Version\": \"2012-10-17\",", with: "")
        #expect(try TrustPolicy(parsing: text).version == .v2008)
    }

    static let statement = #""Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole""#
    static let malformed: [(text: String, message: String, path: String)] = [
        ("", "This policy contains invalid Json", ""),
        ("{", "This policy contains invalid Json", ""),
        ("[]", "This policy contains invalid Json", ""),
        (
            #"{"Version": "2011-01-01", "Statement": []}"#, "The policy must contain a valid version string",
            "Version"
        ),
        (#"{"Version": 2012, "Statement": []}"#, "The policy must contain a valid version string", "Version"),
        (#"{"Version": "2012-10-17"}"#, "Missing required field Statement", "Statement"),
        (#"{"Statement": []}"#, "Could not parse the policy: Statement is empty!", "Statement"),
        (#"{"Statement": "x"}"#, "Syntax errors in policy.", "Statement"),
        (#"{"Statement": [1]}"#, "Syntax errors in policy.", "Statement[0]"),
        (#"{"statement": {}, "Statement": {\#(statement)}}"#, "Syntax errors in policy.", "statement"),
        (
            #"{"Statement": {\#(statement), "Resource": "*"}}"#, "Has prohibited field Resource",
            "Statement.Resource"
        ),
        (
            #"{"Statement": {\#(statement), "NotResource": "*"}}"#, "Has prohibited field NotResource",
            "Statement.NotResource"
        ),
        (#"{"Statement": {\#(statement), "effect": 1}}"#, "Syntax errors in policy.", "Statement.effect"),
        (
            #"{"Statement": {"Principal": "*", "Action": "sts:AssumeRole"}}"#,
            "Missing required field Effect", "Statement"
        ),
        (
            #"{"Statement": {"Effect": "allow", "Principal": "*", "Action": "sts:AssumeRole"}}"#,
            "Syntax errors in policy.", "Statement.Effect"
        ),
        (
            #"{"Statement": [{\#(statement)}, {"Effect": "Allow", "Action": "sts:AssumeRole"}]}"#,
            "Missing required field Principal", "Statement[1]"
        ),
        (
            #"{"Statement": {"Effect": "Allow", "Principal": "*"}}"#, "Missing required field Action",
            "Statement"
        ),
        (
            #"{"Statement": {\#(statement), "NotAction": "sts:TagSession"}}"#, "Syntax errors in policy.",
            "Statement"
        ),
        (
            #"{"Statement": {"Effect": "Allow", "NotPrincipal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}"#,
            "Allow with NotPrincipal is not allowed.", "Statement.NotPrincipal"
        ),
        (
            #"{"Statement": {"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:*"}}"#,
            "AssumeRole policy must not contain NotPrincipal field.", "Statement.NotPrincipal"
        ),
        (
            EntraFixture.policy(principal: #""arn:x""#), "Principal must be a JSON object.",
            "Statement[0].Principal"
        ),
        (
            EntraFixture.policy(principal: #"["*"]"#), "Principal must be a JSON object.",
            "Statement[0].Principal"
        ),
        (
            EntraFixture.policy(principal: #"{"Group": "x"}"#), "Syntax errors in policy.",
            "Statement[0].Principal.Group"
        ),
        (
            EntraFixture.policy(principal: #"{"AWS": "arn:aws:iam::1:user/*"}"#),
            #"Invalid principal in policy: "AWS":"arn:aws:iam::1:user/*""#, "Statement[0].Principal.AWS"
        ),
        (
            EntraFixture.policy(action: #""Action": "s3:GetObject""#),
            "AssumeRole policy may only specify STS AssumeRole actions.", "Statement[0].Action"
        ),
        (
            EntraFixture.policy(action: #""Action": "*""#),
            "AssumeRole policy may only specify STS AssumeRole actions.", "Statement[0].Action"
        ),
        (
            EntraFixture.policy(action: #""Action": ["sts:AssumeRole", "sts:GetCallerIdentity"]"#),
            "AssumeRole policy may only specify STS AssumeRole actions.", "Statement[0].Action"
        ),
        (
            #"{"Statement": [{"Sid": "a", \#(statement)}, {"Sid": "a", \#(statement)}]}"#,
            "The Statement Ids in the policy are not unique", "Statement"
        ),
        (
            #"{"Statement": {"Sid": "a b", \#(statement)}}"#,
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
                + "[0-9A-Za-z]*", "Statement.Sid"
        ),
        (
            EntraFixture.policy(condition: #"{"StringEqual": {"a:b": "c"}}"#),
            "Invalid Condition type : StringEqual",
            "Statement[0].Condition.StringEqual"
        ),
        (
            EntraFixture.policy(condition: #"{"NullIfExists": {"a:b": "true"}}"#),
            "Invalid Condition type : NullIfExists",
            "Statement[0].Condition.NullIfExists"
        ),
        (EntraFixture.policy(condition: "[]"), "Syntax errors in policy.", "Statement[0].Condition"),
        (
            EntraFixture.policy(condition: #"{"Bool": {"a:b": {"c": 1}}}"#), "Syntax errors in policy.",
            "Statement[0].Condition.Bool.a:b"
        ),
    ]

    @Test(arguments: malformed)
    func `a policy that IAM refuses is refused with IAM's text`(text: String, message: String, path: String) {
        let error = #expect(throws: PolicyError.self) { try TrustPolicy(parsing: text) }
        #expect(error?.code == "MalformedPolicyDocument")
        #expect(error?.message == message)
        #expect(error?.path == path)
    }

    @Test(arguments: [
        "arn:aws:iam:::oidc-provider/sts.windows.net/t/",
        "arn:aws:iam::111122223333:oidc-provider/https://sts.windows.net/t/",
        "arn:aws:iam::111122223333:oidc-provider/",
        "arn:aws:iam::111122223333:role/x", "sts.windows.net/t/", "*", "localhost",
    ])
    func `a federated principal that is neither provider nor domain is refused`(_ principal: String) {
        let error = #expect(throws: PolicyError.self) {
            try TrustPolicy(parsing: EntraFixture.policy(principal: #"{"Federated": "\#(principal)"}"#))
        }
        #expect(error?.message == "Federated principals must be valid domain names or SAML metadata ARNs")
        #expect(error?.detail == principal)
    }

    @Test(arguments: [
        #""Action": "sts:*""#, #""Action": "STS:assumerolewithweb*""#, #""NotAction": "sts:TagSession""#,
    ])
    func `STS actions are accepted with wildcards and in any letter case`(_ action: String) throws {
        _ = try TrustPolicy(parsing: EntraFixture.policy(action: action))
    }

    @Test(arguments: [
        ("{\n\"Version\": }", "line 2, column 12: a value is missing before }"),
        ("{\"Id\": \"x\",\n}", "line 2, column 1: a trailing comma"),
        ("{\"Id\": [1, ], \"Id\": 2}", "line 1, column 12: a trailing comma"),
        (
            "{\"Id\": [{\"a\": 1}, {\"a\": \",]\"}],\n \"Id\": 2}",
            "line 2, column 2: the name \"Id\" is repeated in one object"
        ),
        (
            #"{"Version": "2012-10-17", "V\u0065rsion": "2008-10-17"}"#,
            "line 1, column 27: the name \"Version\" is repeated in one object"
        ),
        (
            #"{"a\"b": 1, "a\u0022b": 2}"#,
            "line 1, column 13: the name \"a\"b\" is repeated in one object"
        ),
        (
            "{\"Statement\": [\n  {\"Sid\": \"a\"\n]}",
            "line 3, column 1: a ], but the { at line 2, column 3 needs a closing }"
        ),
        (
            "{\"Statement\": [\r\n  {}\r\n",
            "line 3, column 1: the text ends, but the [ at line 1, column 15 needs a closing ]"
        ),
        ("{\"a\": \"b\"\n \"c\": 1}", "line 2, column 2: a comma is missing before this value"),
        ("{\"a\": 1}}", "line 1, column 9: a } without an opening bracket"),
        ("{'Version': 1}", "line 1, column 2: the quotation mark ' instead of \""),
        ("{\u{201C}Version\u{201D}: 1}", "line 1, column 2: the quotation mark \u{201C} instead of \""),
        ("{ // who\n}", "line 1, column 3: a comment, which JSON does not allow"),
        ("{\"a\": \"b\n\"}", "line 1, column 7: an unterminated string"),
        ("{Version: 1}", "line 1, column 2: Version without quotation marks"),
        ("{\"a\": True}", "line 1, column 7: unexpected \"True\""),
        ("{\"a\" 1}", "line 1, column 6: a colon is missing after the name"),
        ("", "the text is empty"),
        ("data \"aws_iam_policy_document\" \"t\" {\n}", "the text is HCL (Terraform), not JSON"),
        ("assume_role_policy = jsonencode({\n})", "the text is HCL (Terraform), not JSON"),
        ("# trust\nVersion: \"2012-10-17\"\nStatement:\n- Effect: Allow", "the text is YAML, not JSON"),
        ("<GetRoleResponse/>", "the text is XML, not JSON"),
        ("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "the text is a token, not a policy"),
        (
            "------------\n|  GetRole  |\n+----------+\n|| Arn | arn:aws:iam::1:role/a ||",
            "the text is a table or has tabs, and is not JSON"
        ),
        ("ROLE\tarn:aws:iam::111122223333:role/a", "the text is a table or has tabs, and is not JSON"),
        ("```json\n{}\n```", "the JSON is inside a Markdown code fence"),
        ("[]", "a policy must be a JSON object"),
    ])
    func `invalid JSON is shown with its position`(text: String, detail: String) {
        let error = #expect(throws: PolicyError.self) { try TrustPolicy(parsing: text) }
        #expect(error?.message == "This policy contains invalid Json")
        #expect(error?.detail == detail)
    }

    /// The examples of the AWS CLI Command Reference, shortened.
    @Test(arguments: [
        (#"{"PolicyVersion": {"VersionId": "v1", "Document": {"Statement": []}}}"#, "get-policy-version"),
        (#"{"RoleName": "r", "PolicyName": "p", "PolicyDocument": {"Statement": []}}"#, "get-role-policy"),
        (
            #"{"AttachedPolicies": [{"PolicyName": "p", "PolicyArn": "a"}], "IsTruncated": false}"#,
            "list-attached-role-policies"
        ),
        (#"{"PolicyNames": ["p"]}"#, "list-role-policies"),
        (#"{"Policy": {"PolicyName": "p"}}"#, "get-policy"),
        (#"{"Roles": []}"#, "list-roles"),
        (
            #"{"Url": "sts.windows.net/t/", "ClientIDList": ["a"], "ThumbprintList": []}"#,
            "get-open-id-connect-provider"
        ),
        (#"{"OpenIDConnectProviderList": [{"Arn": "a"}]}"#, "list-open-id-connect-providers"),
        (#"{"UserId": "A:b", "Account": "111122223333", "Arn": "arn"}"#, "get-caller-identity"),
        (#"{"Credentials": {"SecretAccessKey": "hush"}}"#, "aws sts"),
    ])
    func `the output of another command is named, not quoted`(text: String, command: String) throws {
        let error = try #require(throws: PolicyError.self) { try TrustPolicy(parsing: text) }
        #expect(error.detail?.contains("\(command)`") == true, "\(error)")
        #expect(error.advice == "Save the output of `aws iam get-role --role-name ROLE --output json`.")
        #expect(!"\(error)".contains("hush"))
    }

    @Test(arguments: [
        ("{\"a\": 1,\n}", "Correct the document at line 2, column 1."),
        ("[]", "Supply the policy document itself, which begins with {."),
        (String(repeating: " ", count: 65_536) + "{}", "Supply only the role's trust policy: "),
        (String(repeating: "[", count: 100), "Supply only the role's trust policy: "),
    ])
    func `the advice on invalid JSON is for its defect`(text: String, advice: String) {
        let error = #expect(throws: PolicyError.self) { try TrustPolicy(parsing: text) }
        #expect(error?.advice?.hasPrefix(advice) == true, "\(error?.advice ?? "")")
    }

    @Test func `white space does not count against the quota`() throws {
        let policy = EntraFixture.policy()
        let size = try TrustPolicy(parsing: policy).size
        let filler = String(repeating: "x", count: TrustPolicy.sizeQuota - size)
        let full = policy.replacing(
            "\"Statement\"",
            with: "\"Id\":\"\(filler.dropLast(8))\",\(String(repeating: " \t\r\n", count: 500))\"Statement\""
        )
        #expect(try TrustPolicy(parsing: full).size == TrustPolicy.sizeQuota)
        let error = #expect(throws: PolicyError.self) {
            try TrustPolicy(parsing: full.replacing("\"Id\":\"", with: "\"Id\":\"y"))
        }
        #expect(error?.code == "LimitExceeded")
        #expect(error?.message == "Cannot exceed quota for ACLSizePerRole: 2048")
    }

    @Test func `a larger quota can be granted`() throws {
        let text = EntraFixture.policy().replacing(
            "\"Statement\"",
            with: "\"Id\":\"\(String(repeating: "x", count: 3000))\",\"Statement\""
        )
        _ = try TrustPolicy(parsing: text, quota: 4096)
        _ = try TrustPolicy(parsing: text, quota: nil)
    }

    // Source: IAM user guide, "Grammar of the IAM JSON policy language" and "Condition operators".
    @Test(arguments: [
        (#"{"Version": "2012-10-18", "Statement": {\#(statement)}}"#, #"Set Version to "2012-10-17""#),
        (#"{"version": "2012-10-17", "Statement": {\#(statement)}}"#, "Correct version to Version"),
        (
            EntraFixture.policy(action: #""action": "sts:AssumeRole""#),
            "Correct Statement[0].action to Action"
        ),
        (EntraFixture.policy(action: #""NotActions": "sts:AssumeRole""#), "to NotAction"),
        (EntraFixture.policy(action: #""Because": "x""#), "the elements here are Action, Condition,"),
        (EntraFixture.policy(condition: #"{"stringequals": {"a:b": "c"}}"#), "the operator to StringEquals;"),
        (EntraFixture.policy(condition: #"{"StringEqual": {"a:b": "c"}}"#), "the operator to StringEquals;"),
        (
            EntraFixture.policy(condition: #"{"ForAnyValue:Stringlike": {"a:b": "c"}}"#),
            "the operator to ForAnyValue:StringLike;"
        ),
        (EntraFixture.policy(condition: #"{"StringNotEqual": {"a:b": "c"}}"#), "to StringNotEquals;"),
        (EntraFixture.policy(condition: #"{"NullIfExists": {"a:b": "true"}}"#), "no form with IfExists"),
        (EntraFixture.policy(condition: #"{"Near": {"a:b": "true"}}"#), "Use an operator of IAM"),
        (
            #"{"Statement": [{"Sid": "A", \#(statement)}, {"Sid": "A", \#(statement)}]}"#,
            "Change or remove the Sid of Statement[1]"
        ),
    ])
    func `an error names what IAM accepts`(document: String, advice: String) {
        let error = #expect(throws: PolicyError.self) { try TrustPolicy(parsing: document, quota: nil) }
        #expect(error?.advice?.contains(advice) == true, "\(error?.advice ?? "none")")
    }
}
