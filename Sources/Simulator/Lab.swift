package import Federation
package import FoundationEssentials
package import LabInterface

/// Simulated Azure and AWS services over real HTTP on the loopback address.
package enum Lab {
    /// Starts a lab; returns when all ports are listening.
    package static func start(_ options: LabOptions, time: any TimeSource) async throws(LabError)
        -> RunningLab
    {
        let scenario = try Scenario.load(options.scenario)
        let plan = LabPlan(
            scenario,
            seed: Seed(value: options.seed ?? scenario.seed),
            speed: Speed(factor: options.speed ?? scenario.speed)
        )
        let prepared = try PreparedLab(plan, options: options, at: time.now)
        do throws(LabError) {
            return try await prepared.listen(time: time)
        } catch {
            prepared.home.remove()
            throw error
        }
    }
}

/// A lab before its ports are opened.
private struct PreparedLab {
    let plan: LabPlan
    let options: LabOptions
    let home: LabDirectory
    let files: LabFiles
    private let azure: AzureState
    private let credentials: ClientCredentials
    private let tls: TLSMaterial
    /// The certificate of the Service Fabric node.
    private let fabricTLS: TLSMaterial
    /// The PEM file with the certificate authorities of both servers; `nil` for a lab without TLS.
    private let authorityFile: String?

    init(_ plan: LabPlan, options: LabOptions, at date: Date) throws(LabError) {
        self.plan = plan
        self.options = options
        let azureDate = date + plan.scenario.clocks.azure.seconds
        let temporary = FileManager.default.temporaryDirectory
        LabDirectory.removeAbandoned(in: temporary)
        do {
            home = try LabDirectory(in: temporary)
        } catch {
            throw .cannotWrite(path: temporary.path(percentEncoded: false), reason: "\(error)")
        }
        files = LabFiles(directory: home.url)
        do {
            tls = try TLSMaterial(at: date)
            fabricTLS = try TLSMaterial.selfSigned(at: date)
            credentials = try ClientCredentials(for: plan, at: azureDate)
            let arcKeys = options.arcKeyDirectory.map { URL(filePath: $0) } ?? files.arcKeys
            azure = try plan.azure(at: azureDate, credentials: credentials, arcKeys: arcKeys)
        } catch {
            home.remove()
            throw .noKeys(reason: "\(error)")
        }
        do {
            try files.write(plan, credentials: credentials, tokens: azure, at: azureDate)
            let (material, fabric) = (tls, fabricTLS)
            authorityFile = try options.tlsDirectory.map {
                try material.write(to: URL(filePath: $0).absoluteURL, besides: fabric)
                    .path(percentEncoded: false)
            }
        } catch {
            home.remove()
            throw .cannotWrite(path: options.tlsDirectory ?? files.directory.path(), reason: "\(error)")
        }
    }

    func listen(time: any TimeSource) async throws(LabError) -> RunningLab {
        let aws = plan.aws
        let clocks = plan.scenario.clocks
        let cloud = AzureCloud(azure, faults: FaultInjector(rates: aws.faults, seed: plan.seed))
        let simulatedAWS = AWSCloud(
            setup: aws,
            speed: plan.speed,
            now: time.now + clocks.aws.seconds,
            seed: plan.seed.value,
            usesTLS: options.tlsDirectory != nil
        ) { issuer in
            await cloud.keys(of: issuer, at: time.now + clocks.azure.seconds)
        }
        let scheme = options.tlsDirectory == nil ? "http" : "https"
        let router = LabRouter(
            azure: cloud,
            aws: simulatedAWS,
            time: time,
            scheme: scheme,
            clocks: clocks,
            observe: options.observe
        )
        let server = try await LabServer.start(
            port: options.port,
            tls: options.tlsDirectory == nil ? nil : tls,
            time: time,
            respond: router.respond
        )
        let fabric: LabServer
        do throws(LabError) {
            fabric = try await LabServer.start(
                port: 0,
                tls: fabricTLS,
                time: time,
                respond: router.respondAsFabric
            )
        } catch {
            await server.stop()
            throw error
        }
        return try await describe(
            base: "\(scheme)://127.0.0.1:\(server.port)",
            servers: [server, fabric],
            time: time
        )
    }

    private func describe(
        base: String,
        servers: [LabServer],
        time: any TimeSource
    ) async throws(LabError) -> RunningLab {
        let addresses = ServiceAddresses(base: base)
        let fabric = FabricFacts(
            address: "https://localhost:\(servers.last?.port ?? 0)",
            thumbprint: fabricTLS.thumbprint
        )
        let configuration = ConfigurationWriter(
            plan: plan,
            addresses: addresses,
            files: files,
            authorityFile: authorityFile
        )
        let environment = EnvironmentWriter(
            plan: plan,
            addresses: addresses,
            files: files,
            authorityFile: authorityFile,
            fabric: fabric
        )
        guard let url = URL(string: base) else {
            for server in servers {
                await server.stop()
            }
            throw .cannotWrite(path: "the configuration", reason: "\(base) is not a URL")
        }
        return RunningLab(
            url: url,
            configurationText: configuration.text,
            environment: environment.variables,
            watchedMappings: plan.scenario.watched,
            servers: servers,
            home: home,
            tokenRenewal: renewal(time: time)
        )
    }

    /// Renews service account tokens after 80% of their lifetime, as the kubelet does.
    ///
    /// A failed write is repeated after a tenth of the lifetime.
    private func renewal(time: any TimeSource) -> Task<Void, any Error> {
        Task { [plan, credentials, files] in
            let life = plan.speed.scaled(ClusterIssuer.tokenLife)
            var share = 0.8
            while true {
                try await time.sleep(for: life * share)
                do {
                    let now = time.now + plan.scenario.clocks.azure.seconds
                    try files.writeFederatedTokens(plan, credentials: credentials, at: now)
                    share = 0.8
                } catch {
                    share = 0.1
                }
            }
        }
    }
}

/// A running lab, with the data that clients need.
package struct RunningLab: Sendable {
    /// The base URL of the services except Service Fabric, without a trailing slash: `http://127.0.0.1:8123`.
    package let url: URL
    /// The configuration of cambist for the scenario, as YAML.
    package let configurationText: String
    /// The variables for unmodified clients, and `CAMBIST_LAB_` variables with data about the lab.
    package let environment: [(name: String, value: String)]
    /// The names of the mappings whose propagation the console watches from the start.
    package let watchedMappings: [String]
    let servers: [LabServer]
    let home: LabDirectory
    /// The task that renews service account tokens.
    let tokenRenewal: Task<Void, any Error>

    /// The report about the lab for its parent process.
    package var report: LabReport {
        LabReport(
            url: url.absoluteString,
            configuration: configurationText,
            environment: Dictionary(environment.map { ($0.name, $0.value) }) { $1 },
            watched: watchedMappings,
            directory: home.url.path(percentEncoded: false)
        )
    }

    /// Removes the lab's temporary directory and stops the servers.
    package func stop() async {
        // The directory is removed first. The shutdown can take seconds, and the process may be killed during the
        // shutdown.
        tokenRenewal.cancel()
        _ = await tokenRenewal.result
        home.remove()
        for server in servers { await server.stop() }
        // A request in progress may have written a file during the first removal.
        home.remove()
    }

    /// The environment variables as `NAME=value` lines that a POSIX shell can source.
    package var environmentText: String {
        environment.map { "\($0.name)=\(ShellWord.posix($0.value))\n" }.joined()
    }
}
