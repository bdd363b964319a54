import Foundation
import TestSupport
import Testing

@testable import Azure

@Suite(.limited) struct RefusalReplyTests {
    @Test(
        arguments: [
            (
                #"{"error":"invalid_request","error_description":"Identity not found"}"#,
                "invalid_request", "Identity not found", nil
            ),
            (
                #"{"error":{"code":"ManagedIdentityNotFound","message":"None","correlationId":"c1"}}"#,
                "ManagedIdentityNotFound", "None", "c1"
            ),
            (#"{"statusCode":500,"message":"An error","correlationId":"c2"}"#, nil, "An error", "c2"),
            (#"{"StatusCode":400,"Message":"An error","CorrelationId":"c4"}"#, nil, "An error", "c4"),
            (#"{"Error":{"Code":"Refused","Message":"No","CorrelationId":"c5"}}"#, "Refused", "No", "c5"),
            (#"{"error":"unknown"}"#, "unknown", "unknown", nil),
            (
                #"{"error":"invalid_grant","error_description":"AADSTS501051: Application 'x' is not assigned","#
                    + #""error_codes":[501051],"correlation_id":"c3"}"#,
                "AADSTS501051", "AADSTS501051: Application 'x' is not assigned", "c3"
            ),
        ] as [(String, String?, String, String?)]
    )
    func `a refusal is parsed in every known format`(
        json: String,
        code: String?,
        message: String,
        correlationID: String?
    ) throws {
        let answer = try #require(RefusalReply(json: Data(json.utf8)))
        #expect(answer.bestCode == code)
        #expect(answer.message == message)
        #expect(answer.correlationID == correlationID)
    }

    @Test(arguments: ["", "{}", "[]", "<html></html>", "Bad gateway", #"{"error":"#, #"{"statusCode":500}"#])
    func `any other data is not a refusal`(json: String) {
        #expect(RefusalReply(json: Data(json.utf8)) == nil)
    }
}
