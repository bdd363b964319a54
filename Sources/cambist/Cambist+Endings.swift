import ArgumentParser
import Federation
import Foundation

// How the program ends but for the good end.
extension Cambist {
    /// Tells a failure, in JSON as well where that was asked for, and ends the program with its status.
    static func end(_ failure: CommandFailure, of command: any ParsableCommand) -> Never {
        if !failure.isAnswered, let command = command as? any JSONAnswering, command.answersInJSON {
            answer(command.report(ErrorReport(failure)), inLine: type(of: command).answersInLines)
        }
        end(failure)
    }

    /// Ends with what the parser or a command threw: help is an answer, a slip is told, all else is our fault.
    static func leave(_ error: any Error) -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if let unknown = UnknownCommand(in: arguments, of: Self.self) { end(unknown.failure) }
        switch exitCode(for: error) {
        case .success:
            do throws(CommandFailure) {
                try Report.answer(fullMessage(for: error))
            } catch {
                end(error)
            }
            Foundation.exit(ExitStatus.done.rawValue)
        case .validationFailure:
            if let usage = UsageFailure(message(for: error), arguments: arguments, of: Self.self) {
                answer(BareReport(error: ErrorReport(usage.failure)), inLine: usage.isLine)
                end(usage.failure)
            }
            refuse(fullMessage(for: error), arguments)
        default:
            end(CommandFailure(.ourFault, code: "fault", "\(error)", fix: "Please report it."))
        }
    }

    /// Tells a slip as the parser words it; who forgot to name a mapping is glad of the names.
    private static func refuse(_ text: String, _ arguments: [String]) -> Never {
        Report.say(text)
        if text.contains("Missing expected argument '<mapping>'"),
            let configuration = Configuration.named(in: arguments)
        {
            Report.say("  \(configuration.knownMappings)")
        }
        Foundation.exit(ExitStatus.usage.rawValue)
    }

    private static func answer(_ report: any Encodable, inLine: Bool) {
        do throws(CommandFailure) {
            try inLine ? Report.answer(line: report) : Report.answer(report)
        } catch {
            error.lines.forEach(Report.complain)
        }
    }

    private static func end(_ failure: CommandFailure) -> Never {
        for line in failure.lines { Report.complain(line) }
        Foundation.exit(failure.status.rawValue)
    }
}
