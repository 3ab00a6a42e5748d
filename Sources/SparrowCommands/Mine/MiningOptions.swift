import ArgumentParser
import SparrowTraining

/// Which of the documents that were found become negatives.
struct MiningOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Negatives of each query.", valueName: "n"))
  var negatives = 3

  @Option(help: ArgumentHelp("Skip so many of the best documents.", valueName: "n"))
  var rankMin = 0

  @Option(
    help: ArgumentHelp(
      "Look no further than this rank; by default as far as needed.", valueName: "n"))
  var rankMax: Int?

  @Option(help: ArgumentHelp("The least score of a negative.", valueName: "x"))
  var minScore: Float?

  @Option(help: ArgumentHelp("The greatest score of a negative.", valueName: "x"))
  var maxScore: Float?

  @Option(
    help: ArgumentHelp(
      "Negatives score lower than the query's own documents by at least so much.", valueName: "x"))
  var absoluteMargin: Float?

  @Option(help: ArgumentHelp("The same as a share of the document's score.", valueName: "x"))
  var relativeMargin: Float?

  @Option(help: "Take the best, or any between the ranks.")
  var strategy: HardNegativeMiner.Configuration.Strategy = .top

  @Option(help: ArgumentHelp("Seed of --strategy random.", valueName: "n"))
  var seed: UInt64 = 42

  @Option(help: "How rows are laid out.")
  var format: HardNegativeMiner.Configuration.Format = .triplet

  @Flag(help: "Write scores of positives and negatives; a teacher implies it.")
  var scores = false

  /// What a miner takes.
  func configuration(writesScores: Bool) -> HardNegativeMiner.Configuration {
    HardNegativeMiner.Configuration(
      negativeCount: negatives, rankMinimum: rankMin, rankMaximum: rankMax,
      minimumScore: minScore, maximumScore: maxScore, absoluteMargin: absoluteMargin,
      relativeMargin: relativeMargin, strategy: strategy, seed: seed, format: format,
      writesScores: scores || writesScores)
  }
}
