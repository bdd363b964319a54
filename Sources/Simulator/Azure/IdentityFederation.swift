import Federation
import FoundationEssentials

/// Federated identity credentials of user-assigned identities in Azure Resource Manager.
///
/// Source: Azure REST API, Microsoft.ManagedIdentity federatedIdentityCredentials.
enum IdentityFederation {
    /// Returns the response to a request for the credentials of an identity; `nil` for any other path.
    static func answer(
        _ request: WireRequest,
        version: String,
        caller: BearerToken,
        in state: inout AzureState
    ) throws(ResourceError) -> WireResponse? {
        guard let path = CredentialPath(request.path), let identityName = path.identity.name else {
            return nil
        }
        guard ResourceManager.federationVersions.contains(version) else {
            throw .unknownVersion(version, type: "userAssignedIdentities/federatedIdentityCredentials")
        }
        guard path.identity.subscription == state.resources.subscription.lowercased() else {
            throw .noSubscription(path.identity.subscription)
        }
        let action = request.method == "GET" ? "read" : request.method == "DELETE" ? "delete" : "write"
        guard state.resources.contributors.contains(caller.objectID) else {
            throw .unauthorized(
                caller.objectID,
                action: "federatedIdentityCredentials/\(action)",
                scope: request.path
            )
        }
        guard let identity = state.resources.identity(path.identity),
            var principal = state.directory.newest.servicePrincipal(identity.principalID)
        else { throw .noIdentity(identityName, group: path.identity.group) }
        guard let name = path.name else {
            guard request.method == "GET" else { throw .methodNotAllowed(request.method) }
            let all = principal.federatedCredentials.sorted { $0.name < $1.name }
            return .json(200, .object(["value": .array(all.map { $0.json(of: identity) })]))
        }
        let index = principal.federatedCredentials.firstIndex { $0.name.lowercased() == name.lowercased() }
        switch request.method {
        case "GET":
            guard let index else { throw .noCredential(name, of: identityName, group: path.identity.group) }
            return .json(200, principal.federatedCredentials[index].json(of: identity))
        case "PUT":
            let credential = try credential(name, request, others: principal.federatedCredentials)
            if let index {
                principal.federatedCredentials[index] = credential
            } else {
                guard principal.federatedCredentials.count < FederatedCredential.limit else {
                    throw .tooManyCredentials
                }
                principal.federatedCredentials.append(credential)
            }
            state.directory.write(principal, at: request.at)
            return .json(index == nil ? 201 : 200, credential.json(of: identity))
        case "DELETE":
            guard let index else { return .empty(204) }
            principal.federatedCredentials.remove(at: index)
            state.directory.write(principal, at: request.at)
            return .empty(200)
        default:
            throw .methodNotAllowed(request.method)
        }
    }

    private static func credential(
        _ name: String,
        _ request: WireRequest,
        others: [FederatedCredential]
    ) throws(ResourceError) -> FederatedCredential {
        guard FederatedCredential.isName(name) else { throw .badName(name) }
        let properties = request.json?["properties"]
        guard let issuer = properties?["issuer"]?.string, issuer.hasPrefix("https://") else {
            throw .badProperty("issuer")
        }
        guard let subject = properties?["subject"]?.string, !subject.isEmpty else {
            throw .badProperty("subject")
        }
        guard case .array(let list) = properties?["audiences"], list.count == 1, let audience = list[0].string
        else {
            throw .badProperty("audiences")
        }
        let credential = FederatedCredential(
            name: name,
            issuer: issuer,
            subject: subject,
            audiences: [audience]
        )
        let isTaken = others.contains {
            $0.hasSubject(of: credential) && $0.name.lowercased() != name.lowercased()
        }
        if isTaken { throw .takenSubject }
        return credential
    }
}

/// The path of a federated identity credential, or of all credentials of an identity.
private struct CredentialPath {
    let identity: IdentityPath
    let name: String?

    init?(_ path: String) {
        let parts = path.split(separator: "/")
        guard parts.count == 9 || parts.count == 10, parts[8].lowercased() == "federatedidentitycredentials",
            let identity = IdentityPath("/" + parts[..<8].joined(separator: "/"))
        else { return nil }
        self.identity = identity
        name = parts.count == 10 ? parts[9].percentDecoded : nil
    }
}

extension FederatedCredential {
    /// The credential in the JSON of Azure Resource Manager.
    fileprivate func json(of identity: StoredIdentity) -> JSONValue {
        .object([
            "id": .string("\(identity.path)/federatedIdentityCredentials/\(name)"),
            "name": .string(name),
            "type": .string("Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"),
            "properties": .object([
                "issuer": .string(issuer),
                "subject": .string(subject),
                "audiences": .array(audiences.map(JSONValue.string)),
            ]),
        ])
    }
}

extension ResourceError {
    fileprivate static func noCredential(_ name: String, of identity: String, group: String) -> ResourceError
    {
        ResourceError(
            404,
            "ResourceNotFound",
            "The Resource 'Microsoft.ManagedIdentity/userAssignedIdentities/\(identity)/federatedIdentityCredentials/"
                + "\(name)' under resource group '\(group)' was not found. For more details please go to "
                + "https://aka.ms/ARMResourceNotFoundFix"
        )
    }

    fileprivate static func badProperty(_ name: String) -> ResourceError {
        ResourceError(
            400,
            "InvalidRequestContent",
            "The request content was invalid: the value of 'properties.\(name)' is missing or not supported."
        )
    }

    fileprivate static let takenSubject = ResourceError(
        409,
        "Conflict",
        "The combination of issuer and subject must be unique for the managed identity."
    )
    fileprivate static let tooManyCredentials = ResourceError(
        400,
        "BadRequest",
        "Too many federated identity credentials: a managed identity has at most \(FederatedCredential.limit)."
    )
}
