import AWS
import Azure
import ConfigurationFile
import CredentialDelivery
import Diagnosis
import ExchangeEngine
import Federation
import Foundation
import Transport

/// Checks this machine: configuration, network, files, keyring, terminal, clouds and token sources.
package struct DoctorChecks: Sendable {
    package typealias Check = DoctorReport.Check

    private static let bounds = RequestBounds(total: .seconds(5), bodySize: 256 * 1024)
    /// The most regions whose STS is checked.
    private static let regionLimit = 5

    private let context: ApplicationContext
    private let text: ConfigurationText
    private let problem: Check?
    private let isTerminal: Bool

    /// - Parameters:
    ///   - context: The services to check.
    ///   - text: The configuration's text.
    ///   - problem: The problem of the configuration, if it cannot be used.
    ///   - isTerminal: Whether stdout is a terminal.
    package init(_ context: ApplicationContext, text: ConfigurationText, problem: Check?, isTerminal: Bool) {
        self.context = context
        self.text = text
        self.problem = problem
        self.isTerminal = isTerminal
    }

    private var configuration: Configuration { context.configuration.current }

    /// Runs all checks.
    package func report() async -> DoctorReport {
        async let clouds = clouds()
        async let survey = context.sources.survey()
        let local =
            [Machine.check, settings] + network + [namedFiles, state, keyring, terminal].compactMap(\.self)
        return DoctorReport(
            checks: local + (await clouds),
            survey: await survey,
            identities: configuration.identities
        )
    }

    private var settings: Check {
        if let problem { return problem }
        let mappings = Count(configuration.mappings.count, "mapping")
        let identities = Count(configuration.identities.count, "identity", "identities")
        return Check("configuration", .ok, "\(text.path), \(mappings), \(identities)")
    }

    private var state: Check? {
        guard let directory = text.stateDirectory else { return nil }
        guard FileManager.default.fileExists(atPath: directory) else {
            return Check("state", .missing, "\(directory), created when needed")
        }
        let isWritable = FileManager.default.isWritableFile(atPath: directory)
        return Check("state", isWritable ? .ok : .trouble, directory + (isWritable ? "" : ", not writable"))
    }

    private var keyring: Check {
        do throws(KeyringError) {
            _ = try Keyring().read("doctor")
            return Check("keyring", .ok, "the kernel's, for credentials between runs")
        } catch {
            return Check("keyring", .trouble, error.description)
        }
    }

    private var terminal: Check {
        let type = context.variables["TERM"] ?? ""
        let isCapable = !["", "dumb", "unknown"].contains(type)
        return Check(
            "terminal",
            isTerminal && isCapable ? .ok : .missing,
            "TERM is \(type.isEmpty ? "not set" : type); stdout is \(isTerminal ? "a" : "no") terminal"
        )
    }
}

// The network.
extension DoctorChecks {
    /// The proxy and the certificate authorities, each with its origin.
    private var network: [Check] {
        let network = configuration.network
        return [
            Check("proxy", .ok, network.proxy.map(proxy) ?? "none"),
            network.hasReadableAuthorities
                ? Check(
                    "authorities",
                    .ok,
                    network.caFile.map { "\($0)\(origin("ca_file")), and the system's" } ?? "the system's"
                )
                : Check(
                    "authorities",
                    .trouble,
                    "\(network.caFile ?? "")\(origin("ca_file")) is no readable PEM file of certificate authorities"
                ),
        ]
    }

    private func proxy(_ proxy: URL) -> String {
        let address = (proxy.host() ?? "?") + (proxy.port.map { ":\($0)" } ?? "")
        let exceptions = configuration.network.proxyExceptions
        let direct = (exceptions + ["loopback and link-local always"]).joined(separator: ", ")
        return
            "by \(address)\(origin("proxy")); direct: \(direct)\(exceptions.isEmpty ? "" : origin("no_proxy"))"
    }

    /// The origin of a value of `network:`, in parentheses.
    private func origin(_ key: String) -> String {
        let setting = text.settings().first { $0.keys == ["network", key] }
        return setting.map { " (\($0.origin))" } ?? ""
    }

    /// The endpoints of both clouds, requested concurrently.
    private func clouds() async -> [Check] {
        let endpoints = endpoints
        return await withTaskGroup(of: (Int, Check?).self) { group in
            for (index, endpoint) in endpoints.enumerated() {
                group.addTask { (index, await look(at: endpoint.url, named: endpoint.name)) }
            }
            return await group.reduce(into: [Int: Check?]()) { $0[$1.0] = $1.1 }
        }.sorted { $0.key < $1.key }.compactMap(\.value)
    }

    private var endpoints: [(name: String, url: URL?)] {
        let endpoints = configuration.endpoints
        let authority = endpoints.authority ?? URL(string: "https://login.microsoftonline.com/")
        let regions = Set(configuration.mappings.map(\.region)).sorted().prefix(Self.regionLimit)
        let services = (regions.isEmpty ? ["us-east-1"] : Array(regions)).map { region in
            let sts = try? AWSEndpoint.sts(
                region: region,
                variant: context.operatorCredentials.settings.variant,
                override: endpoints.sts
            )
            return (name: "sts \(region)", url: sts?.url)
        }
        return [(name: "entra", url: authority?.appending(path: "common/.well-known/openid-configuration"))]
            + (endpoints.sts == nil ? services : services.prefix(1).map { (name: "sts", url: $0.url) })
            + [
                (name: "graph", url: endpoints.graph ?? URL(string: "https://graph.microsoft.com/")),
                (name: "iam", url: endpoints.iam ?? URL(string: "https://iam.amazonaws.com/")),
            ]
    }

    /// Any answer suffices: it proves the route and carries a date.
    private func look(at url: URL?, named name: String) async -> Check? {
        guard let url else { return nil }
        let route = routes.usesProxy(for: url) ? " (through the proxy)" : ""
        do throws(TransportError) {
            let response = try await context.transport.send(
                HTTPRequest(.get, url, operation: "reachability"),
                bounds: Self.bounds
            )
            let clock = response.clockOffset.map { "; its clock is \($0) from ours" } ?? ""
            return Check(name, .ok, "\(url.host() ?? "") answers\(route)\(clock)")
        } catch {
            return Check(name, .trouble, error.description + route)
        }
    }

    private var routes: ProxyRoutes {
        ProxyRoutes(proxy: configuration.network.proxy, exceptions: configuration.network.proxyExceptions)
    }
}

// The files that the configuration names.
extension DoctorChecks {
    private var namedFiles: Check? {
        let settings = configuration.identities.map(\.settings)
        let secrets = settings.flatMap { [$0.secretFile, $0.certificateFile] }.compactMap(\.self)
        let others =
            settings.compactMap(\.tokenFile)
            + configuration.mappings.flatMap { [$0.policyFile, $0.trustPolicyFile] }.compactMap(\.self)
        let files = Set(secrets + others)
        guard !files.isEmpty else { return nil }
        let unreadable = files.filter { !FileManager.default.isReadableFile(atPath: $0) }.sorted()
        let open = Set(secrets).filter(Self.isOpenToOthers).sorted()
        let troubles =
            (unreadable.isEmpty ? [] : ["not readable: \(unreadable.joined(separator: ", "))"])
            + (open.isEmpty
                ? [] : ["secrets that others may read (chmod 600): \(open.joined(separator: ", "))"])
        return troubles.isEmpty
            ? Check("files", .ok, "\(files.count) named by the configuration, all readable")
            : Check("files", .trouble, troubles.joined(separator: "; "))
    }

    private static func isOpenToOthers(_ path: String) -> Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let mode = attributes?[.posixPermissions] as? NSNumber
        return (mode?.intValue ?? 0) & 0o077 != 0
    }
}
