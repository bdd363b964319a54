import Foundation

/// Answers in AWS's Query protocol.
enum QueryReply {
    /// The answer to an action; `result` is `nil` for one that has nothing to tell.
    static func success(
        _ action: String,
        result: [XMLElement]?,
        service: AWSService,
        requestID: String
    ) -> WireResponse {
        let metadata = XMLElement("ResponseMetadata", [XMLElement("RequestId", requestID)])
        let body = result.map { [XMLElement("\(action)Result", $0), metadata] } ?? [metadata]
        let root = XMLElement("\(action)Response", body)
        return response(200, root.document(namespace: service.namespace), requestID: requestID)
    }

    /// A refusal.
    static func failure(_ fault: AWSFault, service: AWSService, requestID: String) -> WireResponse {
        var error = [XMLElement("Type", fault.type), XMLElement("Code", fault.code)]
        if let message = fault.message { error.append(XMLElement("Message", message)) }
        let root = XMLElement(
            "ErrorResponse",
            [XMLElement("Error", error), XMLElement("RequestId", requestID)]
        )
        let document = root.document(namespace: fault.namespace ?? service.namespace)
        return response(fault.status, document, requestID: requestID)
    }

    private static func response(_ status: Int, _ document: String, requestID: String) -> WireResponse {
        WireResponse(
            status: status,
            headers: [
                (name: "Content-Type", value: "text/xml"),
                (name: "x-amzn-RequestId", value: requestID),
            ],
            body: Data(document.utf8)
        )
    }
}
