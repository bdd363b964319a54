/// An error in the format of AWS's Query protocol.
struct AWSFault: Error, Hashable, Sendable {
    let status: Int
    let code: String
    /// The message; `nil` for the few errors that AWS returns without a message.
    let message: String?
    /// The namespace of the error, if it differs from the service's namespace.
    var namespace: String?

    init(_ status: Int, _ code: String, _ message: String?, namespace: String? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.namespace = namespace
    }

    /// The party at fault, in AWS's terms: the sender of the request or the receiver.
    var type: String {
        status < 500 ? "Sender" : "Receiver"
    }
}

extension AWSFault {
    /// The error for an action that does not exist in the given API version.
    static func unknownAction(_ action: String, version: String?) -> AWSFault {
        AWSFault(
            400,
            "InvalidAction",
            "Could not find operation \(action) for version \(version ?? "NO_VERSION_SPECIFIED")",
            namespace: dispatchNamespace
        )
    }

    static let missingAction = AWSFault(
        400,
        "MissingAction",
        "Missing Action",
        namespace: dispatchNamespace
    )

    static let throttling = AWSFault(400, "Throttling", "Rate exceeded")
    static let internalFailure = AWSFault(
        500,
        "InternalFailure",
        "The request processing has failed because of an unknown error."
    )
    static let serviceUnavailable = AWSFault(
        503,
        "ServiceUnavailable",
        "Service is unavailable. Please try again."
    )

    static func validation(_ message: String) -> AWSFault {
        AWSFault(400, "ValidationError", message)
    }

    /// The namespace of errors that occur before a request reaches a service.
    private static let dispatchNamespace = "http://webservices.amazon.com/AWSFault/2005-15-09"
}
