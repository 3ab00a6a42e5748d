import ArgumentParser
import Foundation
import SparrowCore
import SparrowTraining

/// The command line as a function: arguments in, exit code out.
public enum SparrowCommandLine {
  /// Runs one command.
  ///
  /// Errors are written to the context's error stream. Cancelling the surrounding task stops the
  /// command at the next opportunity.
  ///
  /// - Parameters:
  ///   - arguments: the words after the program's name.
  ///   - context: the streams and the environment; by default those of the process.
  /// - Returns: the exit code: 0 done, 1 failed, 2 wrong usage, 3 missing file or model, 130
  ///   cancelled.
  public static func run(_ arguments: [String], in context: CommandContext = CommandContext())
    -> Int32
  {
    do {
      try checkCommand(arguments.first)
      var command = try SparrowCommand.parseAsRoot(arguments)
      if let contextual = command as? any ContextualCommand {
        try contextual.run(in: context)
      } else {
        try command.run()
      }
      return CommandOutcome.success.rawValue
    } catch {
      return report(error, in: context).rawValue
    }
  }

  /// Tells a misspelled command from a wrong option.
  private static func checkCommand(_ word: String?) throws {
    let commands = SparrowCommand.configuration.subcommands
    let names = commands.compactMap { $0.configuration.commandName }
    guard let word, !word.hasPrefix("-"), !(names + ["help"]).contains(word) else { return }
    throw CommandError(
      .usage,
      "There is no command '\(word)'.\(NearestName.suggestion(for: word, among: names)) sparrow --help lists them."
    )
  }

  private static func report(_ error: any Error, in context: CommandContext) -> CommandOutcome {
    let status = CommandOutcome(error)
    let label = context.errorStyle.red("error:")
    switch (status, error) {
    case (_, is BrokenPipe): break
    case (.success, _):
      try? context.output.write(
        SparrowCommand.fullMessage(for: error, columns: context.columnCount) + "\n")
    case (_, let error as any SparrowError): context.tell("\(label) \(error)")
    case (.interrupted, _): context.tell("\(label) interrupted")
    case (.usage, _):
      let text = SparrowCommand.fullMessage(for: error, columns: context.columnCount)
      let prefix = "Error:"
      context.tell(text.hasPrefix(prefix) ? label + text.dropFirst(prefix.count) : text)
    default: context.tell("\(label) \(AtomicFile.reason(error)).")
    }
    return status
  }
}
