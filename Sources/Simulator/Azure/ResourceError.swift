import Federation

/// An error of Azure Resource Manager.
struct ResourceError: Error, Hashable, Sendable {
    let status: Int
    let code: String
    let message: String

    init(_ status: Int, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }
}

extension ResourceError {
    static let missingVersion = ResourceError(
        400,
        "MissingApiVersionParameter",
        "The api-version query parameter (?api-version=) is required for all requests."
    )
    static let noLocation = ResourceError(
        400,
        "LocationRequired",
        "The location property is required for this definition."
    )

    static func unauthenticated(_ problem: BearerToken.Problem) -> ResourceError {
        switch problem {
        case .missing:
            ResourceError(
                401,
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing."
            )
        case .malformed:
            ResourceError(401, "InvalidAuthenticationToken", "The access token is invalid.")
        case .wrongAudience:
            ResourceError(
                401,
                "InvalidAuthenticationTokenAudience",
                "The access token has been obtained for wrong audience or resource."
            )
        case .expired:
            ResourceError(401, "ExpiredAuthenticationToken", "The access token is expired.")
        }
    }

    static func unauthorized(_ caller: String, action: String, scope: String) -> ResourceError {
        ResourceError(
            403,
            "AuthorizationFailed",
            "The client '\(caller)' with object id '\(caller)' does not have authorization to perform action "
                + "'Microsoft.ManagedIdentity/userAssignedIdentities/\(action)' over scope '\(scope)' or the scope "
                + "is invalid. If access was recently granted, please refresh your credentials."
        )
    }

    static func unknownVersion(_ version: String, type: String = "userAssignedIdentities") -> ResourceError {
        ResourceError(
            400,
            "InvalidResourceType",
            "The resource type '\(type)' could not be found in the namespace "
                + "'Microsoft.ManagedIdentity' for api version '\(version)'."
        )
    }

    static func noSubscription(_ id: String) -> ResourceError {
        ResourceError(404, "SubscriptionNotFound", "The subscription '\(id)' could not be found.")
    }

    static func noGroup(_ name: String) -> ResourceError {
        ResourceError(404, "ResourceGroupNotFound", "Resource group '\(name)' could not be found.")
    }

    static func noIdentity(_ name: String, group: String) -> ResourceError {
        ResourceError(
            404,
            "ResourceNotFound",
            "The Resource 'Microsoft.ManagedIdentity/userAssignedIdentities/\(name)' under resource group '\(group)' "
                + "was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        )
    }

    static func notFound(_ path: String) -> ResourceError {
        ResourceError(404, "InvalidResourceType", "There is no resource type for the path '\(path)'.")
    }

    static func badName(_ name: String) -> ResourceError {
        ResourceError(400, "InvalidResourceName", "The resource name '\(name)' is not valid.")
    }

    static func methodNotAllowed(_ method: String) -> ResourceError {
        ResourceError(405, "HttpMethodNotAllowed", "The HTTP method '\(method)' is not supported at scope.")
    }

    static func otherLocation(_ existing: StoredIdentity, wanted: String) -> ResourceError {
        ResourceError(
            409,
            "InvalidResourceLocation",
            "The resource '\(existing.name)' already exists in location '\(existing.location)' in resource group "
                + "'\(existing.group)'. A resource with the same name cannot be created in location '\(wanted)'. "
                + "Please select a new resource name."
        )
    }
}
