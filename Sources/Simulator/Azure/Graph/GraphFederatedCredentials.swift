import Federation
import FoundationEssentials

/// Federated identity credentials of applications in Microsoft Graph.
///
/// Sources: Microsoft Graph REST API v1.0, federatedIdentityCredential; errors in public reports, such as
/// azure-workload-identity #434.
enum GraphFederatedCredentials {
    static func collection(
        _ key: ObjectKey,
        _ call: GraphCall,
        in state: inout AzureState
    ) throws(GraphError) -> WireResponse {
        try call.requireReading()
        let application = try call.view.application(key)
        let context = "applications('\(application.objectID)')/federatedIdentityCredentials"
        switch call.request.method {
        case "GET":
            return call.page(
                of: application.federatedCredentials.map { $0.json(of: application, state.seed) },
                context: context
            )
        case "POST":
            try call.requireWriting()
            var newest = state.directory.newest.application(application.objectID) ?? application
            let credential = try FederatedCredentialDraft(call.body()).credential(named: nil)
            try newest.add(credential)
            state.directory.write(newest, at: call.request.at)
            return call.entity(credential.json(of: application, state.seed), context: context, status: 201)
        default:
            throw .methodNotAllowed
        }
    }

    /// Answers a request for one credential, by its name or its ID.
    static func member(
        _ name: String,
        of key: ObjectKey,
        _ call: GraphCall,
        in state: inout AzureState
    ) throws(GraphError) -> WireResponse {
        try call.requireReading()
        let application = try call.view.application(key)
        let seed = state.seed
        func isNamed(_ credential: FederatedCredential) -> Bool {
            credential.name == name || credential.id(of: application, seed) == name.lowercased()
        }
        guard let found = application.federatedCredentials.first(where: isNamed) else {
            throw GraphError(
                404,
                "Request_ResourceNotFound",
                "FederatedIdentityCredential with name \(name) not found."
            )
        }
        var newest = state.directory.newest.application(application.objectID) ?? application
        switch call.request.method {
        case "GET":
            let context = "applications('\(application.objectID)')/federatedIdentityCredentials"
            return call.entity(found.json(of: application, seed), context: context)
        case "PATCH":
            try call.requireWriting()
            let changed = try FederatedCredentialDraft(call.body(), of: found).credential(named: found.name)
            newest.federatedCredentials.removeAll(where: isNamed)
            try newest.add(changed)
        case "DELETE":
            try call.requireWriting()
            newest.federatedCredentials.removeAll(where: isNamed)
        default:
            throw .methodNotAllowed
        }
        state.directory.write(newest, at: call.request.at)
        return .empty(204)
    }
}

extension FederatedCredential {
    /// The maximum number of credentials of an application or an identity.
    static let limit = 20

    /// Returns the ID that Graph assigns to the credential of an application.
    fileprivate func id(of application: DirectoryApplication, _ seed: Seed) -> String {
        seed.guid("federated credential \(application.objectID) \(name)")
    }

    fileprivate func json(of application: DirectoryApplication, _ seed: Seed) -> JSONValue {
        .object([
            "id": .string(id(of: application, seed)),
            "name": .string(name),
            "issuer": .string(issuer),
            "subject": .string(subject),
            "description": description.map(JSONValue.string) ?? .null,
            "audiences": .array(audiences.map(JSONValue.string)),
        ])
    }
}

extension DirectoryApplication {
    /// Adds a credential.
    ///
    /// - Throws: ``GraphError`` for a duplicate name, a duplicate combination of issuer and subject, or too many
    ///   credentials.
    fileprivate mutating func add(_ credential: FederatedCredential) throws(GraphError) {
        guard !federatedCredentials.contains(where: { $0.name == credential.name }) else {
            throw GraphError(
                409,
                "Request_MultipleObjectsWithSameKeyValue",
                "FederatedIdentityCredential with name \(credential.name) already exists."
            )
        }
        guard !federatedCredentials.contains(where: credential.hasSubject) else {
            throw .invalidCredential(
                "The combination of issuer and subject must be unique for the application. Issuer "
                    + "\(credential.issuer) and Subject: \(credential.subject) already exist.",
                "Subject",
                credential.subject
            )
        }
        guard federatedCredentials.count < FederatedCredential.limit else {
            throw .badRequest(
                "Exceeded the maximum number of federated identity credentials, \(FederatedCredential.limit)."
            )
        }
        federatedCredentials.append(credential)
    }
}

extension FederatedCredential {
    /// Whether another credential has the same issuer and subject; both are case-sensitive.
    func hasSubject(of other: FederatedCredential) -> Bool {
        issuer == other.issuer && subject == other.subject
    }
}

/// The members of a new or changed credential.
private struct FederatedCredentialDraft {
    private var name: String?
    private var issuer: String
    private var subject: String
    private var audiences: [String]
    private var description: String?

    /// Reads the members of a request; an absent member keeps its value from `present`, if any.
    init(_ body: [String: JSONValue], of present: FederatedCredential? = nil) throws(GraphError) {
        name = present?.name
        issuer = present?.issuer ?? ""
        subject = present?.subject ?? ""
        audiences = present?.audiences ?? []
        description = present?.description
        for (member, value) in body.sorted(by: { $0.key < $1.key }) {
            switch (member, value) {
            case ("name", .string(let text)):
                guard present == nil || present?.name == text else {
                    throw .invalidCredential(
                        "Name is immutable and cannot be changed after creation.",
                        "Name",
                        text
                    )
                }
                name = text
            case ("issuer", .string(let text)): issuer = text
            case ("subject", .string(let text)): subject = text
            case ("description", .string(let text)): description = text
            case ("description", .null), ("@odata.type", _), ("claimsMatchingExpression", .null): break
            case ("audiences", _):
                guard case .array(let list) = value, list.allSatisfy({ $0.string != nil }) else {
                    throw .invalidValue("audiences", of: "FederatedIdentityCredential")
                }
                audiences = value.strings
            case ("name", _), ("issuer", _), ("subject", _), ("description", _):
                throw .invalidValue(member, of: "FederatedIdentityCredential")
            default: throw .unknownProperty(member)
            }
        }
    }

    func credential(named name: String?) throws(GraphError) -> FederatedCredential {
        let name = name ?? self.name ?? ""
        guard FederatedCredential.isName(name) else {
            throw .invalidCredential("Invalid value.", "Name", name)
        }
        guard issuer.hasPrefix("https://"), issuer.count <= 600 else {
            throw .invalidCredential("Invalid value.", "Issuer", issuer)
        }
        guard !subject.isEmpty, subject.count <= 600 else {
            throw .invalidCredential("Invalid value.", "Subject", subject)
        }
        guard audiences.count == 1, let audience = audiences.first, !audience.isEmpty, audience.count <= 600
        else {
            throw .invalidCredential(
                "Exactly one audience is required.",
                "Audiences",
                audiences.joined(separator: ",")
            )
        }
        return FederatedCredential(
            name: name,
            issuer: issuer,
            subject: subject,
            audiences: audiences,
            description: description
        )
    }
}

extension FederatedCredential {
    /// Whether a name has 3 to 120 ASCII letters, digits, `_`, or `-`, and begins with a letter or digit.
    static func isName(_ name: String) -> Bool {
        name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9_\-]{2,119}/) != nil
    }
}

extension GraphError {
    fileprivate static func invalidCredential(_ problem: String, _ parameter: String, _ value: String)
        -> GraphError
    {
        GraphError(
            400,
            "InvalidFederatedIdentityCredentialValue",
            "\(problem) paramName: FederatedIdentityCredential.\(parameter), paramValue: \(value), objectType: "
                + "Microsoft.Online.DirectoryServices.Application"
        )
    }
}
