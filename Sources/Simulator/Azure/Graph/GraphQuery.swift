import Federation
import FoundationEssentials

/// The query options of a Graph request: `$filter`, `$select`, `$top`, `$count`, `$skiptoken`.
struct GraphQuery: Sendable {
    private static let maximumPageSize = 999
    private static let defaultPageSize = 100

    private let filter: GraphFilter?
    private let selected: [String]?
    private let pageSize: Int
    private let skipped: Int
    private let counts: Bool
    private let request: WireRequest

    /// Parses the query options of a request.
    ///
    /// - Throws: ``GraphError`` for a malformed or unsupported option.
    init(_ request: WireRequest) throws(GraphError) {
        let query = request.query
        for option in ["$expand", "$orderby", "$search", "$skip"] where query[option] != nil {
            throw .unsupportedQuery("'\(option)' is not supported for this resource")
        }
        var filter: GraphFilter?
        if let text = query["$filter"] { filter = try GraphFilter(text) }
        self.filter = filter
        selected = query.filled("$select").map { $0.split(separator: ",").map(String.init) }
        guard let size = query["$top"].map(Int.init) ?? Self.defaultPageSize,
            (1...Self.maximumPageSize).contains(size)
        else {
            throw .badRequest("Invalid page size specified: '\(query["$top"] ?? "")'.")
        }
        pageSize = size
        guard let skipped = query["$skiptoken"].map(Int.init) ?? 0, skipped >= 0 else {
            throw .badRequest("The specified page token value has expired and can no longer be included.")
        }
        self.skipped = skipped
        counts = query["$count"] == "true" && request.header("consistencylevel")?.lowercased() == "eventual"
        self.request = request
    }

    /// The cost of the request in resource units.
    var cost: Int {
        max(1, 2 - (selected == nil ? 0 : 1) - (pageSize < 20 ? 1 : 0))
    }

    /// Returns a page of a collection, with a link to the next page if there is one.
    func page(of objects: [JSONValue], context: String, address: String) -> JSONValue {
        let matching = objects.filter { filter?.matches($0) ?? true }
        let page = matching.dropFirst(skipped).prefix(pageSize)
        var answer: [String: JSONValue] = [
            "@odata.context": .string("\(GraphService.metadata)#\(context)"),
            "value": .array(page.map(select)),
        ]
        if counts { answer["@odata.count"] = .integer(matching.count) }
        if skipped + page.count < matching.count {
            answer["@odata.nextLink"] = .string(nextLink(after: skipped + page.count, address: address))
        }
        return .object(answer)
    }

    /// Returns one object of a collection.
    func entity(_ object: JSONValue, context: String) -> JSONValue {
        guard case .object(var members) = select(object) else { return object }
        members["@odata.context"] = .string("\(GraphService.metadata)#\(context)/$entity")
        return .object(members)
    }

    private func select(_ object: JSONValue) -> JSONValue {
        guard let selected, case .object(let members) = object else { return object }
        return .object(members.filter { selected.contains($0.key) })
    }

    private func nextLink(after count: Int, address: String) -> String {
        let options = (request.rawQuery ?? "").split(separator: "&")
            .filter { !$0.hasPrefix("$skiptoken=") && !$0.hasPrefix("%24skiptoken=") }
        return "\(address)\(request.path)?\((options + ["$skiptoken=\(count)"]).joined(separator: "&"))"
    }
}
