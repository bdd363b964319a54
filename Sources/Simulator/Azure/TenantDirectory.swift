import Federation
import FoundationEssentials

/// The directory of a tenant, with all versions of its objects.
struct TenantDirectory: Sendable {
    /// The tenant ID, a GUID in lower case.
    let tenantID: String
    private(set) var applications: [String: VersionedValue<DirectoryApplication, Date>] = [:]
    private(set) var servicePrincipals: [String: VersionedValue<ServicePrincipal, Date>] = [:]
    private(set) var assignments: [String: VersionedValue<AppRoleAssignment, Date>] = [:]

    init(tenantID: String) {
        self.tenantID = tenantID
    }

    /// The number of applications registered so far, including deleted applications.
    var applicationCount: Int { applications.count }

    /// The newest version of the directory.
    var newest: DirectoryView {
        DirectoryView(directory: self, date: .distantFuture, lag: .zero)
    }

    /// Returns the directory's version on a replica with a delay of `lag`.
    func view(at date: Date, lag: Duration) -> DirectoryView {
        DirectoryView(directory: self, date: date, lag: lag)
    }

    /// Creates or replaces an application.
    ///
    /// Without a date, the change is immediately visible on all replicas.
    mutating func write(_ application: DirectoryApplication, at date: Date?) {
        Self.write(application, under: application.objectID, in: &applications, at: date)
    }

    mutating func write(_ principal: ServicePrincipal, at date: Date?) {
        Self.write(principal, under: principal.objectID, in: &servicePrincipals, at: date)
    }

    mutating func write(_ assignment: AppRoleAssignment, at date: Date?) {
        Self.write(assignment, under: assignment.id, in: &assignments, at: date)
    }

    /// Deletes an application and its service principal.
    mutating func delete(_ application: DirectoryApplication, at date: Date) {
        applications[application.objectID]?.write(nil, date)
        if let principal = newest.servicePrincipal(appID: application.appID) {
            deleteServicePrincipal(principal.objectID, at: date)
        }
    }

    /// Deletes a service principal by object ID.
    ///
    /// Also deletes the assignments of the service principal and the assignments to its roles.
    mutating func deleteServicePrincipal(_ id: String, at date: Date) {
        servicePrincipals[id]?.write(nil, date)
        for assignment in newest.assignments where assignment.principalID == id || assignment.resourceID == id
        {
            deleteAssignment(assignment.id, at: date)
        }
    }

    mutating func deleteAssignment(_ id: String, at date: Date) {
        assignments[id]?.write(nil, date)
    }

    private static func write<Value: Sendable>(
        _ value: Value,
        under id: String,
        in objects: inout [String: VersionedValue<Value, Date>],
        at date: Date?
    ) {
        // A value without a date replaces all earlier versions.
        if date == nil { objects[id] = nil }
        objects[id, default: VersionedValue()].write(value, date ?? .distantPast)
    }
}

/// The directory's version on one replica at one time.
struct DirectoryView: Sendable {
    fileprivate let directory: TenantDirectory
    fileprivate let date: Date
    fileprivate let lag: Duration

    /// The tenant ID, a GUID in lower case.
    var tenantID: String { directory.tenantID }

    /// All applications, oldest first.
    var applications: [DirectoryApplication] {
        visible(in: directory.applications).sorted { ($0.created, $0.objectID) < ($1.created, $1.objectID) }
    }

    /// All service principals, oldest first.
    var servicePrincipals: [ServicePrincipal] {
        visible(in: directory.servicePrincipals).sorted {
            ($0.created, $0.objectID) < ($1.created, $1.objectID)
        }
    }

    /// All assignments, oldest first.
    var assignments: [AppRoleAssignment] {
        visible(in: directory.assignments).sorted { ($0.created, $0.id) < ($1.created, $1.id) }
    }

    func application(_ objectID: String) -> DirectoryApplication? {
        directory.applications[objectID]?.value(at: date, lag: lag)
    }

    func application(appID: String) -> DirectoryApplication? {
        visible(in: directory.applications).first { $0.appID == appID }
    }

    func servicePrincipal(_ objectID: String) -> ServicePrincipal? {
        directory.servicePrincipals[objectID]?.value(at: date, lag: lag)
    }

    func servicePrincipal(appID: String) -> ServicePrincipal? {
        visible(in: directory.servicePrincipals).first { $0.appID == appID }
    }

    func assignment(_ id: String) -> AppRoleAssignment? {
        directory.assignments[id]?.value(at: date, lag: lag)
    }

    /// Returns the names that select a service principal in token requests: the client ID and the identifier URIs.
    func names(of principal: ServicePrincipal) -> [String] {
        let identifierURIs =
            principal.foreign?.identifierURIs ?? application(appID: principal.appID)?.identifierURIs
        return [principal.appID] + (identifierURIs ?? [])
    }

    /// Returns the app roles of a service principal's application.
    func roles(of principal: ServicePrincipal) -> [AppRole] {
        principal.foreign?.roles ?? application(appID: principal.appID)?.roles ?? []
    }

    /// Returns the service principal with this client ID or identifier URI.
    func servicePrincipal(named name: String) -> ServicePrincipal? {
        visible(in: directory.servicePrincipals).first { names(of: $0).contains(name) }
    }

    /// Returns the assignments of a principal to roles of one resource.
    func assignments(of principalID: String, on resourceID: String) -> [AppRoleAssignment] {
        visible(in: directory.assignments).filter {
            $0.principalID == principalID && $0.resourceID == resourceID
        }
    }

    private func visible<Value>(in objects: [String: VersionedValue<Value, Date>]) -> some Sequence<Value> {
        objects.values.lazy.compactMap { $0.value(at: date, lag: lag) }
    }
}

extension VersionedValue where Mark == Date {
    /// Returns the version on a replica with a delay of `lag` at `date`.
    fileprivate func value(at date: Date, lag: Duration) -> Value? {
        latest { date.since($0) >= lag }
    }
}
