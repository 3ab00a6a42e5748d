import Foundation
import SparrowCore

/// An evaluator as a recipe describes it: a collection to search, or a dataset of pairs or triples.
///
/// ```yaml
/// evaluator:
///   - {collection: scifact, split: dev, document_limit: 5000}
///   - {type: SparseEmbeddingSimilarityEvaluator, dataset: {path: sts-dev.jsonl}, name: sts}
/// ```
///
/// A text alone is the folder of a collection. Of several evaluators the last one's main number is
/// the one to optimise.
public struct EvaluatorRecipe: Sendable, Hashable {
  /// What is evaluated.
  public enum Subject: Sendable, Hashable {
    /// Retrieval over a BEIR folder.
    case retrieval(Retrieval)
    /// Whether similarities of two columns rise with a column of scores.
    case similarity(DatasetRecipe)
    /// Whether two columns belong together, given a column of 0 and 1.
    case pairs(DatasetRecipe)
    /// Whether an anchor is closer to its positive than to its negative, in three columns.
    case triplets(DatasetRecipe)
    /// How well a query's positives come before its negatives: a text, and two texts or lists.
    case reranking(DatasetRecipe)
    /// Whether each text of a column finds its counterpart in the other.
    case translation(DatasetRecipe)
    /// How far vectors are from those of a teacher; of two columns the teacher reads the first.
    case distance(DatasetRecipe, teacher: String)
    /// Retrieval fused with what a fixed partner finds, `bm25` or a dense model's folder.
    case fusion(Retrieval, Fusion)
    /// Retrieval over several BEIR folders, measured together as NanoBEIR is.
    case collections(folders: [String], split: String)
  }

  /// A collection to search, or a part of it.
  public struct Retrieval: Sendable, Hashable {
    /// The folder with `corpus.jsonl`, `queries.jsonl` and `qrels`.
    public var collection: String
    /// The name of the judgment file, `dev` by default.
    public var split: String
    /// Put before documents; nil keeps the model's own prompt.
    public var documentPrompt: String?
    /// At most this many queries; nil takes all.
    public var queryLimit: Int?
    /// At most this many documents, the relevant ones always among them; nil takes all.
    public var documentLimit: Int?
  }

  /// How a ranking is fused with that of a fixed partner.
  public struct Fusion: Sendable, Hashable {
    /// `bm25`, or the folder of a dense model.
    public var partner: String
    /// How many documents reciprocal rank and nDCG look at, 10 by default.
    public var cutoff: Int
    /// Added to every rank, 60 by default.
    public var rankConstant: Int
    /// How many documents of either ranking are fused, 100 by default.
    public var depth: Int
  }

  /// What is evaluated.
  public var subject: Subject
  /// What metric keys begin with; for retrieval the folder's name by default.
  public var name: String
  /// Keeps at most this many weights a text; nil keeps all.
  public var maxActiveDimensions: Int?
  /// Put before queries, or before all texts where nothing is searched; nil keeps the model's own.
  public var prompt: String?

  /// The reference's names of evaluators.
  private enum Kind: String, CaseIterable {
    case retrieval = "SparseInformationRetrievalEvaluator"
    case collections = "SparseNanoBEIREvaluator"
    case similarity = "SparseEmbeddingSimilarityEvaluator"
    case pairs = "SparseBinaryClassificationEvaluator"
    case triplets = "SparseTripletEvaluator"
    case reranking = "SparseRerankingEvaluator"
    case translation = "SparseTranslationEvaluator"
    case distance = "SparseMSEEvaluator"
    case fusion = "ReciprocalRankFusionEvaluator"
  }

  /// Reads one description, or a list of them.
  static func list(_ value: JSONValue?) throws(TrainingError) -> [EvaluatorRecipe] {
    guard let value, !value.isNull else { return [] }
    var recipes: [EvaluatorRecipe] = []
    for element in value.array ?? [value] { recipes.append(try EvaluatorRecipe(element)) }
    return recipes
  }

  init(_ value: JSONValue) throws(TrainingError) {
    let object: JSONValue = value.string.map { ["collection": .string($0)] } ?? value
    var reader = try SettingsReader(object, section: "evaluator")
    let kind = try reader.choice("type", Kind.self) ?? .retrieval
    subject = try Self.subject(kind, &reader)
    let usualName =
      switch subject {
      case .retrieval(let retrieval), .fusion(let retrieval, _):
        URL(fileURLWithPath: retrieval.collection).lastPathComponent
      case .collections: "NanoBEIR"
      default: ""
      }
    name = try reader.text("name") ?? usualName
    maxActiveDimensions = try reader.count("max_active_dims", from: 1)
    switch kind {
    case .retrieval, .fusion, .collections: prompt = try reader.text("query_prompt")
    default: prompt = try reader.text("prompt")
    }
    try reader.finish()
  }

  private static func subject(
    _ kind: Kind, _ reader: inout SettingsReader
  ) throws(TrainingError) -> Subject {
    switch kind {
    case .retrieval: return .retrieval(try retrieval(&reader))
    case .fusion:
      return .fusion(
        try retrieval(&reader),
        Fusion(
          partner: try reader.requiredText("partner"),
          cutoff: try reader.count("at_k", from: 1) ?? 10,
          rankConstant: try reader.count("rrf_k") ?? 60,
          depth: try reader.count("depth", from: 1) ?? 100))
    case .distance:
      return .distance(
        try DatasetRecipe(evaluatorSection: &reader), teacher: try reader.requiredText("teacher"))
    case .collections:
      guard let folders = try reader.texts("collections") else {
        throw reader.refuse("collections", "a list of folders", nil)
      }
      return .collections(folders: folders, split: try reader.text("split") ?? "test")
    case .similarity: return .similarity(try DatasetRecipe(evaluatorSection: &reader))
    case .pairs: return .pairs(try DatasetRecipe(evaluatorSection: &reader))
    case .triplets: return .triplets(try DatasetRecipe(evaluatorSection: &reader))
    case .reranking: return .reranking(try DatasetRecipe(evaluatorSection: &reader))
    case .translation: return .translation(try DatasetRecipe(evaluatorSection: &reader))
    }
  }

  private static func retrieval(
    _ reader: inout SettingsReader
  ) throws(TrainingError) -> Retrieval {
    Retrieval(
      collection: try reader.requiredText("collection"),
      split: try reader.text("split") ?? "dev",
      documentPrompt: try reader.text("corpus_prompt"),
      queryLimit: try reader.count("query_limit", from: 1),
      documentLimit: try reader.count("document_limit", from: 1))
  }
}
