import Foundation
import SparrowCore
import SparrowData
public import SparrowEvaluation

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
  }

  /// A collection to search, or a part of it.
  public struct Retrieval: Sendable, Hashable {
    /// The folder with `corpus.jsonl`, `queries.jsonl` and `qrels`.
    public var collection: String
    /// The name of the judgment file, `dev` by default.
    public var split: String
    /// At most this many queries; nil takes all.
    public var queryLimit: Int?
    /// At most this many documents, the relevant ones always among them; nil takes all.
    public var documentLimit: Int?
  }

  /// What is evaluated.
  public var subject: Subject
  /// What metric keys begin with; for retrieval the folder's name by default.
  public var name: String
  /// Keeps at most this many weights a text; nil keeps all.
  public var maxActiveDimensions: Int?

  private static let typeNames = [
    "SparseInformationRetrievalEvaluator", "SparseEmbeddingSimilarityEvaluator",
    "SparseBinaryClassificationEvaluator", "SparseTripletEvaluator",
  ]

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
    let type = try reader.text("type") ?? Self.typeNames[0]
    var usualName = ""
    if type == Self.typeNames[0] {
      let collection = try reader.requiredText("collection")
      usualName = URL(fileURLWithPath: collection).lastPathComponent
      subject = .retrieval(
        Retrieval(
          collection: collection, split: try reader.text("split") ?? "dev",
          queryLimit: try reader.count("query_limit", from: 1),
          documentLimit: try reader.count("document_limit", from: 1)))
    } else {
      guard Self.typeNames.contains(type) else {
        throw reader.refuse(
          "type", "one of \(Self.typeNames.map { "'\($0)'" }.joined(separator: ", "))",
          .string(type))
      }
      guard let value = reader.value("dataset") else {
        throw reader.refuse("dataset", "a path, or an object with 'path'", nil)
      }
      let dataset = try DatasetRecipe(value, name: nil, section: "evaluator.dataset")
      switch type {
      case Self.typeNames[1]: subject = .similarity(dataset)
      case Self.typeNames[2]: subject = .pairs(dataset)
      default: subject = .triplets(dataset)
      }
    }
    name = try reader.text("name") ?? usualName
    maxActiveDimensions = try reader.count("max_active_dims", from: 1)
    try reader.finish()
  }

  /// Reads the data and makes the evaluator.
  ///
  /// - Throws: `DataError` and `EvaluationError` naming the file; ``TrainingError`` when the columns
  ///   are not those the evaluator needs.
  public func load() throws -> any Evaluator {
    let options = EvaluatorOptions(name: name, maxActiveDimensions: maxActiveDimensions)
    switch subject {
    case .retrieval(let retrieval): return try load(retrieval)
    case .similarity(let recipe):
      let (texts, scores) = try columns(of: recipe, textCount: 2, hasLabels: true)
      return try EmbeddingSimilarityEvaluator(
        firstTexts: texts[0], secondTexts: texts[1], scores: scores, options: options)
    case .pairs(let recipe):
      let (texts, labels) = try columns(of: recipe, textCount: 2, hasLabels: true)
      return try BinaryClassificationEvaluator(
        firstTexts: texts[0], secondTexts: texts[1], labels: labels.map { $0 != 0 },
        options: options)
    case .triplets(let recipe):
      let (texts, _) = try columns(of: recipe, textCount: 3, hasLabels: false)
      return try TripletEvaluator(
        anchors: texts[0], positives: texts[1], negatives: texts[2], options: options)
    }
  }

  private func columns(
    of recipe: DatasetRecipe, textCount: Int, hasLabels: Bool
  ) throws -> (texts: [[String]], labels: [Double]) {
    let part = try recipe.load()
    let names = Array(repeating: "text", count: textCount)
    _ = try DatasetCheck(
      part, lossName: "The evaluator '\(name)'",
      requirement: ColumnRequirement(
        from: textCount, to: textCount, names, label: hasLabels ? .score : .none))
    let dataset = part.dataset
    return (
      dataset.inputColumns.map { column in (dataset[column] ?? []).compactMap(\.string) },
      dataset.labelColumn.flatMap { dataset[$0] }?.compactMap(\.number) ?? []
    )
  }

  private func load(_ retrieval: Retrieval) throws -> InformationRetrievalEvaluator {
    var configuration = InformationRetrievalEvaluator.Configuration()
    configuration.name = name
    configuration.maxActiveDimensions = maxActiveDimensions
    let collection = try BEIRCollection(folder: URL(fileURLWithPath: retrieval.collection))
    guard retrieval.queryLimit != nil || retrieval.documentLimit != nil else {
      return try collection.makeEvaluator(split: retrieval.split, configuration: configuration)
    }
    let qrels = try collection.qrels(split: retrieval.split)
    let relevant = qrels.relevantDocuments
    let queries = try collection.loadQueries(judgedIn: qrels)
      .filter { relevant[$0.id]?.isEmpty == false }.prefix(retrieval.queryLimit ?? .max)
    let needed = queries.reduce(into: Set<DocumentID>()) { $0.formUnion(relevant[$1.id] ?? []) }
    var room = max(0, (retrieval.documentLimit ?? .max) - needed.count)
    let corpus = try collection.loadDocuments().filter { document in
      if needed.contains(document.id) { return true }
      room -= 1
      return room >= 0
    }
    return try InformationRetrievalEvaluator(
      queries: Array(queries), corpus: corpus, relevantDocuments: relevant,
      configuration: configuration)
  }
}
