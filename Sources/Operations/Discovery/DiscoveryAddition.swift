import ConfigurationFile
package import Discovery
import Federation
import FoundationEssentials
import Transport

/// Adds a discovery's proposals to the configuration file, and checks the new text before the write.
package struct DiscoveryAddition: Sendable {
    package let path: String
    /// The report without the proposals that would make the configuration invalid.
    package private(set) var report: DiscoveryReport
    /// The text as it was read; empty for a file that does not exist.
    private let original: String
    private let options: ContextOptions
    private var added: Result<(text: String, places: [ConfigurationAddition.Insertion]), CommandFailure>

    /// Adds the proposals to a configuration's text in memory and checks the result.
    ///
    /// - Parameters:
    ///   - report: The proposals.
    ///   - original: The text as it was read; empty for a file that does not exist.
    ///   - path: The file.
    ///   - options: The options and the environment for reading the configuration.
    package init(_ report: DiscoveryReport, to original: String, path: String, _ options: ContextOptions) {
        self.path = path
        self.report = report
        self.original = original
        self.options = options
        added = .success((original, []))
        added = addition(of: report)
        guard case .failure(let failure) = added, failure.code == "unfit" else { return }
        // At least one proposal makes the file invalid, so each proposal is checked alone.
        for mapping in report.mappings where self.report.mappings.contains(mapping) {
            let single = report.only(mapping.name)
            guard case .failure(let failure) = addition(of: single), failure.code == "unfit" else { continue }
            self.report.omit(mapping.name, reason: failure.messages.joined(separator: " "))
        }
        added = addition(of: self.report)
    }

    /// Whether there is nothing to write.
    package var isEmpty: Bool { report.mappings.isEmpty }

    /// Returns the lines to add, in groups; each group has a header with the number of the line before the group.
    ///
    /// - Throws: ``CommandFailure`` when the entries cannot be added.
    package func difference() throws(CommandFailure) -> [String] {
        try added.get().places.flatMap { place in
            ["@@ \(path), after line \(place.line) @@"] + place.lines.map { "+ \($0)" }
        }
    }

    /// Writes the file, completely or not at all.
    ///
    /// - Throws: ``CommandFailure`` when the entries cannot be added, the file has changed since it was read, or
    ///   the file cannot be written.
    package func write() throws(CommandFailure) {
        let text = try added.get().text
        let target = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
        let current: String?
        do throws(CommandFailure) {
            current = try ConfigurationText.find(options).text
        } catch {
            guard error.code == "no-configuration" else { throw error }
            current = nil
        }
        guard current ?? "" == original else {
            throw CommandFailure(
                .no,
                code: "changed",
                "\(path) has changed since it was read; this command did not write to it.",
                fix: "Run `cambist discover` again."
            )
        }
        guard current == nil else { return try SafeFile.write(text, to: target) }
        try SafeFile.makeDirectory(of: target, fix: "Create it, or name another file with --config.")
        try SafeFile.create(text, at: target)
    }

    private func addition(
        of report: DiscoveryReport
    ) -> Result<(text: String, places: [ConfigurationAddition.Insertion]), CommandFailure> {
        let proposals = ProposalText(report)
        let addition = ConfigurationAddition(identities: proposals.identities, mappings: proposals.mappings)
        do {
            let places = try addition.insertions(in: original)
            let text = try addition.applied(to: original)
            try check(text, report)
            return .success((text, places))
        } catch let error as ConfigurationAdditionError {
            return .failure(
                CommandFailure(
                    .configuration,
                    code: "form",
                    "\(path): \(error)",
                    fix: "Indent the section's lines, or copy the proposals that `cambist discover` prints."
                )
            )
        } catch {
            return .failure(
                (error as? CommandFailure)
                    ?? CommandFailure(.internalError, code: "fault", "\(error)", fix: "Report this bug.")
            )
        }
    }

    /// Checks that a text is a configuration with the unchanged original entries and the new entries.
    private func check(_ text: String, _ report: DiscoveryReport) throws(CommandFailure) {
        let before = try configuration(original)
        let after = try configuration(text)
        let identities = Set(after.identities)
        let mappings = Set(after.mappings)
        let isKept =
            before.identities.allSatisfy(identities.contains) && before.mappings.allSatisfy(mappings.contains)
            && after.identities.count == before.identities.count + report.identities.count
            && after.mappings.count == before.mappings.count + report.mappings.count
        guard !isKept else { return }
        throw CommandFailure(
            .configuration,
            code: "form",
            "The entries cannot be added to \(path) without changing its existing entries.",
            fix: "Copy the proposals that `cambist discover` prints."
        )
    }

    private func configuration(_ text: String) throws(CommandFailure) -> Configuration {
        do throws(ConfigurationError) {
            return try ConfigurationFile.read(
                text: text,
                path: path,
                environment: options.variables,
                vocabulary: options.vocabulary
            ).configuration
        } catch {
            throw CommandFailure(
                .configuration,
                code: "unfit",
                messagesWithFix: error.messages,
                fix: "Correct the value where it is defined."
            )
        }
    }
}
