import Azure
import Console
import Federation
import FoundationEssentials
import Operations
import Propagation

/// Runs the program of `console.notify` when a watch has ended.
struct NotificationHook {
    private static let limit = Duration.seconds(30)

    let time: any TimeSource
    let variables: [String: String]
    /// The configuration file to insert into the commands of a fix, if any.
    let reference: ConfigurationReference?

    /// The JSON object on the program's standard input.
    struct Event: Encodable {
        let version = 1
        let event = "watch-ended"
        let mapping: String
        let verdict: String
        let at: Date
        let began: Date
        let attempts: Int
        let waitedFor: Nullable<String>
        let code: String
        let message: String
        let fix: String

        init?(_ watch: Watch, _ reference: ConfigurationReference?) {
            guard let result = watch.result else { return nil }
            mapping = watch.mapping
            verdict = result.verdict.rawValue
            at = result.at
            began = watch.began
            attempts = watch.attempts
            waitedFor = Nullable(watch.waits(at: result.at).last?.cause.rawValue)
            (code, message, fix) = (result.code, result.message, reference.naming(in: result.fix))
        }

        var text: String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            encoder.dateEncodingStrategy = .iso8601
            return (try? encoder.encode(self)).map {
                VisibleText.json(String(decoding: $0, as: UTF8.self)) + "\n"
            } ?? ""
        }
    }

    /// Runs the program; returns an error message if it fails.
    func run(_ command: [String], for watch: Watch) async -> String? {
        guard let name = command.first, let event = Event(watch, reference) else { return nil }
        let program = Program(name: name, variables: variables, limit: Self.limit, outputSize: nil)
        do throws(Program.Problem) {
            let output = try await program.run(Array(command.dropFirst()), input: event.text, time: time)
            return output.status == 0 ? nil : "console.notify: \(name) exited with status \(output.status)."
        } catch {
            return "console.notify: \(name) could not be run: \(error)."
        }
    }
}
