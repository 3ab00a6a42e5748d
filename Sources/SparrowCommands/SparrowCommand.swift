import ArgumentParser

/// The root of the command line.
struct SparrowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sparrow",
    abstract: "Learned sparse retrieval: encode, explain, train, evaluate and search.",
    discussion: """
      A sparse model turns a text into weights for the words of a vocabulary, most of them zero. \
      Each weight names a term, also terms that the text does not contain, and an inverted index \
      can search them.

      EXAMPLES:
        sparrow encode --model .models/splade-tiny --terms "wireless router"
        sparrow explain --model .models/splade-tiny --query "wireless router"
        sparrow evaluate --model .models/splade-tiny --collection scifact
        sparrow search --model .models/splade-tiny --collection scifact "statins and cancer"

      EXIT CODES:
        0 done, 1 failed, 2 wrong usage, 3 a file or model is missing, 130 stopped by Ctrl-C
      """,
    version: SparrowVersion.current,
    subcommands: [
      EncodeCommand.self, ExplainCommand.self, MineCommand.self, TrainCommand.self,
      EvaluateCommand.self, IndexCommand.self, SearchCommand.self, RerankCommand.self,
      PushCommand.self, ConvertCommand.self, ExportCommand.self, VocabularyCommand.self,
      HubCommand.self, DoctorCommand.self,
    ])
}

/// A command that writes to the streams it is given.
protocol ContextualCommand: ParsableCommand {
  /// Does the work.
  ///
  /// - Throws: what ended it; ``CommandOutcome`` makes the exit code of it.
  func run(in context: CommandContext) throws
}

extension ContextualCommand {
  func run() throws { try run(in: CommandContext()) }
}

/// The version of this program.
public enum SparrowVersion {
  /// The version by the rules of semantic versioning.
  public static let current = "0.1.0"
}
