import FoundationEssentials

/// A request in AWS's Query protocol: an action, the API version, and the action's parameters.
struct QueryCall: Sendable {
    let action: String
    let version: String?
    private let query: Parameters
    private let form: Parameters?

    /// The maximum size of a POST body, in bytes; a larger body causes an empty 413 response.
    static let bodyLimit = 10_000_000

    /// Parses the query string and, for POST, the form.
    ///
    /// If a parameter repeats, the first value is used. A parameter in the query string overrides a parameter in the
    /// form.
    ///
    /// Source: published experiments with STS, July 2026.
    init(_ request: WireRequest) throws(AWSFault) {
        query = request.query
        form = request.method == "POST" ? request.form : nil
        guard let action = query["Action"] ?? form?["Action"] else { throw .missingAction }
        self.action = action
        version = query["Version"] ?? form?["Version"]
    }

    /// Returns the value of a parameter, which may be empty.
    subscript(name: String) -> String? {
        query[name] ?? form?[name]
    }

    /// Returns a signed 32-bit integer; like AWS, accepts `+900` and `0900`.
    func number(_ name: String) throws(AWSFault) -> Int? {
        guard let text = self[name] else { return nil }
        if text.isEmpty { throw AWSFault(400, "MalformedInput", "missing value for decimal type") }
        guard let number = Int32(text) else { throw AWSFault(400, "MalformedInput", nil) }
        return Int(number)
    }

    /// Returns the elements of a list `name.member.1`, `name.member.2`, …; `nil` if the list was not sent.
    ///
    /// An empty list is sent as `name=`.
    func list(_ name: String) -> [String]? {
        let values = sequence { self["\(name).member.\($0)"] }
        return values.isEmpty && self[name] == nil ? nil : values
    }

    /// Returns each element of a list of structures, as the values of the given members.
    func list(_ name: String, of members: [String]) -> [[String?]]? {
        let values = sequence { index -> [String?]? in
            let element = members.map { self["\(name).member.\(index).\($0)"] }
            return element.contains { $0 != nil } ? element : nil
        }
        return values.isEmpty && self[name] == nil ? nil : values
    }

    private func sequence<Value>(_ value: (Int) -> Value?) -> [Value] {
        var values: [Value] = []
        while let next = value(values.count + 1) { values.append(next) }
        return values
    }
}

/// Responses in AWS's Query protocol.
enum QueryReply {
    /// Returns the response to an action; `result` is `nil` for an action without a result.
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
