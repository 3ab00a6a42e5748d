import Foundation
import SparrowCore
import SparrowData

/// An evaluator of cross-encoders as a recipe describes it: a collection whose first hits are reranked,
/// or a dataset of pairs.
///
/// ```yaml
/// evaluator:
///   - {collection: medquad, split: dev, query_limit: 200, depth: 30}
///   - {type: CrossEncoderCorrelationEvaluator, dataset: sts-dev.jsonl, name: sts}
/// ```
///
/// A text alone is the folder of a collection. The first stage is BM25, or a TREC run given as `run`.
public struct PairEvaluatorRecipe: Sendable, Hashable {
  /// What is measured.
  public enum Subject: Sendable, Hashable {
    /// The order of what a first stage found in a BEIR folder.
    case collection(Collection)
    /// The order of given documents: a query, its positives, its negatives.
    case lists(DatasetRecipe)
    /// Whether two columns belong together, given a column of 0 and 1.
    case classification(DatasetRecipe)
    /// Whether scores of two columns rise with a column of scores.
    case correlation(DatasetRecipe)
  }

  /// A collection with a first stage.
  public struct Collection: Sendable, Hashable {
    /// The folder with `corpus.jsonl`, `queries.jsonl` and `qrels`.
    public var folder: String
    /// The name of the judgment file, `dev` by default.
    public var split: String
    /// A TREC run of the first stage; nil takes BM25.
    public var run: String?
    /// How many of the first stage's documents are reranked, 100 by default.
    public var depth: Int
    /// At most this many queries; nil takes all.
    public var queryLimit: Int?
  }

  /// What is measured.
  public var subject: Subject
  /// What metric keys begin with; the folder's name by default.
  public var name: String
  /// How many documents reciprocal rank and nDCG look at, 10 by default.
  public var cutoff = 10
  /// Whether documents that the first stage missed are reranked, too; true by default, as in the
  /// reference.
  public var includesAllPositives = true

  /// The reference's names of evaluators.
  private enum Kind: String, CaseIterable {
    case reranking = "CrossEncoderRerankingEvaluator"
    case classification = "CrossEncoderClassificationEvaluator"
    case correlation = "CrossEncoderCorrelationEvaluator"
  }

  /// The names of all evaluators.
  static let names = Kind.allCases.map(\.rawValue)

  /// Reads one description, or a list of them.
  static func list(_ value: JSONValue?) throws(TrainingError) -> [PairEvaluatorRecipe] {
    guard let value, !value.isNull else { return [] }
    var recipes: [PairEvaluatorRecipe] = []
    for element in value.array ?? [value] { recipes.append(try PairEvaluatorRecipe(element)) }
    return recipes
  }

  init(_ value: JSONValue) throws(TrainingError) {
    let object: JSONValue = value.string.map { ["collection": .string($0)] } ?? value
    var reader = try SettingsReader(object, section: "evaluator")
    switch try reader.choice("type", Kind.self) ?? .reranking {
    case .reranking:
      if let collection = try Self.collection(&reader) {
        subject = .collection(collection)
      } else {
        subject = .lists(try DatasetRecipe(evaluatorSection: &reader))
      }
      cutoff = try reader.count("at_k", from: 1) ?? 10
      includesAllPositives = try reader.flag("always_rerank_positives") ?? true
    case .classification: subject = .classification(try DatasetRecipe(evaluatorSection: &reader))
    case .correlation: subject = .correlation(try DatasetRecipe(evaluatorSection: &reader))
    }
    var usualName = ""
    if case .collection(let collection) = subject {
      usualName = URL(fileURLWithPath: collection.folder).lastPathComponent
    }
    name = try reader.text("name") ?? usualName
    try reader.finish()
  }

  private static func collection(
    _ reader: inout SettingsReader
  ) throws(TrainingError) -> Collection? {
    guard let folder = try reader.text("collection") else { return nil }
    return Collection(
      folder: folder, split: try reader.text("split") ?? "dev", run: try reader.text("run"),
      depth: try reader.count("depth", from: 1) ?? 100,
      queryLimit: try reader.count("query_limit", from: 1))
  }
}

extension DatasetRecipe {
  /// Reads the key `dataset` of an evaluator.
  init(evaluatorSection reader: inout SettingsReader) throws(TrainingError) {
    guard let value = reader.value("dataset") else {
      throw reader.refuse("dataset", "a path, or an object with 'path'", nil)
    }
    try self.init(value, name: nil, section: "evaluator.dataset")
  }
}
