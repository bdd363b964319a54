import Foundation
import TestSupport
import Testing

@testable import AWS

@Suite(.limited) struct AWSErrorReplyTests {
    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let body: String
        let code: String?
        var message = ""
        var requestID: String?
    }

    static let cases = [
        Case(
            testDescription: "STS",
            body: """
                <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>\
                <Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message>\
                </Error><RequestId>4d2c</RequestId></ErrorResponse>
                """,
            code: "AccessDenied",
            message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
            requestID: "4d2c"
        ),
        Case(
            testDescription: "another namespace",
            body: """
                <ErrorResponse xmlns="http://webservices.amazon.com/AWSFault/2005-15-09"><Error><Code>InvalidAction\
                </Code><Message>Could not find operation X for version Y</Message></Error></ErrorResponse>
                """,
            code: "InvalidAction",
            message: "Could not find operation X for version Y"
        ),
        Case(
            testDescription: "a prefix for the namespace",
            body: "<a:ErrorResponse xmlns:a=\"x\"><a:Error><a:Code>C</a:Code></a:Error></a:ErrorResponse>",
            code: "C"
        ),
        Case(
            testDescription: "JSON",
            body: #"{"Error":{"Code":"AccessDenied","Message":"no","Type":"Sender"},"RequestId":"r"}"#,
            code: "AccessDenied",
            message: "no",
            requestID: "r"
        ),
        Case(
            testDescription: "no message",
            body: "<ErrorResponse><Error><Code>MalformedInput</Code></Error></ErrorResponse>",
            code: "MalformedInput"
        ),
        Case(
            testDescription: "an empty message",
            body: "<ErrorResponse><Error><Code>MalformedInput</Code><Message/></Error></ErrorResponse>",
            code: "MalformedInput"
        ),
        Case(
            testDescription: "moto's form",
            body: """
                <ErrorResponse><Errors><Error><Code>InvalidClientTokenId</Code><Message>no</Message></Error></Errors>\
                <RequestID>r</RequestID></ErrorResponse>
                """,
            code: "InvalidClientTokenId",
            message: "no"
        ),
        Case(
            testDescription: "S3's form",
            body: "<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>",
            code: "NoSuchKey",
            message: "gone"
        ),
        Case(testDescription: "HTML", body: "<html><body><h1>502 Bad Gateway</h1></body></html>", code: nil),
        Case(testDescription: "nothing", body: "", code: nil),
        Case(testDescription: "cut off", body: "<ErrorResponse><Error><Code>Acc", code: nil),
    ]

    @Test(arguments: cases)
    func `an error is parsed in every known format`(_ example: Case) throws {
        let error = try AWSErrorReply.read(Data(example.body.utf8))
        #expect(error?.code == example.code)
        #expect(error?.message ?? "" == example.message)
        if let requestID = example.requestID { #expect(error?.requestID == requestID) }
    }

    @Test func `a body that exceeds a limit is not reported as an error without a code`() {
        #expect(throws: ReplyXMLError.tooDeep(limit: 16)) {
            try AWSErrorReply.read(Data(String(repeating: "<a>", count: 60_000).utf8))
        }
        #expect(throws: ReplyXMLError.documentType) {
            try AWSErrorReply.read(Data("<!DOCTYPE a><a/>".utf8))
        }
    }
}
