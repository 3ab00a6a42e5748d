import ArgumentParser

/// `sparrow vocabulary`: what terms a model has dimensions for.
struct VocabularyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vocabulary",
    abstract: "Adapt a model's terms to a domain.",
    discussion: """
      EXAMPLES:
        sparrow vocabulary expand --model .models/splade-tiny --collection medquad --output medical
      """,
    subcommands: [VocabularyExpandCommand.self])
}
