import Federation
package import FoundationEssentials

/// The schema of the fleet's database, as numbered migrations.
///
/// A released migration must never change.
///
/// With row-level security, a node's database user can write only for the nodes that the user registered
/// (`cambist.node.owner`). An operator can insert requests, but cannot write anything else. No column contains a
/// secret.
enum FleetSchema {
    /// The version that this program needs.
    static var version: Int { migrations.count }

    /// The roles that `fleet init` creates; database users are members of these roles.
    static let roles = ["cambist_node", "cambist_operator", "cambist_reader"]

    /// The channel for changes of nodes, mappings, and requests; the payload of a notification is the node's name.
    ///
    /// Only the first state change of each half second is announced, because a notification wakes every listening
    /// connection. ``FleetStore/publications(since:)`` finds the nodes with other changes.
    static let changes = "cambist_changes"

    /// Returns the channel for notifications to a node: requests, and the stop of one of the node's processes.
    static func requests(to node: String) -> String { "cambist_requests_\(node)" }

    /// The payload that announces the stop of a process to the other processes of the same node.
    static let stopped = "stopped"

    /// Creates the prerequisites of the migrations: the schema, the table of versions, and the roles.
    static let base = """
        CREATE SCHEMA IF NOT EXISTS cambist;
        CREATE TABLE IF NOT EXISTS cambist.schema_version (
            version int PRIMARY KEY,
            applied timestamptz NOT NULL DEFAULT now()
        );
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cambist_node') THEN
                CREATE ROLE cambist_node NOLOGIN;
            END IF;
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cambist_operator') THEN
                CREATE ROLE cambist_operator NOLOGIN;
            END IF;
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cambist_reader') THEN
                CREATE ROLE cambist_reader NOLOGIN;
            END IF;
        END $$;
        """

    /// The migrations, in order; the first makes version 1.
    static let migrations = [tables + security + triggers, leases, announcements]

    /// The IDs are UUIDs of version 7, so the primary key orders the rows by time.
    ///
    /// Therefore, a condition on the age of rows is a range of IDs.
    private static let tables = """
        CREATE TABLE cambist.node (
            name text PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64),
            owner name NOT NULL DEFAULT current_user,
            host text NOT NULL,
            version text NOT NULL,
            beat timestamptz NOT NULL DEFAULT now()
        ) WITH (fillfactor = 50);
        CREATE TABLE cambist.mapping_state (
            node text NOT NULL REFERENCES cambist.node ON DELETE CASCADE,
            mapping text NOT NULL,
            identity text NOT NULL,
            role_arn text NOT NULL,
            state text NOT NULL,
            since timestamptz,
            cause text,
            last_outcome text,
            last_at timestamptz,
            credential_expiry timestamptz,
            PRIMARY KEY (node, mapping)
        ) WITH (fillfactor = 70);
        CREATE TABLE cambist.exchange (
            id uuid PRIMARY KEY,
            at timestamptz NOT NULL,
            node text NOT NULL,
            mapping text NOT NULL,
            identity text NOT NULL,
            role_arn text NOT NULL,
            failed boolean NOT NULL,
            code text,
            message text,
            steps jsonb NOT NULL,
            token jsonb,
            credential_expiry timestamptz,
            access_key_id text,
            assumed_role_arn text,
            aws_offset bigint,
            aws_uncertainty bigint
        );
        CREATE INDEX exchange_node ON cambist.exchange (node, mapping, id);
        CREATE INDEX exchange_mapping ON cambist.exchange (mapping, id);
        CREATE INDEX exchange_identity ON cambist.exchange (identity, id);
        CREATE INDEX exchange_failed ON cambist.exchange (id) WHERE failed;
        CREATE INDEX exchange_code ON cambist.exchange (code, id) WHERE failed;
        CREATE TABLE cambist.watch (
            id uuid PRIMARY KEY,
            node text NOT NULL,
            mapping text NOT NULL,
            began timestamptz NOT NULL,
            ended timestamptz NOT NULL,
            verdict text NOT NULL,
            cause text,
            code text,
            message text,
            attempts int NOT NULL
        );
        CREATE INDEX watch_node ON cambist.watch (node, mapping, id);
        CREATE TABLE cambist.request (
            id uuid PRIMARY KEY,
            verb text NOT NULL CHECK (verb IN ('refresh', 'test', 'watch', 'stop')),
            node text NOT NULL REFERENCES cambist.node ON DELETE CASCADE,
            mapping text NOT NULL CHECK (length(mapping) BETWEEN 1 AND 64),
            operator text NOT NULL CHECK (length(operator) BETWEEN 1 AND 200),
            requested_by name NOT NULL DEFAULT current_user,
            requested timestamptz NOT NULL DEFAULT now(),
            expiry timestamptz NOT NULL DEFAULT now() + interval '60 s',
            state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'claimed', 'done', 'refused')),
            claim uuid,
            claimed timestamptz,
            ended timestamptz,
            record uuid,
            reason text
        );
        CREATE INDEX request_waiting ON cambist.request (node, requested) WHERE state IN ('waiting', 'claimed');
        CREATE INDEX request_recent ON cambist.request (requested);

        """

    private static let security = """
        CREATE FUNCTION cambist.owns(name text) RETURNS boolean LANGUAGE sql STABLE AS $$
            SELECT EXISTS (SELECT FROM cambist.node WHERE node.name = owns.name AND node.owner = current_user)
        $$;
        ALTER TABLE cambist.node ENABLE ROW LEVEL SECURITY;
        ALTER TABLE cambist.mapping_state ENABLE ROW LEVEL SECURITY;
        ALTER TABLE cambist.exchange ENABLE ROW LEVEL SECURITY;
        ALTER TABLE cambist.watch ENABLE ROW LEVEL SECURITY;
        ALTER TABLE cambist.request ENABLE ROW LEVEL SECURITY;

        CREATE POLICY own ON cambist.node TO cambist_node
            USING (owner = current_user) WITH CHECK (owner = current_user);
        CREATE POLICY own ON cambist.mapping_state TO cambist_node
            USING (cambist.owns(node)) WITH CHECK (cambist.owns(node));
        CREATE POLICY own ON cambist.exchange TO cambist_node
            USING (cambist.owns(node)) WITH CHECK (cambist.owns(node));
        CREATE POLICY own ON cambist.watch TO cambist_node
            USING (cambist.owns(node)) WITH CHECK (cambist.owns(node));
        CREATE POLICY own ON cambist.request FOR SELECT TO cambist_node USING (cambist.owns(node));
        CREATE POLICY answer ON cambist.request FOR UPDATE TO cambist_node
            USING (cambist.owns(node)) WITH CHECK (cambist.owns(node));

        CREATE POLICY everything ON cambist.node FOR SELECT TO cambist_operator, cambist_reader USING (true);
        CREATE POLICY everything ON cambist.mapping_state FOR SELECT TO cambist_operator, cambist_reader USING (true);
        CREATE POLICY everything ON cambist.exchange FOR SELECT TO cambist_operator, cambist_reader USING (true);
        CREATE POLICY everything ON cambist.watch FOR SELECT TO cambist_operator, cambist_reader USING (true);
        CREATE POLICY everything ON cambist.request FOR SELECT TO cambist_operator, cambist_reader USING (true);
        CREATE POLICY ask ON cambist.request FOR INSERT TO cambist_operator WITH CHECK (requested_by = current_user);

        GRANT USAGE ON SCHEMA cambist TO cambist_node, cambist_operator, cambist_reader;
        GRANT SELECT ON cambist.schema_version TO cambist_node, cambist_operator, cambist_reader;
        GRANT SELECT, INSERT (name, host, version), UPDATE (host, version, beat) ON cambist.node TO cambist_node;
        GRANT SELECT, INSERT, UPDATE, DELETE ON cambist.mapping_state TO cambist_node;
        GRANT SELECT, INSERT ON cambist.exchange, cambist.watch TO cambist_node;
        GRANT SELECT, UPDATE (state, claim, claimed, ended, record, reason) ON cambist.request TO cambist_node;
        GRANT SELECT ON cambist.node, cambist.mapping_state, cambist.exchange, cambist.watch, cambist.request
            TO cambist_operator, cambist_reader;
        GRANT INSERT (id, verb, node, mapping, operator) ON cambist.request TO cambist_operator;

        """

    /// Heartbeats are not announced, because a console reads them at the heartbeat interval.
    private static let triggers = """
        CREATE FUNCTION cambist.announce_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_notify('cambist_changes', coalesce(NEW.node, OLD.node));
            RETURN NULL;
        END $$;
        CREATE FUNCTION cambist.announce_node() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_notify('cambist_changes', coalesce(NEW.name, OLD.name));
            RETURN NULL;
        END $$;
        CREATE FUNCTION cambist.announce_request() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_notify('cambist_changes', NEW.node);
            IF TG_OP = 'INSERT' THEN PERFORM pg_notify(left('cambist_requests_' || NEW.node, 63), NEW.id::text); END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON cambist.mapping_state
            FOR EACH ROW EXECUTE FUNCTION cambist.announce_change();
        CREATE TRIGGER announce AFTER INSERT OR DELETE ON cambist.node
            FOR EACH ROW EXECUTE FUNCTION cambist.announce_node();
        CREATE TRIGGER announce_revival AFTER UPDATE ON cambist.node FOR EACH ROW
            WHEN (OLD.version <> NEW.version OR OLD.host <> NEW.host OR OLD.beat < NEW.beat - interval '45 s')
            EXECUTE FUNCTION cambist.announce_node();
        CREATE TRIGGER announce AFTER INSERT OR UPDATE ON cambist.request
            FOR EACH ROW EXECUTE FUNCTION cambist.announce_request();
        """

    /// The lease for publishing as a node, and the indexes for filters that match few exchanges.
    private static let leases = """
        ALTER TABLE cambist.node ADD COLUMN process uuid, ADD COLUMN stopped timestamptz;
        GRANT INSERT (process), UPDATE (process, stopped) ON cambist.node TO cambist_node;
        DROP TRIGGER announce_revival ON cambist.node;
        CREATE TRIGGER announce_revival AFTER UPDATE ON cambist.node FOR EACH ROW
            WHEN (OLD.version <> NEW.version OR OLD.host <> NEW.host OR OLD.beat < NEW.beat - interval '45 s'
                OR OLD.stopped IS DISTINCT FROM NEW.stopped)
            EXECUTE FUNCTION cambist.announce_node();
        CREATE FUNCTION cambist.announce_stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_notify(left('cambist_requests_' || NEW.name, 63), 'stopped');
            RETURN NULL;
        END $$;
        CREATE TRIGGER announce_stop AFTER UPDATE ON cambist.node FOR EACH ROW
            WHEN (OLD.stopped IS NULL AND NEW.stopped IS NOT NULL)
            EXECUTE FUNCTION cambist.announce_stop();
        CREATE INDEX exchange_of_node ON cambist.exchange (node, id);
        CREATE INDEX exchange_node_failed ON cambist.exchange (node, id) WHERE failed;
        CREATE INDEX exchange_mapping_failed ON cambist.exchange (mapping, id) WHERE failed;
        CREATE INDEX exchange_identity_failed ON cambist.exchange (identity, id) WHERE failed;
        DROP INDEX cambist.exchange_code;
        """

    /// The limit of two announcements of states per second, and the index for ``FleetStore/publications(since:)``.
    ///
    /// The value of the sequence `announcement` is the number of half seconds from 1970 to the last announcement. A
    /// sequence is written without a lock, and other transactions see the value at once. Nodes cannot change the
    /// sequence, so a node cannot suppress the announcements of another node.
    private static let announcements = """
        ALTER TABLE cambist.mapping_state ADD COLUMN published timestamptz NOT NULL DEFAULT now();
        CREATE INDEX mapping_state_published ON cambist.mapping_state (published);
        CREATE SEQUENCE cambist.announcement;
        CREATE OR REPLACE FUNCTION cambist.announce_change() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            half_second bigint := floor(extract(epoch FROM clock_timestamp()) * 2);
        BEGIN
            IF TG_OP = 'DELETE' THEN
                PERFORM pg_notify('cambist_changes', OLD.node);
            ELSIF half_second <> (SELECT last_value FROM cambist.announcement) THEN
                PERFORM setval('cambist.announcement', half_second);
                PERFORM pg_notify('cambist_changes', NEW.node);
            END IF;
            RETURN NULL;
        END $$;
        """
}

extension FleetStore {
    /// The number of rows that are deleted in one transaction.
    private static let batch = 10_000

    /// Creates the schema and the roles, or migrates an older schema.
    ///
    /// - Returns: The schema's version before the call (0 without a schema) and after the call.
    /// - Throws: ``FleetError/newer(found:known:)`` for a later schema, and ``FleetError/notOwner(_:)`` for a user
    ///   without the privileges.
    package func initialize() async throws(FleetError) -> (before: Int, after: Int) {
        try await initialize(upTo: FleetSchema.version)
    }

    /// Creates the schema and the roles, or migrates an older schema, up to a version.
    func initialize(upTo version: Int) async throws(FleetError) -> (before: Int, after: Int) {
        let limit = Duration.seconds(3600)
        let versions = try await performAsOwner { session throws(FleetError) -> [Int] in
            try session.transaction(limit: limit) { session throws(FleetError) in
                // The lock prevents two programs from migrating at the same time.
                try session.script(
                    "SELECT pg_advisory_xact_lock(hashtextextended('cambist', 0))",
                    limit: limit
                )
                try session.script(FleetSchema.base)
                let before = try Self.version(session)
                guard before <= version else { throw .newer(found: before, known: version) }
                for number in before..<version {
                    try session.script(FleetSchema.migrations[number], limit: limit)
                    try session.execute("INSERT INTO schema_version (version) VALUES ($1)", ["\(number + 1)"])
                }
                return [before, version]
            }
        }
        return (versions[0], versions[1])
    }

    /// Checks that the schema has the version that this program needs.
    ///
    /// - Throws: ``FleetError/uninitialized``, ``FleetError/older(found:needed:)``, or
    ///   ``FleetError/newer(found:known:)``.
    package func checkSchema() async throws(FleetError) {
        let found = try await perform(Self.version)
        if found == 0 { throw .uninitialized }
        if found < FleetSchema.version { throw .older(found: found, needed: FleetSchema.version) }
        if found > FleetSchema.version { throw .newer(found: found, known: FleetSchema.version) }
    }

    private static func version(_ session: PostgresSession) throws(FleetError) -> Int {
        let rows = try session.execute("SELECT coalesce(max(version), 0) FROM cambist.schema_version").rows
        return rows.first?.first?.flatMap { Int($0) } ?? 0
    }

    /// Reads the properties of the connection.
    package func connectionFacts() async throws(FleetError) -> FleetConnectionFacts {
        try await perform { session throws(FleetError) in
            let rows = try session.execute(
                """
                SELECT current_user, current_setting('server_version'), pg_is_in_recovery(),
                    string_agg(rolname, ',' ORDER BY rolname)
                FROM pg_roles WHERE rolname = ANY ($1::text[]) AND pg_has_role(current_user, oid, 'USAGE')
                """,
                ["{\(FleetSchema.roles.joined(separator: ","))}"]
            ).rows.first
            return FleetConnectionFacts(
                user: rows?[0] ?? "",
                server: rows?[1] ?? "",
                usesTLS: session.usesTLS,
                isReplica: rows?[2] == "t",
                roles: rows?[3]?.split(separator: ",").map(String.init) ?? []
            )
        }
    }

    /// Deletes exchanges, watches, and nodes older than `cutoff`, and requests older than a week.
    ///
    /// The age of a node is the age of its last heartbeat.
    ///
    /// - Returns: The numbers of exchanges, watches, and nodes that were deleted.
    /// - Throws: ``FleetError/notOwner(_:)`` for a user that does not own the schema.
    package func prune(before cutoff: Date) async throws(FleetError) -> (
        exchanges: Int, watches: Int, nodes: Int
    ) {
        let lowest = TimeOrderedID.lowest(at: cutoff)
        var (exchanges, watches) = (0, 0)
        for table in ["exchange", "watch"] {
            while true {
                let removed = try await performAsOwner { session throws(FleetError) in
                    try session.transaction { session throws(FleetError) in
                        try session.execute(
                            """
                            DELETE FROM \(table) WHERE id IN (
                                SELECT id FROM \(table) WHERE id < $1::uuid ORDER BY id LIMIT \(Self.batch))
                            """,
                            [lowest]
                        ).changed
                    }
                }
                if table == "exchange" { exchanges += removed } else { watches += removed }
                if removed < Self.batch { break }
            }
        }
        let nodes = try await performAsOwner { session throws(FleetError) in
            try session.transaction { session throws(FleetError) in
                try session.execute("DELETE FROM request WHERE requested < now() - interval '7 days'")
                return try session.execute(
                    "DELETE FROM node WHERE beat < to_timestamp($1::float8)",
                    [String(cutoff.timeIntervalSince1970)]
                ).changed
            }
        }
        return (exchanges, watches, nodes)
    }
}

/// The properties of a connection, for `doctor`.
package struct FleetConnectionFacts: Hashable, Sendable {
    package let user: String
    /// The server's version.
    package let server: String
    package let usesTLS: Bool
    /// Whether the server is a standby, which accepts no writes.
    package let isReplica: Bool
    /// The roles among ``FleetSchema/roles`` of which the user is a member.
    package let roles: [String]
}
