package import Federation
import Foundation

/// Simulated Azure and AWS over real HTTP on loopback.
package enum Lab {
    /// Starts a lab, and returns once every port listens.
    ///
    /// - Throws: ``LabError`` when the scenario has mistakes or a port cannot be had.
    package static func start(_ options: LabOptions, time: any TimeSource) async throws(LabError)
        -> RunningLab
    {
        let scenario = try Scenario.load(options.scenario)
        let seed = options.seed ?? scenario.seed
        let plan = LabPlan(
            scenario,
            seed: Seed(value: seed),
            pace: Pace(speed: options.speed ?? scenario.speed)
        )
        let azure: AzureCloud
        do {
            azure = AzureCloud(try plan.azure(at: time.now))
        } catch {
            throw .noKeys(reason: "\(error)")
        }
        let aws = AWSCloud(setup: plan.aws, pace: plan.pace, time: time, seed: seed) { issuer in
            await azure.keys(of: issuer, at: time.now)
        }
        let router = LabRouter(azure: azure, aws: aws, time: time, scheme: "http", observe: options.observe)
        let server = try await LabServer.start(port: options.port, time: time, respond: router.respond)
        let base = "http://127.0.0.1:\(server.port)"
        guard let url = URL(string: base) else {
            throw .cannotListen(port: server.port, reason: "no address")
        }
        let addresses = ServiceAddresses(base: base)
        do {
            return RunningLab(
                url: url,
                configurationText: try ConfigurationWriter(plan: plan, addresses: addresses).text(),
                environment: EnvironmentWriter(plan: plan, addresses: addresses).variables,
                servers: [server]
            )
        } catch {
            await server.stop()
            throw .badScenario(file: options.scenario, problems: ["\(error)"])
        }
    }
}
