import ArgumentParser
import SparrowIndex

/// The settings of `--model bm25`.
struct BM25Options: ParsableArguments {
  /// What `--model` is called when no model is meant.
  static let modelName = "bm25"

  @Option(help: "BM25: how soon repetitions of a term stop counting.")
  var k1 = 0.9

  @Option(help: "BM25: how much long documents are held back, 0 to 1.")
  var b = 0.4

  @Flag(inversion: .prefixedNo, help: "BM25: bring English words to their stems.")
  var stemming = true

  @Flag(inversion: .prefixedNo, help: "BM25: drop frequent English words.")
  var stopWords = true

  /// The encoder's configuration.
  var configuration: BM25Configuration {
    BM25Configuration(
      saturation: k1, lengthNormalization: b,
      analyzer: Analyzer(
        stopWords: stopWords ? .english : .none, stemming: stemming ? .english : .none))
  }
}
