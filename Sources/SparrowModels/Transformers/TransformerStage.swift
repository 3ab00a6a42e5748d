import Foundation
import SparrowCore
import SparrowModelFiles
public import SparrowNN
import SparrowTensor
public import SparrowText

/// Tokenizer and weights of one transformer's folder, the first stage of most models.
///
/// Two routes of a router may share a stage; it is then one object. Reference class: `Transformer`.
public final class TransformerStage {
  /// Turns text into tokens.
  public let tokenizer: Tokenizer
  /// The longest text in tokens, special tokens counted, beyond which it is cut; nil cuts none.
  public var maximumLength: Int?
  /// All parameters in order of creation.
  public let registry: ParameterRegistry

  /// The architecture and its shape.
  let family: any TransformerFamily
  private let weights: WeightFiles
  private let settings: TransformerSettings
  /// The content of `config.json`, to be saved again.
  private let configuration: JSONObject

  /// Reads a folder; the transformer itself is made by its ``family`` from ``scope``.
  ///
  /// - Parameters:
  ///   - folder: holds `config.json`, the weights and the tokenizer's files.
  ///   - settings: the stage's settings, those of a folder without them by default.
  /// - Throws: `ModelError`, `TensorError`, `TextError` or `CoreError` saying what is missing or
  ///   broken, and where.
  init(folder: URL, settings: TransformerSettings = TransformerSettings()) throws {
    let url = folder.appendingPathComponent("config.json")
    guard let object = try JSONValue(contentsOf: url).object else {
      throw ModelError(
        .invalidConfiguration, "Expected an object.", at: FileLocation(path: url.path))
    }
    let family = try TransformerFamilies.family(of: object, path: url.path)
    self.family = family
    weights = try WeightFiles(folder: folder, basePrefix: type(of: family).basePrefix)
    registry = ParameterRegistry(source: weights)
    tokenizer = try Tokenizer(folder: folder)
    guard tokenizer.vocabulary.count <= family.vocabularySize else {
      throw ModelError(
        .invalidConfiguration,
        "The tokenizer has \(tokenizer.vocabulary.count) tokens and the model only \(family.vocabularySize) rows for them; they belong to different models.",
        at: FileLocation(path: folder.path))
    }
    maximumLength =
      settings.maximumLength ?? min(tokenizer.maximumLength ?? .max, family.maximumTokenCount)
    self.settings = settings
    configuration = object
  }

  /// The outermost names of the transformer's parameters.
  var scope: ParameterScope { ParameterScope(registry) }

  /// What the folder has that looks wrong without being an error, in full sentences; to be asked for
  /// when the transformer has been made.
  var warnings: [String] {
    var sentences = weights.leftOverNames.map {
      "The weights have a tensor '\($0)' that a \(family.layerCount)-layer \(type(of: family).name) model has no use for; it is ignored."
    }
    sentences += registry.initializedNames.map {
      "The weights have no tensor '\($0)'; it starts from fresh values."
    }
    if settings.lowercases, tokenizer.encode("A").ids != tokenizer.encode("a").ids {
      sentences.append(
        "The settings ask for lower-casing (do_lower_case) and the tokenizer keeps capitals; lower-case the texts before encoding."
      )
    }
    return sentences
  }

  /// How texts of a task become tokens.
  func tokenizationOptions(task: String?) -> TokenizationOptions {
    let taskLength = task.flatMap { settings.taskLengths[$0] }
    return TokenizationOptions(maximumLength: taskLength ?? maximumLength ?? .max)
  }

  /// Checks that a batch's texts fit the model's positions.
  func check(_ batch: TokenBatch) throws(ModelError) {
    let longest = family.maximumTokenCount
    guard batch.longestTextCount <= longest else {
      throw ModelError(
        .invalidArgument,
        "A text has \(batch.longestTextCount) tokens and the model positions for only \(longest); set a maximum length of at most \(longest)."
      )
    }
  }

  /// The class names in `config.json`.
  var architectures: [String] {
    (configuration["architectures"]?.array ?? []).compactMap(\.string)
  }

  /// How many numbers a classification head gives.
  var labelCount: Int {
    TransformerFamilies.labelCount(of: configuration)
  }

  /// The activation of a cross-encoder's scores as releases before 6 stored it in `config.json`.
  var storedActivation: JSONValue? {
    configuration["sentence_transformers"]?["activation_fn"]
      ?? configuration["sbert_ce_default_activation_function"]
  }

  /// The stage for a list of modules.
  ///
  /// - Parameters:
  ///   - task: what the transformer gives.
  ///   - labelCount: how many numbers a classification head gives.
  /// - Returns: the stage with all parameters.
  func stage(_ task: TransformerTask, labelCount: Int? = nil) -> ModelStage {
    ModelStage(
      kind: .transformer, identity: ObjectIdentifier(self),
      parameters: registry.parameters.map {
        NamedParameter(name: "model." + $0.name, parameter: $0)
      },
      write: { folder in try self.save(to: folder, task: task, labelCount: labelCount) })
  }
}

extension TransformerStage {
  /// Writes weights, configuration, tokenizer and settings.
  private func save(to folder: URL, task: TransformerTask, labelCount: Int?) throws {
    try SafetensorsWriter.write(
      registry.parameters.map { ($0.storedName, $0.tensor) }, metadata: ["format": "pt"],
      to: folder.appendingPathComponent("model.safetensors"))
    let configuration = JSONValue.object(savedConfiguration(task, labelCount: labelCount))
    var text = configuration.data(JSONFormat(indent: 2))
    text.append(UInt8(ascii: "\n"))
    try AtomicFile.write(text, to: folder.appendingPathComponent("config.json"))
    try tokenizer.save(toFolder: folder, maximumLength: maximumLength)
    try AtomicFile.write(
      settings.json(task: task).data(JSONFormat(indent: 4)),
      to: folder.appendingPathComponent("sentence_bert_config.json"))
  }

  /// `config.json` as the reference writes it: the loaded keys, and the defaults of those it lacks.
  private func savedConfiguration(_ task: TransformerTask, labelCount: Int?) -> JSONObject {
    var object = configuration
    object["torch_dtype"] = nil
    object["_name_or_path"] = nil
    object["sbert_ce_default_activation_function"] = nil
    let types = type(of: family).modelTypes
    let known = types.first { $0.type == object["model_type"]?.string } ?? types[0]
    object["architectures"] = [.string(known.className + task.classNameSuffix)]
    if let labelCount, object["id2label"]?.object?.count != labelCount {
      let labels = (0..<labelCount).map { "LABEL_\($0)" }
      object["id2label"] = .object(
        JSONObject(labels.enumerated().map { ("\($0.offset)", .string($0.element)) }))
      object["label2id"] = .object(
        JSONObject(labels.enumerated().map { ($0.element, .integer(Int64($0.offset))) }))
    }
    for (key, value) in type(of: family).savedDefaults where object[key] == nil {
      object[key] = value
    }
    object["dtype"] = "float32"
    object["use_cache"] = false
    object["transformers_version"] = .string(ReferenceVersions.transformers)
    return object.sortedByKey
  }
}
