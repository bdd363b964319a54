import AWS
import Azure
import ConfigurationFile
import CredentialDelivery
import Diagnosis
import Federation
import Foundation
import Transport

/// Looks at this machine, one thing after the other.
struct DoctorChecks {
    typealias Check = DoctorReport.Check

    private static let bounds = RequestBounds(total: .seconds(5), bodySize: 256 * 1024)
    /// A configuration may have mappings in every region there is.
    private static let regionLimit = 5

    let workspace: Workspace
    let text: ConfigurationText
    /// What is wrong with the configuration there should be.
    let problem: Check?

    private var configuration: Configuration { workspace.configuration }

    /// Everything that was found.
    func report() async -> DoctorReport {
        async let clouds = clouds()
        async let survey = workspace.sources.survey()
        let here =
            [Machine.check, settings] + network + [namedFiles, state, keyring, terminal].compactMap(\.self)
        return DoctorReport(
            checks: here + (await clouds),
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
            return Check("state", .missing, "\(directory), made when it is needed")
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
        let type = ProcessEnvironment.variables["TERM"] ?? ""
        let isTerminal = ProcessEnvironment.isTerminal(STDOUT_FILENO)
        let isCapable = !["", "dumb", "unknown"].contains(type)
        return Check(
            "terminal",
            isTerminal && isCapable ? .ok : .missing,
            "TERM is \(type.isEmpty ? "not set" : type); stdout is \(isTerminal ? "a" : "no") terminal"
        )
    }
}

// The way out.
extension DoctorChecks {
    /// Proxy and authorities, each with what decided it.
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

    /// Where a value of `network:` comes from, in parentheses.
    private func origin(_ key: String) -> String {
        let setting = text.settings().first { $0.keys == ["network", key] }
        return setting.map { " (\($0.origin))" } ?? ""
    }

    /// The endpoints of both clouds, all asked at once.
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
                variant: workspace.access.settings.variant,
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

    /// Any answer will do: it shows the way and carries a date.
    private func look(at url: URL?, named name: String) async -> Check? {
        guard let url else { return nil }
        let way = routes.usesProxy(for: url) ? " (by way of the proxy)" : ""
        do throws(TransportError) {
            let response = try await workspace.transport.send(HTTPRequest(.get, url), bounds: Self.bounds)
            let clock = response.clockOffset.map { "; its clock is \($0) from ours" } ?? ""
            return Check(name, .ok, "\(url.host() ?? "") answers\(way)\(clock)")
        } catch {
            return Check(name, .trouble, error.description + way)
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

extension NetworkSettings {
    /// Whether the file of authorities, where one is named, can be used.
    var hasReadableAuthorities: Bool {
        caFile.map(CertificateAuthorities.areReadable) ?? true
    }
}
