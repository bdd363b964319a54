import TestSupport
import Testing

@testable import Federation

/// The AWS CLI passes every value of a command to the API unchanged.
@Suite(.computing) struct AWSCommandTests {
    @Test(arguments: [
        ("api://app", "--client-id api://app"), ("a b", "--client-id 'a b'"),
        ("FILE://x", "--client-id FILE://x"), ("xhttps://", "--client-id xhttps://"),
        ("https://a.example/", #"--cli-input-json '{"ClientID":"https://a.example/"}'"#),
        ("http://a", #"--cli-input-json '{"ClientID":"http://a"}'"#),
        ("file:///etc/passwd", #"--cli-input-json '{"ClientID":"file:///etc/passwd"}'"#),
        ("fileb://it's", #"--cli-input-json '{"ClientID":"fileb://it'\''s"}'"#),
        ("--profile", #"--cli-input-json '{"ClientID":"--profile"}'"#),
    ])
    func `a value that the CLI would interpret is a member of a JSON object`(value: String, words: String) {
        #expect(ShellCommand.aws("iam x", .clientID(value)).text == "aws iam x \(words)")
    }

    @Test(arguments: [
        (["a", "b"], "--client-id-list a b"),
        (["https://a"], #"--cli-input-json '{"ClientIDList":["https://a"]}'"#),
        (["a", "file://b"], #"--cli-input-json '{"ClientIDList":["a","file://b"]}'"#),
        ([" [a"], #"--cli-input-json '{"ClientIDList":[" [a"]}'"#),
        ([], #"--cli-input-json '{"ClientIDList":[]}'"#),
    ])
    func `a list that the CLI would interpret is a member of a JSON object`(values: [String], words: String) {
        #expect(ShellCommand.aws("iam x", .clientIDs(values)).text == "aws iam x \(words)")
    }

    @Test func `the URL of a provider is never read as a file`() {
        let command = ShellCommand.aws("iam x", .url("https://a.example"), .clientIDs(["api://a"]))
        #expect(command.text == "aws iam x --url https://a.example --client-id-list api://a")
    }

    @Test func `one value in JSON puts all parameters in JSON`() {
        let command = ShellCommand.aws(
            "iam x",
            .provider("arn:p"),
            .thumbprint(in: "SHA1"),
            .maximumSession(.seconds(7200)),
            .description(json: "\"$(aws iam get-role --role-name \("it's") --output json)\""),
            query: "Role.Arn"
        )
        let members =
            #"{"OpenIDConnectProviderArn":"arn:p","ThumbprintList":["'"$SHA1"'"],"MaxSessionDuration":7200,"#
            + #""Description":'"$(aws iam get-role --role-name 'it'\''s' --output json)"'}"#
        #expect(command.text == "aws iam x --cli-input-json '\(members)' --query Role.Arn")
    }
}
