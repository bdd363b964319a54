package import Federation
import Foundation
import Propagation
import Store

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

/// A row of `cambist.exchange`, as an element of the JSON array that inserts a batch.
///
/// It has the facts of the local history: no token, secret key, or session token.
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

    /// Inserts the elements of a JSON array as rows of a node; rows that exist are unchanged.
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
    /// Decodes a row; `nil` if it contains values that no version of cambist writes.
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

/// A row of `cambist.watch`, as an element of the JSON array that inserts a batch.
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

    /// Inserts the elements of a JSON array as rows of a node; rows that exist are unchanged.
    static let insertion = """
        INSERT INTO watch SELECT id, $1, mapping, to_timestamp(began), to_timestamp(ended), verdict, cause, code,
            message, attempts
        FROM jsonb_to_recordset($2::jsonb) AS x(id uuid, mapping text, began float8, ended float8, verdict text,
            cause text, code text, message text, attempts int)
        ON CONFLICT DO NOTHING
        """
}

/// A row of `cambist.mapping_state`, as an element of the JSON array that publishes a node's states.
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

    /// The condition that the process `$3` publishes as the node `$1`.
    static let isHeld =
        "EXISTS (SELECT FROM node AS lease WHERE lease.name = $1 AND lease.process = $3::uuid)"

    /// Inserts or updates the elements of a JSON array as rows of a node; equal rows are not announced.
    ///
    /// Returns a row if the process `$3` publishes as the node.
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
    /// Decodes a row; `nil` if it contains values that this version does not know.
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

    /// Decodes a row of `cambist.request`; `nil` if it contains values that this version does not know.
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
    /// Creates a date from Unix seconds as PostgreSQL writes them; `nil` for `NULL`.
    init?(databaseSeconds text: String?) {
        guard let text, let seconds = Double(text), let instant = Instant(unixSeconds: seconds) else {
            return nil
        }
        self = instant.date
    }
}
