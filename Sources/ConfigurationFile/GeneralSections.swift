import Federation

extension Section<Configuration> {
    /// The top-level keys of the file, except `identities`, `mappings`, and `defaults`.
    static let general = Section(
        defaultDraft: Configuration(),
        fields: [
            .section(
                "endpoints",
                \.endpoints,
                .endpoints,
                help: "endpoints that replace the public ones"
            ),
            Field(
                "cloud",
                \.cloud,
                .azureCloud,
                example: "public",
                help: "Microsoft cloud, which sets the defaults of authority, graph, and arm"
            ),
            .section("cache", \.self, .cache, help: "credential cache that persists between runs"),
            .section("console", \.console, .console, help: "appearance and notifications of the console"),
            Field(
                "keys",
                \.console.keys,
                .table(of: .text("a key"), accepted: "a key for each action: {refresh: <F5>}"),
                example: "{refresh: <F5>}",
                help: "keys of the console's actions"
            ),
            Field(
                "themes",
                \.console.themes,
                .themes,
                example: "{night: {title: {fg: cyan, bold: true}}}",
                help: "custom colors"
            ),
            .section("setup", \.setup, .setupSettings, help: "identity and AWS profile of cambist setup"),
            .section("network", \.network, .network, help: "proxy and certificate authorities"),
            .section("history", \.history, .history, help: "retention of the history"),
            .section("fleet", \.fleet, .fleet, help: "PostgreSQL database that many hosts share"),
            .section("watch", \.self, .watch, help: "timing of watches"),
        ]
    )

    private static let cache = Section(
        defaultDraft: Configuration(),
        fields: [
            Field(
                "store",
                \.cachesCredentials,
                ValueFormat(
                    accepted: "keyring or none",
                    schema: ValueSchema.words(["keyring", "none"]),
                    isSelfExplanatory: false,
                    write: { $0 ? "keyring" : "none" }
                ) { text in
                    ["keyring": true, "none": false][text]
                },
                example: "keyring",
                help: "where credentials are cached"
            )
        ]
    )

    private static let watch = Section(
        defaultDraft: Configuration(),
        fields: [
            Field(
                "speed",
                \.watchSpeed,
                .factor(0.001...1_000_000),
                example: "1",
                help: "divisor of all intervals of a watch (values below 1 act as 1)"
            )
        ]
    )
}

extension ValueFormat where Value == [String: [String: [String: String]]] {
    fileprivate static let themes = table(
        of: .table(
            of: .table(of: .text("a color, true, or false"), accepted: "attributes: {fg: cyan, bold: true}"),
            accepted: "slots: {title: {fg: cyan}}"
        ),
        accepted: "themes: {name: {slot: {fg: …, bg: …, bold: …}}}"
    )
}

extension Section<Endpoints> {
    fileprivate static let endpoints = Section(
        defaultDraft: Endpoints(),
        fields: [
            Field(
                "sts",
                \.sts,
                .endpoint,
                variables: ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"],
                example: "https://sts.eu-west-1.amazonaws.com/",
                help: "AWS Security Token Service"
            ),
            Field(
                "iam",
                \.iam,
                .endpoint,
                variables: ["AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL"],
                example: "https://iam.amazonaws.com/",
                help: "AWS Identity and Access Management"
            ),
            Field(
                "graph",
                \.graph,
                .endpoint,
                example: "https://graph.microsoft.com/",
                help: "Microsoft Graph"
            ),
            Field(
                "arm",
                \.arm,
                .endpoint,
                example: "https://management.azure.com/",
                help: "Azure Resource Manager"
            ),
            Field(
                "authority",
                \.authority,
                .authority,
                variables: ["AZURE_AUTHORITY_HOST"],
                example: "https://login.microsoftonline.com/",
                help: "Microsoft Entra"
            ),
            Field(
                "imds",
                \.imds,
                .endpoint,
                variables: ["AZURE_POD_IDENTITY_AUTHORITY_HOST"],
                example: "http://169.254.169.254/",
                help: "Azure Instance Metadata Service"
            ),
            Field(
                "signin",
                \.signin,
                .endpoint,
                example: "https://signin.aws.amazon.com/",
                help: "AWS console sign-in"
            ),
        ]
    )
}

extension Section<ConsoleSettings> {
    fileprivate static let console = Section(
        defaultDraft: ConsoleSettings(),
        fields: [
            Field(
                "theme",
                \.theme,
                .text("the name of a theme"),
                example: "auto",
                help: "color theme; auto follows the background of the terminal"
            ),
            Field(
                "mouse",
                \.usesMouse,
                .boolean,
                example: "false",
                help: "whether the console uses the mouse"
            ),
            Field(
                "bell",
                \.ringsBell,
                .boolean,
                example: "true",
                help: "whether the bell rings when a watch ends"
            ),
            Field(
                "notify",
                \.notification,
                .notification,
                example: "osc9",
                help:
                    "notification when a watch ends"
            ),
            Field(
                "columns",
                \.columns,
                .words,
                example: "[state, mapping, credentials, cause]",
                help: "columns of the Mappings panel, in order; v in the console lists them"
            ),
        ]
    )
}

extension Section<SetupSettings> {
    fileprivate static let setupSettings = Section(
        defaultDraft: SetupSettings(),
        fields: [
            Field(
                "graph_identity",
                \.graphIdentity,
                .identityName,
                example: "admin",
                help: "identity that calls Microsoft Graph"
            ),
            Field(
                "aws_profile",
                \.awsProfile,
                .text,
                example: "admin",
                help: "AWS profile that reads and changes IAM"
            ),
        ]
    )
}

extension Section<NetworkSettings> {
    fileprivate static let network = Section(
        defaultDraft: NetworkSettings(),
        fields: [
            Field(
                "ca_file",
                \.caFile,
                .file,
                variables: ["AWS_CA_BUNDLE", "SSL_CERT_FILE"],
                example: "/etc/ssl/corporate.pem",
                help: "additional certificate authorities, PEM"
            ),
            Field(
                "proxy",
                \.proxy,
                .proxy,
                variables: ["HTTPS_PROXY", "https_proxy"],
                example: "http://proxy.example:3128",
                help: "proxy for all but loopback and link-local addresses"
            ),
            Field(
                "no_proxy",
                \.proxyExceptions,
                .words,
                variables: ["NO_PROXY", "no_proxy"],
                example: "[.example, 10.0.0.1]",
                help: "hosts and domains that bypass the proxy"
            ),
        ]
    )
}

extension Section<HistorySettings> {
    fileprivate static let history = Section(
        defaultDraft: HistorySettings(),
        fields: [
            Field(
                "days",
                \.days,
                .integer(1...36_500),
                example: "400",
                help: "number of days that an exchange is kept"
            ),
            Field(
                "rows",
                \.rows,
                .integer(1...100_000_000),
                example: "2000000",
                help: "maximum number of stored exchanges"
            ),
            Field(
                "claims",
                \.keepsClaims,
                .boolean,
                example: "true",
                help: "whether decoded claims are stored, for comparisons"
            ),
        ]
    )
}

extension Section<FleetSettings> {
    fileprivate static let fleet = Section(
        defaultDraft: FleetSettings(),
        fields: [
            Field(
                "store",
                \.store,
                .fleetAddress,
                example: "postgresql://vm1@db.example/cambist",
                help:
                    "URI of the database, without a password; libpq reads PGPASSFILE, service files, and certificates"
            ),
            Field(
                "node",
                \.node,
                .nodeName,
                example: "vm1",
                help: "name of this node (default: the name of the host)"
            ),
            Field(
                "operator",
                \.operator,
                .text,
                example: "ada",
                help: "name in requests to other nodes (default: the login name)"
            ),
        ]
    )
}

extension ValueFormat where Value == FleetAddress {
    /// The URI of a PostgreSQL database; errors do not repeat the URI, which may contain a password.
    fileprivate static let fleetAddress = Self(
        accepted: "postgresql://user@host/database, without a password",
        schema: ValueSchema.string("^postgres(?:ql)?://(?![^/?]*:[^/?]*@)[^\\s]*$"),
        isShown: false,
        write: \.uri,
        parse: FleetAddress.init
    )
}
