package import Federation
import Foundation

/// Simulated Azure and AWS over real HTTP on loopback.
package enum Lab {
    /// Starts a lab, and returns once every port listens.
    ///
    /// - Throws: ``LabError`` when the scenario has mistakes, a port cannot be had or a file not be written.
    package static func start(_ options: LabOptions, time: any TimeSource) async throws(LabError)
        -> RunningLab
    {
        let scenario = try Scenario.load(options.scenario)
        let plan = LabPlan(
            scenario,
            seed: Seed(value: options.seed ?? scenario.seed),
            pace: Speed(speed: options.speed ?? scenario.speed)
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

/// A lab with all that it needs but its ports.
private struct PreparedLab {
    let plan: LabPlan
    let options: LabOptions
    let home: LabDirectory
    let files: LabFiles
    private let azure: AzureState
    private let credentials: ClientCredentials
    private let tls: TLSMaterial
    /// What the Service Fabric node serves with.
    private let fabricTLS: TLSMaterial
    /// `nil` for a lab that serves without TLS.
    private let authorityFile: String?

    init(_ plan: LabPlan, options: LabOptions, at date: Date) throws(LabError) {
        self.plan = plan
        self.options = options
        let temporary = FileManager.default.temporaryDirectory
        LabDirectory.sweep(temporary)
        do {
            home = try LabDirectory(in: temporary)
        } catch {
            throw .cannotWrite(path: temporary.path(percentEncoded: false), reason: "\(error)")
        }
        files = LabFiles(directory: home.url)
        do {
            tls = try TLSMaterial(at: date)
            fabricTLS = try TLSMaterial.selfSigned(at: date)
            credentials = try ClientCredentials(for: plan, at: date)
            let arcKeys = options.arcKeyDirectory.map { URL(filePath: $0) } ?? files.arcKeys
            azure = try plan.azure(at: date, credentials: credentials, arcKeys: arcKeys)
        } catch {
            home.remove()
            throw .noKeys(reason: "\(error)")
        }
        do {
            try files.write(plan, credentials: credentials, tokens: azure, at: date)
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

    /// Starts the servers.
    func listen(time: any TimeSource) async throws(LabError) -> RunningLab {
        let aws = plan.aws
        let cloud = AzureCloud(azure, faults: AWSFaults(rates: aws.faults, seed: plan.seed))
        let simulatedAWS = AWSCloud(setup: aws, pace: plan.pace, time: time, seed: plan.seed.value) {
            issuer in
            await cloud.keys(of: issuer, at: time.now)
        }
        let scheme = options.tlsDirectory == nil ? "http" : "https"
        let router = LabRouter(
            azure: cloud,
            aws: simulatedAWS,
            time: time,
            scheme: scheme,
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
        guard let url = URL(string: base), let text = try? configuration.text() else {
            for server in servers {
                await server.stop()
            }
            throw .cannotWrite(path: "the configuration", reason: "it has no form in YAML")
        }
        return RunningLab(
            url: url,
            configurationText: text,
            environment: environment.variables,
            watchedMappings: plan.scenario.watched,
            servers: servers,
            home: home,
            tokenRenewal: renewal(time: time)
        )
    }

    /// Renews the service accounts' tokens when four fifths of their life are over, as the kubelet does.
    private func renewal(time: any TimeSource) -> Task<Void, any Error> {
        Task { [plan, credentials, files] in
            while true {
                try await time.sleep(for: plan.pace.scaled(ClusterIssuer.tokenLife) * 0.8)
                try files.writeFederatedTokens(plan, credentials: credentials, at: time.now)
            }
        }
    }
}
