public import SparrowCore

/// A whole training run as a file describes it.
///
/// The keys `model`, `train_dataset`, `eval_dataset`, `loss` and `evaluator` are the parts; every
/// other key is one of ``TrainingArguments``. Paths are relative to the current folder.
///
/// ```yaml
/// model: .models/splade-tiny
/// train_dataset: {path: pairs.jsonl, columns: [query, answer]}
/// loss: {document_regularizer_weight: 3.0e-5, query_regularizer_weight: 5.0e-5}
/// evaluator: {collection: scifact, split: dev}
/// output_dir: my-model
/// num_train_epochs: 1
/// learning_rate: 2.0e-5
/// batch_sampler: no_duplicates
/// ```
public struct TrainingRecipe: Sendable, Hashable {
  /// The model to start from.
  public let model: Model
  /// What it is trained on.
  public let training: [DatasetRecipe]
  /// What evaluation losses are computed of.
  public let evaluation: [DatasetRecipe]
  /// The loss of all datasets, or of those without one of their own.
  public let loss: LossRecipe
  /// Losses by dataset.
  public let datasetLosses: [String: LossRecipe]
  /// What a model that gives vectors is measured by.
  public let evaluators: [EvaluatorRecipe]
  /// What a cross-encoder is measured by.
  public let pairEvaluators: [PairEvaluatorRecipe]
  /// Everything else.
  public let arguments: TrainingArguments

  private static let partNames = ["model", "train_dataset", "eval_dataset", "loss", "evaluator"]

  /// Reads a recipe.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` naming the key that is missing, unknown or
  ///   wrong, with the nearest one that exists.
  public init(_ object: JSONObject) throws(TrainingError) {
    func required(_ key: String, _ example: String) throws(TrainingError) -> JSONValue {
      guard let value = object[key], !value.isNull else {
        throw TrainingError(
          .invalidArgument, "The recipe needs the key '\(key)', for example \(example).")
      }
      return value
    }
    model = try Model(required("model", "model: .models/splade-tiny"))
    training = try DatasetRecipe.list(
      required("train_dataset", "train_dataset: pairs.jsonl"), section: "train_dataset")
    evaluation = try DatasetRecipe.list(object["eval_dataset"], section: "eval_dataset")
    let measures = object["evaluator"]
    try Self.checkEvaluatorKinds(measures, isCrossEncoder: model.isCrossEncoder)
    evaluators = model.isCrossEncoder ? [] : try EvaluatorRecipe.list(measures)
    pairEvaluators = model.isCrossEncoder ? try PairEvaluatorRecipe.list(measures) : []
    (loss, datasetLosses) = try Self.losses(
      object["loss"], datasets: training, standard: .standard(for: model))
    var rest = JSONObject()
    for (key, value) in object.members where !Self.partNames.contains(key) {
      guard TrainingArguments.knows(key) else {
        let suggestion = NearestName.suggestion(
          for: key, among: Self.partNames + TrainingArguments.argumentNames)
        throw TrainingError(.invalidArgument, "A recipe has no key '\(key)'.\(suggestion)")
      }
      rest[key] = value
    }
    arguments = try TrainingArguments(rest)
    try checkLossKinds()
  }

  /// One loss, or an object of losses by dataset.
  private static func losses(
    _ value: JSONValue?, datasets: [DatasetRecipe], standard: LossRecipe
  ) throws(TrainingError) -> (LossRecipe, [String: LossRecipe]) {
    guard let value, !value.isNull else { return (standard, [:]) }
    let names = datasets.compactMap(\.name)
    guard let object = value.object, !object.isEmpty, object.keys.allSatisfy(names.contains) else {
      return (try LossRecipe(value), [:])
    }
    var losses: [String: LossRecipe] = [:]
    for (name, value) in object.members { losses[name] = try LossRecipe(value) }
    return (standard, losses)
  }
}

extension TrainingRecipe {
  /// Sets a key of a recipe before it is read, as `--set loss.document_regularizer_weight=1e-3`
  /// on a command line does; dots lead into sections.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when a part of the way is no section.
  public static func set(
    _ key: String, text: String, in object: inout JSONObject
  ) throws(TrainingError) {
    let isText = TrainingArguments.isText(key)
    try set(
      key.split(separator: ".").map(String.init), isText ? .string(text) : .scalar(text),
      in: &object, whole: key)
  }

  private static func set(
    _ path: [String], _ value: JSONValue, in object: inout JSONObject, whole: String
  ) throws(TrainingError) {
    guard let first = path.first else {
      throw TrainingError(.invalidArgument, "A setting needs a key: key=value.")
    }
    guard path.count > 1 else {
      object[first] = value
      return
    }
    var inner: JSONObject
    switch object[first] {
    case nil, .null?: inner = JSONObject()
    case .object(let members)?: inner = members
    case .string(let text)? where ["model", "train_dataset", "eval_dataset"].contains(first):
      inner = JSONObject([("path", .string(text))])
    case let other?:
      throw TrainingError(
        .invalidArgument,
        "The setting '\(whole)' leads into '\(first)', which is \(other.kindName) and no section.")
    }
    try set(Array(path.dropFirst()), value, in: &inner, whole: whole)
    object[first] = .object(inner)
  }
}
