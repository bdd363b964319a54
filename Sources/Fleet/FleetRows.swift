import Federation
import FoundationEssentials
import Propagation

/// A row of `cambist.watch`, encoded as a JSON object for the insert of several rows.
struct WatchColumns: Encodable {
    let id: FleetRecordID
    let mapping: String
    let began: Double
    let ended: Double
    let verdict: String
    let cause: String?
    let code: String?
    let message: String?
    let attempts: Int

    /// `nil` for a watch that has not ended.
    init?(_ id: FleetRecordID, _ watch: Watch) {
        guard let result = watch.result else { return nil }
        self.id = id
        mapping = watch.mapping
        began = watch.began.timeIntervalSince1970
        ended = result.at.timeIntervalSince1970
        verdict = result.verdict.rawValue
        cause = watch.cause?.rawValue
        code = result.code.isEmpty ? nil : result.code
        message = result.message.isEmpty ? nil : result.message
        attempts = watch.attempts
    }

    /// Inserts the objects of a JSON array as rows of a node; existing rows are unchanged.
    static let insertion = """
        INSERT INTO watch SELECT id, $1, mapping, to_timestamp(began), to_timestamp(ended), verdict, cause, code,
            message, attempts
        FROM jsonb_to_recordset($2::jsonb) AS x(id uuid, mapping text, began float8, ended float8, verdict text,
            cause text, code text, message text, attempts int)
        ON CONFLICT DO NOTHING
        """
}

/// A row of `cambist.mapping_state`, encoded as a JSON object for the publication of several states.
struct StateColumns: Encodable {
    let mapping: String
    let identity: String
    let roleARN: String
    let state: String
    let since: Double?
    let cause: String?
    let lastOutcome: String?
    let lastAt: Double?
    let credentialExpiry: Double?

    enum CodingKeys: String, CodingKey {
        case mapping
        case identity
        case roleARN = "role_arn"
        case state
        case since
        case cause
        case lastOutcome = "last_outcome"
        case lastAt = "last_at"
        case credentialExpiry = "credential_expiry"
    }

    init(_ mapping: FleetMapping) {
        self.mapping = mapping.mapping
        identity = mapping.identity
        roleARN = mapping.roleARN.description
        state = mapping.state.rawValue
        since = mapping.since?.timeIntervalSince1970
        cause = mapping.cause
        lastOutcome = mapping.lastOutcome?.rawValue
        lastAt = mapping.lastExchange?.timeIntervalSince1970
        credentialExpiry = mapping.credentialExpiry?.timeIntervalSince1970
    }

    /// An SQL condition that is true if the process `$3` holds the lease of the node `$1`.
    static let isHeld =
        "EXISTS (SELECT FROM node AS lease WHERE lease.name = $1 AND lease.process = $3::uuid)"

    /// Inserts or updates the objects of a JSON array as rows of a node; unchanged rows are not announced.
    ///
    /// The statement returns a row if the process `$3` holds the node's lease.
    static let publication = """
        WITH lease AS (SELECT name FROM node WHERE name = $1 AND process = $3::uuid), written AS (
            INSERT INTO mapping_state AS old (node, mapping, identity, role_arn, state, since, cause, last_outcome,
                last_at, credential_expiry)
            SELECT lease.name, mapping, identity, role_arn, state, to_timestamp(since), cause, last_outcome,
                to_timestamp(last_at), to_timestamp(credential_expiry)
            FROM lease, jsonb_to_recordset($2::jsonb) AS x(mapping text, identity text, role_arn text, state text,
                since float8, cause text, last_outcome text, last_at float8, credential_expiry float8)
            ON CONFLICT (node, mapping) DO UPDATE SET identity = excluded.identity,
                role_arn = excluded.role_arn, state = excluded.state, since = excluded.since,
                cause = excluded.cause, last_outcome = excluded.last_outcome, last_at = excluded.last_at,
                credential_expiry = excluded.credential_expiry, published = now()
            WHERE (old.identity, old.role_arn, old.state, old.since, old.cause, old.last_outcome, old.last_at,
                    old.credential_expiry)
                IS DISTINCT FROM (excluded.identity, excluded.role_arn, excluded.state, excluded.since,
                    excluded.cause, excluded.last_outcome, excluded.last_at, excluded.credential_expiry)
        )
        SELECT name FROM lease
        """

    /// The columns that ``FleetMapping/init(_:)`` reads.
    static let selection = """
        node, mapping, identity, role_arn, state, extract(epoch FROM since)::float8, cause, last_outcome,
        extract(epoch FROM last_at)::float8, extract(epoch FROM credential_expiry)::float8
        """
}

extension FleetMapping {
    /// Decodes a row; `nil` if this version of cambist cannot read it.
    init?(_ row: [String?]) {
        guard row.count == 10, let node = row[0], let mapping = row[1], let identity = row[2],
            let role = row[3].flatMap(RoleARN.init), let state = row[4].flatMap(MappingStateName.init)
        else { return nil }
        self.init(
            id: ID(node: node, mapping: mapping),
            identity: identity,
            roleARN: role,
            state: state,
            since: Date(databaseSeconds: row[5]),
            cause: row[6],
            lastOutcome: row[7].flatMap(StepOutcome.init),
            lastExchange: Date(databaseSeconds: row[8]),
            credentialExpiry: Date(databaseSeconds: row[9])
        )
    }
}

extension FleetNode {
    /// The columns that ``init(_:)`` reads.
    static let selection = """
        name, host, version, extract(epoch FROM beat)::float8,
        extract(epoch FROM coalesce(stopped, CASE WHEN beat < now() - interval '45 s' THEN beat END))::float8,
        stopped IS NOT NULL
        """

    /// Decodes a row of `cambist.node`.
    init?(_ row: [String?]) {
        guard row.count == 6, let name = row[0], let host = row[1], let version = row[2],
            let beat = Date(databaseSeconds: row[3])
        else { return nil }
        self.init(
            name: name,
            host: host,
            version: version,
            lastBeat: beat,
            silentSince: Date(databaseSeconds: row[4]),
            hasStopped: row[5] == "t"
        )
    }
}

extension FleetRequest {
    /// The columns that ``init(_:)`` reads.
    static let selection = """
        id, verb, node, mapping, operator, extract(epoch FROM requested)::float8,
        extract(epoch FROM expiry)::float8,
        CASE WHEN state = 'waiting' AND expiry <= now() THEN 'expired'
            WHEN state = 'claimed' AND claimed <= now() - interval '5 min' THEN 'lost' ELSE state END,
        record, reason
        """

    /// Decodes a row of `cambist.request`; `nil` if this version of cambist cannot read it.
    init?(_ row: [String?]) {
        guard row.count == 10, let id = row[0], let verb = row[1].flatMap(Verb.init), let node = row[2],
            let mapping = row[3], let name = row[4], let requested = Date(databaseSeconds: row[5]),
            let expiry = Date(databaseSeconds: row[6])
        else { return nil }
        let state: State
        switch row[7] {
        case "waiting": state = .waiting
        case "claimed": state = .claimed
        case "done": state = .done(record: row[8])
        case "refused": state = .refused(reason: row[9] ?? "")
        case "expired": state = .expired
        case "lost":
            state = .refused(reason: "The node claimed the request and has not answered for five minutes.")
        default: return nil
        }
        self.init(
            id: id,
            verb: verb,
            target: FleetMapping.ID(node: node, mapping: mapping),
            operator: name,
            requested: requested,
            expiry: expiry,
            state: state
        )
    }
}

extension Date {
    /// Creates a date from Unix seconds as PostgreSQL writes them; `nil` for `NULL` and unsupported times.
    init?(databaseSeconds text: String?) {
        guard let text, let seconds = Double(text), let instant = Instant(unixSeconds: seconds) else {
            return nil
        }
        self = instant.date
    }
}
