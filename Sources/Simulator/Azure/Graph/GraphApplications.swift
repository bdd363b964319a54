import Federation
import FoundationEssentials

/// Applications in Microsoft Graph.
enum GraphApplications {
    static func collection(_ call: GraphCall, in state: inout AzureState) throws(GraphError) -> WireResponse {
        switch call.request.method {
        case "GET":
            try call.requireReading()
            let objects = call.view.applications.map(\.json)
            return call.page(of: objects, context: "applications")
        case "POST":
            try call.require(call.caller.holds(anyOf: .writeApplications, .writeOwnApplications))
            let body = try call.body()
            guard let name = body["displayName"]?.string, !name.isEmpty else {
                throw .invalidValue("displayName", of: "Application")
            }
            let id = "\(name) \(call.request.at) \(state.directory.applicationCount)"
            let blank = DirectoryApplication(
                objectID: state.seed.guid("application \(id)"),
                appID: state.seed.guid("client of \(id)"),
                displayName: name,
                signInAudience: .organizationsAndPersonal,
                tokenVersion: 2,
                created: call.request.at
            )
            let application = try ApplicationChange(body, of: blank, in: state.directory.newest).result
            state.directory.write(application, at: call.request.at)
            return call.entity(application.json, context: "applications", status: 201)
        default:
            throw .methodNotAllowed
        }
    }

    static func member(
        _ key: ObjectKey,
        _ call: GraphCall,
        in state: inout AzureState
    ) throws(GraphError) -> WireResponse {
        try call.requireReading()
        let application = try call.view.application(key)
        switch call.request.method {
        case "GET":
            return call.entity(application.json, context: "applications")
        case "PATCH":
            try call.requireWriting()
            let directory = state.directory.newest
            let newest = directory.application(application.objectID) ?? application
            let change = try ApplicationChange(call.body(), of: newest, in: directory)
            state.directory.write(change.result, at: call.request.at)
            return .empty(204)
        case "DELETE":
            try call.requireWriting()
            state.directory.delete(application, at: call.request.at)
            return .empty(204)
        default:
            throw .methodNotAllowed
        }
    }
}
