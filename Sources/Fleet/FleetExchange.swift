package import Federation
import FoundationEssentials
package import Store

/// An exchange of a node, as stored in the fleet's database.
package struct FleetExchange: Hashable, Sendable, Identifiable {
    package let id: FleetRecordID
    package let node: FleetNode.ID
    package let record: ExchangeRecord

    package init(id: FleetRecordID, node: FleetNode.ID, record: ExchangeRecord) {
        self.id = id
        self.node = node
        self.record = record
    }
}

/// A row of `cambist.exchange`, encoded as a JSON object for the insert of several rows.
///
/// Like the local history, the row contains no token, secret key, or session token.
struct ExchangeColumns: Encodable {
    struct Token: Encodable {
        let fingerprint: String
        let header: [String: JSONValue]
        let payload: [String: JSONValue]
        let source: String
        let received: Double
        let seenBefore: Bool
        let azureOffset: Int?
        let azureUncertainty: Int?

        enum CodingKeys: String, CodingKey {
            case fingerprint
            case header
            case payload
            case source
            case received
            case seenBefore = "seen_before"
            case azureOffset = "azure_offset"
            case azureUncertainty = "azure_uncertainty"
        }
    }

    let id: FleetRecordID
    let at: Double
    let mapping: String
    let identity: String
    let roleARN: String
    let failed: Bool
    let code: String?
    let message: String?
    let steps: [StoredStep]
    let token: Token?
    let credentialExpiry: Double?
    let accessKeyID: String?
    let assumedRoleARN: String?
    let awsOffset: Int?
    let awsUncertainty: Int?

    enum CodingKeys: String, CodingKey {
        case id
        case at
        case mapping
        case identity
        case roleARN = "role_arn"
        case failed
        case code
        case message
        case steps
        case token
        case credentialExpiry = "credential_expiry"
        case accessKeyID = "access_key_id"
        case assumedRoleARN = "assumed_role_arn"
        case awsOffset = "aws_offset"
        case awsUncertainty = "aws_uncertainty"
    }

    init(_ id: FleetRecordID, _ record: ExchangeRecord) {
        self.id = id
        at = record.at.timeIntervalSince1970
        mapping = record.mapping
        identity = record.identity
        roleARN = record.roleARN.description
        failed = record.outcome == .failed
        code = record.failure?.code
        message = record.failure?.message
        steps = record.steps.map(StoredStep.init)
        token = record.token.map { token in
            Token(
                fingerprint: token.fingerprint,
                header: token.claims.header,
                payload: token.claims.payload,
                source: token.source.rawValue,
                received: token.received.timeIntervalSince1970,
                seenBefore: token.seenBefore,
                azureOffset: token.clockOffset?.offset.nanoseconds,
                azureUncertainty: token.clockOffset?.uncertainty.nanoseconds
            )
        }
        credentialExpiry = record.credentialExpiry?.timeIntervalSince1970
        accessKeyID = record.accessKeyID
        assumedRoleARN = record.assumedRoleARN
        awsOffset = record.clockOffset?.offset.nanoseconds
        awsUncertainty = record.clockOffset?.uncertainty.nanoseconds
    }

    /// Inserts the objects of a JSON array as rows of a node; existing rows are unchanged.
    static let insertion = """
        INSERT INTO exchange SELECT id, to_timestamp(at), $1, mapping, identity, role_arn, failed, code, message,
            steps, token, to_timestamp(credential_expiry), access_key_id, assumed_role_arn, aws_offset,
            aws_uncertainty
        FROM jsonb_to_recordset($2::jsonb) AS x(id uuid, at float8, mapping text, identity text, role_arn text,
            failed boolean, code text, message text, steps jsonb, token jsonb, credential_expiry float8,
            access_key_id text, assumed_role_arn text, aws_offset bigint, aws_uncertainty bigint)
        ON CONFLICT DO NOTHING
        """

    /// The columns that ``FleetExchange/init(_:)`` reads.
    static let selection = """
        id, node, extract(epoch FROM at)::float8, mapping, identity, role_arn, steps,
        extract(epoch FROM credential_expiry)::float8, access_key_id, assumed_role_arn, aws_offset,
        aws_uncertainty,
        token ->> 'fingerprint', token -> 'header', token -> 'payload', token ->> 'source',
        token ->> 'received', token ->> 'seen_before', token ->> 'azure_offset', token ->> 'azure_uncertainty'
        """
}

extension FleetExchange {
    /// Decodes a row; `nil` if this version of cambist cannot read a required value.
    init?(_ row: [String?]) {
        guard row.count == 20, let id = row[0], let node = row[1], let at = Date(databaseSeconds: row[2]),
            let mapping = row[3], let identity = row[4], let role = row[5].flatMap(RoleARN.init),
            let steps = row[6],
            let stored = try? JSONDecoder().decode([StoredStep].self, from: Data(steps.utf8))
        else { return nil }
        self.init(
            id: id,
            node: node,
            record: ExchangeRecord(
                id: 0,
                at: at,
                mapping: mapping,
                identity: identity,
                roleARN: role,
                steps: stored.map(StepRecord.init),
                token: TokenFacts(row),
                credentialExpiry: Date(databaseSeconds: row[7]),
                accessKeyID: row[8],
                assumedRoleARN: row[9],
                clockOffset: ClockOffset(row[10], row[11])
            )
        )
    }
}

extension TokenFacts {
    fileprivate init?(_ row: [String?]) {
        guard let fingerprint = row[12], let header = row[13].flatMap({ JSONValue(text: $0) })?.members,
            let payload = row[14].flatMap({ JSONValue(text: $0) })?.members,
            let source = row[15].flatMap(TokenSourceKind.init), let received = Date(databaseSeconds: row[16])
        else { return nil }
        self.init(
            fingerprint: fingerprint,
            claims: Claims(header: header, payload: payload),
            source: source,
            received: received,
            seenBefore: row[17] == "true",
            clockOffset: ClockOffset(row[18], row[19])
        )
    }
}

extension ClockOffset {
    fileprivate init?(_ offset: String?, _ uncertainty: String?) {
        guard let offset = offset.flatMap(Int.init), let uncertainty = uncertainty.flatMap(Int.init) else {
            return nil
        }
        self.init(offset: .nanoseconds(offset), uncertainty: .nanoseconds(uncertainty))
    }
}

extension FleetStore {
    /// The number of rows in which one statement searches for a text.
    private static let searchedRows = 200_000

    /// Returns an exchange; `nil` if the database does not have it.
    package func exchange(_ id: FleetRecordID) async throws(FleetError) -> FleetExchange? {
        try await perform { session throws(FleetError) in
            try session.execute("SELECT \(ExchangeColumns.selection) FROM exchange WHERE id = $1::uuid", [id])
                .rows
                .first.flatMap(FleetExchange.init)
        }
    }

    /// Returns a page of the exchanges that match a filter, newest first.
    ///
    /// - Parameters:
    ///   - filter: The filter; its terms and its regular expression are ignored.
    ///   - node: The node, or `nil` for all.
    ///   - last: The last exchange on the previous page; `nil` for the newest page.
    ///   - limit: The page size.
    /// - Returns: The exchanges; empty after the last page.
    /// - Throws: ``FleetError``.
    package func exchanges(
        matching filter: HistoryFilter,
        node: FleetNode.ID? = nil,
        before last: FleetRecordID? = nil,
        limit: Int
    ) async throws(FleetError) -> [FleetExchange] {
        if filter.texts.isEmpty { return try await page(filter, node, before: last, from: nil, limit) }
        // No index supports a search for a text. Therefore, each statement searches a part of the exchanges, to stay
        // within its time limit.
        var found: [FleetExchange] = []
        var end = last
        repeat {
            let start = try await startOfPart(filter, node, before: end)
            found += try await page(filter, node, before: end, from: start, limit - found.count)
            end = start
        } while end != nil && found.count < limit
        return found
    }

    /// Returns the newest exchanges of a range of IDs; fewer than `limit` only if there are no more.
    private func page(
        _ filter: HistoryFilter,
        _ node: FleetNode.ID?,
        before end: FleetRecordID?,
        from start: FleetRecordID?,
        _ limit: Int
    ) async throws(FleetError) -> [FleetExchange] {
        var found: [FleetExchange] = []
        var end = end
        while true {
            let wanted = limit - found.count
            var conditions = ExchangeConditions(filter, node: node, before: end)
            if let start { conditions.add({ "id >= \($0)::uuid" }, start) }
            let query = """
                SELECT \(ExchangeColumns.selection) FROM exchange WHERE \(conditions.text)
                ORDER BY exchange.id DESC LIMIT \(wanted)
                """
            let rows = try await perform { [parameters = conditions.parameters] session throws(FleetError) in
                try session.execute(query, parameters).rows
            }
            found += rows.compactMap(FleetExchange.init)
            // Rows that this version cannot decode are replaced by older rows.
            guard rows.count == wanted, found.count < limit, let last = rows.last?[0] else { return found }
            end = last
        }
    }

    /// Returns the lowest ID of the next part to search; `nil` for the last part.
    ///
    /// A part has about ``searchedRows`` exchanges that meet the filter's conditions other than the texts.
    private func startOfPart(
        _ filter: HistoryFilter,
        _ node: FleetNode.ID?,
        before end: FleetRecordID?
    ) async throws(FleetError) -> FleetRecordID? {
        var filter = filter
        filter.texts = []
        let conditions = ExchangeConditions(filter, node: node, before: end)
        let query = """
            SELECT id FROM exchange WHERE \(conditions.text)
            ORDER BY exchange.id DESC OFFSET \(Self.searchedRows) LIMIT 1
            """
        return try await perform { [parameters = conditions.parameters] session throws(FleetError) in
            try session.execute(query, parameters).rows.first?.first ?? nil
        }
    }

    /// Returns the ID of the last exchange of each node, or of one node; ``beforeAll`` for a node without exchanges.
    func lastExchanges(of node: FleetNode.ID? = nil) async throws(FleetError) -> [FleetNode.ID: FleetRecordID]
    {
        let rows = try await perform { session throws(FleetError) in
            try session.execute(
                """
                SELECT name, (SELECT id FROM exchange WHERE exchange.node = name ORDER BY id DESC LIMIT 1) FROM node
                WHERE $1::text IS NULL OR name = $1
                """,
                [node]
            ).rows
        }
        return Dictionary(
            rows.compactMap { row in row[0].map { ($0, row[1] ?? Self.beforeAll) } },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The UUID that precedes all others.
    static let beforeAll = "00000000-0000-0000-0000-000000000000"

    /// Returns the exchanges after a given exchange of each node, at most `limit` per node, oldest first.
    ///
    /// Each node needs its own position, because the nodes' clocks differ. A new exchange of one node can have a lower
    /// ID than an old exchange of another node.
    func exchanges(
        matching filter: HistoryFilter,
        after last: [FleetNode.ID: FleetRecordID],
        limit: Int
    ) async throws(FleetError) -> FollowedPage {
        struct Cursor: Encodable {
            let source: FleetNode.ID
            let after: FleetRecordID
        }
        let cursors = Self.json(last.map { Cursor(source: $0.key, after: $0.value) })
        var conditions = ExchangeConditions(filter)
        var position = ""
        conditions.add(
            { parameter in
                position = parameter
                return "exchange.node = last.source AND id > last.after"
            },
            cursors
        )
        let query = """
            SELECT \(ExchangeColumns.selection)
            FROM jsonb_to_recordset(\(position)::jsonb) AS last(source text, after uuid)
            CROSS JOIN LATERAL (
                SELECT * FROM exchange WHERE \(conditions.text) ORDER BY id LIMIT \(limit)
            ) AS exchange ORDER BY id
            """
        let rows = try await perform { [parameters = conditions.parameters] session throws(FleetError) in
            try session.execute(query, parameters).rows
        }
        return FollowedPage(rows, limit: limit)
    }
}

/// A page of new exchanges of several nodes.
struct FollowedPage {
    /// The exchanges that this version can decode, oldest first.
    let exchanges: [FleetExchange]
    /// The ID of the last row of each node, even if this version cannot decode the row.
    let last: [FleetNode.ID: FleetRecordID]
    /// The nodes that may have further exchanges.
    let unfinished: Set<FleetNode.ID>

    fileprivate init(_ rows: [[String?]], limit: Int) {
        exchanges = rows.compactMap(FleetExchange.init)
        let ids = rows.compactMap { row in row[1].flatMap { node in row[0].map { (node: node, id: $0) } } }
        let byNode = Dictionary(grouping: ids, by: \.node)
        last = byNode.compactMapValues { $0.last?.id }
        unfinished = Set(byNode.filter { $0.value.count == limit }.keys)
    }
}

private struct ExchangeConditions {
    private var conditions: [String] = []
    private(set) var parameters: [String?] = []

    init(_ filter: HistoryFilter, node: FleetNode.ID? = nil, before end: FleetRecordID? = nil) {
        if let end { add({ "id < \($0)::uuid" }, end) }
        if let node { add({ "node = \($0)" }, node) }
        if let since = filter.since { add({ "id >= \($0)::uuid" }, TimeOrderedID.lowest(at: since)) }
        if let mapping = filter.mapping { add({ "mapping = \($0)" }, mapping) }
        if let identity = filter.identity { add({ "identity = \($0)" }, identity) }
        if let outcome = filter.outcome { conditions.append(outcome == .failed ? "failed" : "NOT failed") }
        for text in filter.texts {
            add(
                { parameter in
                    """
                    concat_ws(' ', mapping, identity, role_arn, node, code, message, token ->> 'fingerprint')
                        ILIKE '%' || \(parameter) || '%'
                    """
                },
                text.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
            )
        }
    }

    var text: String { conditions.isEmpty ? "true" : conditions.joined(separator: " AND ") }

    /// Adds a parameter and its condition; `condition` receives the parameter's placeholder, such as `$2`.
    mutating func add(_ condition: (String) -> String, _ value: String) {
        parameters.append(value)
        conditions.append(condition("$\(parameters.count)"))
    }
}
