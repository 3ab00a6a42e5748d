import SparrowCore

/// Settings that most evaluators share.
public struct EvaluatorOptions: Sendable, Hashable {
  /// Put before every key and into the names of files; empty by default.
  public var name: String
  /// Keep at most this many weights a vector; nil, the default, keeps the encoder's own limit.
  public var maxActiveDimensions: Int?
  /// Put before every text; nil, the default, keeps the encoder's own prompts.
  public var prompt: String?
  /// Appends a line to a CSV file when there is a folder; true by default.
  public var writesCSV: Bool

  /// Makes options.
  public init(
    name: String = "", maxActiveDimensions: Int? = nil, prompt: String? = nil,
    writesCSV: Bool = true
  ) {
    self.name = name
    self.maxActiveDimensions = maxActiveDimensions
    self.prompt = prompt
    self.writesCSV = writesCSV
  }

  /// What the encoder is told.
  func encoding(_ context: EvaluationContext) -> EncodingOptions {
    EncodingOptions(
      maxActiveDimensions: maxActiveDimensions, prompt: prompt, progress: context.progress)
  }

  /// The context for CSV files, without a folder when none is to be written.
  func table(_ context: EvaluationContext) -> EvaluationContext {
    var context = context
    if !writesCSV { context.folder = nil }
    return context
  }

  /// `_{name}` for names of files, nothing for an empty name.
  var suffix: String { name.isEmpty ? "" : "_\(name)" }
}

/// Refuses lists that should be parallel and are not, or are empty.
func checkParallel(_ lists: [(name: String, count: Int)]) throws(EvaluationError) {
  guard let first = lists.first, first.count > 0 else {
    throw EvaluationError(
      .usage, "An evaluation needs at least one \(lists.first?.name ?? "text").")
  }
  for list in lists where list.count != first.count {
    throw EvaluationError(
      .usage,
      "There must be as many of each; found \(lists.map { "\($0.count) \($0.name)" }.joined(separator: ", "))."
    )
  }
}

/// Which similarity functions an evaluation uses, and which counts.
struct SimilarityChoice: Sendable, Hashable {
  private let functions: [SimilarityFunction]?
  /// The function whose metric is to be optimised, nil for the best or only one.
  let main: SimilarityFunction?

  /// Checks a choice.
  init(
    _ functions: [SimilarityFunction]?, main: SimilarityFunction?
  ) throws(EvaluationError) {
    self.functions = functions ?? main.map { [$0] }
    self.main = main
    guard let functions = self.functions else { return }
    guard !functions.isEmpty, Set(functions).count == functions.count else {
      throw EvaluationError(.usage, "Similarity functions must be given once each, at least one.")
    }
    if let main, !functions.contains(main) {
      throw EvaluationError(
        .usage, "The main similarity function '\(main)' is not among the functions.")
    }
  }

  /// The functions for an encoder: those chosen, else the encoder's own.
  func functions(for encoder: any SparseEncoding) -> [SimilarityFunction] {
    functions ?? [encoder.similarity]
  }
}
