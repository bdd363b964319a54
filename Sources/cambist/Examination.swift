import AWS
import Azure
import Delivery
import Federation
import Foundation
import Transport

/// Looks at this machine, one thing after the other.
struct Examination {
    private static let bounds = RequestBounds(total: .seconds(5), bodySize: 256 * 1024)

    let workspace: Workspace
    let text: ConfigurationText
    private var checks: [DoctorReport.Check] = []

    init(workspace: Workspace, text: ConfigurationText) {
        self.workspace = workspace
        self.text = text
    }

    /// Keeps what was found.
    mutating func note(_ check: DoctorReport.Check) {
        checks.append(check)
    }

    /// Everything that was found, the token sources last.
    mutating func report() async -> DoctorReport {
        lookAtConfiguration()
        lookAtFiles()
        lookAtTerminal()
        await lookAtClouds()
        let sources = await workspace.sources.reports()
        return DoctorReport(checks: checks, sources: sources.map(DoctorReport.Source.init))
    }

    private mutating func lookAtConfiguration() {
        let configuration = workspace.configuration
        if checks.isEmpty {
            note(.init("configuration", .ok, "\(text.path), \(configuration.mappings.count) mappings"))
        }
        let network = configuration.network
        note(.init("proxy", .ok, network.proxy.map { "by \($0.host() ?? "?")" } ?? "none"))
        note(.init("authorities", .ok, network.caFile ?? "the system's"))
    }

    private mutating func lookAtFiles() {
        if let directory = text.stateDirectory {
            let exists = FileManager.default.fileExists(atPath: directory)
            let isWritable = FileManager.default.isWritableFile(atPath: directory)
            note(
                exists
                    ? .init(
                        "state",
                        isWritable ? .ok : .trouble,
                        "\(directory)\(isWritable ? "" : ", not writable")"
                    )
                    : .init("state", .missing, "\(directory), made when it is needed")
            )
        }
        do throws(KeyringError) {
            _ = try Keyring().read("doctor")
            note(.init("keyring", .ok, "the kernel's, for credentials between runs"))
        } catch {
            note(.init("keyring", .trouble, error.description))
        }
    }

    private mutating func lookAtTerminal() {
        let type = Surroundings.variables["TERM"] ?? ""
        let isTerminal = Surroundings.isTerminal(STDOUT_FILENO)
        let isCapable = !["", "dumb", "unknown"].contains(type)
        note(
            .init(
                "terminal",
                isTerminal && isCapable ? .ok : .missing,
                "TERM is \(type.isEmpty ? "not set" : type); stdout is \(isTerminal ? "a" : "no") terminal"
            )
        )
    }

    private mutating func lookAtClouds() async {
        let endpoints = workspace.configuration.endpoints
        let authority = endpoints.authority ?? URL(string: "https://login.microsoftonline.com/")
        let region = workspace.configuration.mappings.first?.region ?? "us-east-1"
        let sts = try? AWSEndpoint.sts(
            region: region,
            variant: Surroundings.endpointVariant,
            override: endpoints.sts
        )
        await lookAt("azure", authority?.appending(path: "common/.well-known/openid-configuration"))
        await lookAt("aws", sts?.url)
    }

    /// Any answer will do: it shows the way and carries a date.
    private mutating func lookAt(_ name: String, _ url: URL?) async {
        guard let url else { return }
        do throws(TransportError) {
            let response = try await workspace.transport.send(HTTPRequest(.get, url), bounds: Self.bounds)
            note(.init(name, .ok, "\(url.host() ?? "") answers\(response.clockOffset.map(Self.clock) ?? "")"))
        } catch {
            note(.init(name, .trouble, error.description))
        }
    }

    private static func clock(_ clock: ClockOffset) -> String {
        let style = FloatingPointFormatStyle<Double>.number.precision(.fractionLength(1)).locale(
            Locale(identifier: "en")
        )
        let offset = clock.offset.seconds.formatted(style.sign(strategy: .always()))
        return "; its clock is \(offset) s ± \(clock.uncertainty.seconds.formatted(style)) s from ours"
    }
}
