public import Foundation
public import SparrowCore

/// The `README.md` of a model: what it is, how it is used, how good it is, how it was trained.
///
/// Its structure, metadata and tags are those of Sentence Transformers' cards, so that the Hugging
/// Face Hub shows the model as a sparse encoder or a cross-encoder; usage is shown for Swift and for Python.
///
/// ```swift
/// var card = try trainer.modelCard()
/// card.license = "apache-2.0"
/// try card.write(to: modelFolder)
/// ```
public struct ModelCard: Sendable {
  /// The heading; nil makes one of the kind of model.
  public var name: String?
  /// Languages, as codes: `en`.
  public var languages: [String] = []
  /// The licence, as the Hub's identifier: `apache-2.0`.
  public var license: String?
  /// The model that training started from, as a path or the Hub's identifier.
  public var baseModel: String?
  /// The model's name where it can be fetched; shown in usage.
  public var modelID = "path/to/model"
  /// The longest text in tokens, nil when texts are not cut.
  public var maximumLength: Int?
  /// How many numbers a pair of texts gets, for cross-encoders; nil for models that give vectors.
  public var labelCount: Int?
  /// The size of the vector space; 0 for cross-encoders.
  public var dimension = 0
  /// How vectors are compared.
  public var similarity = SimilarityFunction.dot
  /// Example texts and how similar they are.
  public var usage: Usage?
  /// What evaluations found, last first.
  public var evaluations: [Evaluation] = []
  /// How the model was trained, nil when it was not.
  public var training: Training?

  /// Example texts with their similarities.
  public struct Usage: Sendable {
    /// A query.
    public var query: String
    /// Documents to compare it with.
    public var documents: [String]
    /// The similarity of the query and each document, or the scores of these pairs.
    public var similarities: [Float]
  }

  /// Numbers of one evaluator.
  public struct Evaluation: Sendable {
    /// What keys begin with, for example a collection's name.
    public var name: String
    /// Numbers by key, without `eval_`.
    public var metrics: [(key: String, value: Double)]
  }

  /// What a card says about a run.
  public struct Training: Sendable {
    /// The datasets.
    public var datasets: [DatasetSummary] = []
    /// The datasets of evaluation losses.
    public var evaluationDatasets: [DatasetSummary] = []
    /// The arguments.
    public var arguments = TrainingArguments()
    /// What was logged.
    public var logHistory: [JSONObject] = []
    /// The step whose checkpoint was taken at the end, if any.
    public var bestStep: Int?
    /// How long it took.
    public var duration: Duration?
  }

  /// Makes a card of a model that says nothing about training.
  public init(dimension: Int, maximumLength: Int?, similarity: SimilarityFunction) {
    self.dimension = dimension
    self.maximumLength = maximumLength
    self.similarity = similarity
  }

  /// Makes a card of a cross-encoder that says nothing about training.
  public init(labelCount: Int, maximumLength: Int?) {
    self.labelCount = labelCount
    self.maximumLength = maximumLength
  }

  /// Writes `README.md` into the folder of a saved model, whose files tell the architecture.
  ///
  /// - Throws: `CoreError` when the folder has no `modules.json` or the file cannot be written.
  public func write(to folder: URL) throws(CoreError) {
    let text = markdown(try ModelArchitecture(folder: folder))
    try AtomicFile.write(Data(text.utf8), to: folder.appendingPathComponent("README.md"))
  }
}

/// One dataset in a model card.
public struct DatasetSummary: Sendable {
  /// The name, nil for an only dataset.
  public var name: String?
  /// The number of rows.
  public var rowCount: Int
  /// The columns with what is in them, in words.
  public var columns: [(name: String, kind: String, statistics: String)]
  /// The first rows, cell by cell.
  public var samples: [[String]]
  /// The loss's settings.
  public var loss: JSONObject
}

/// The stages of a saved model.
struct ModelArchitecture {
  /// For each stage its number, class and settings.
  let stages: [(place: String, name: String, settings: JSONValue)]

  init(folder: URL) throws(CoreError) {
    let modules = try JSONValue(contentsOf: folder.appendingPathComponent("modules.json"))
    var stages: [(place: String, name: String, settings: JSONValue)] = []
    for module in modules.array ?? [] {
      let path = module["path"]?.string ?? ""
      let type = module["type"]?.string?.split(separator: ".").last.map(String.init) ?? "Module"
      let files =
        path.isEmpty
        ? ["sentence_bert_config.json", "router_config.json"] : ["\(path)/config.json"]
      let settings = files.lazy.compactMap {
        try? JSONValue(contentsOf: folder.appendingPathComponent($0))
      }.first
      stages.append((module["name"]?.string ?? "", type, settings ?? .object(JSONObject())))
    }
    self.stages = stages
  }

  /// The stages as the reference prints a model of a class.
  func text(of className: String) -> String {
    let lines = stages.map { "  (\($0.place)): \($0.name)(\($0.settings.text()))" }
    return (["\(className)("] + lines + [")"]).joined(separator: "\n")
  }

  /// Words that say what kind of model this is, as they stand before "Sparse Encoder".
  var kinds: [String] {
    let content = stages.map { $0.name + $0.settings.text() }.joined()
    return [
      ("Router", "Asymmetric"), ("SparseStaticEmbedding", "Inference-free"),
      ("SpladePooling", "SPLADE"), ("SparseAutoEncoder", "CSR"),
    ].filter { content.contains($0.0) }.map(\.1)
  }
}
