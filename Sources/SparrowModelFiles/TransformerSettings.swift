package import Foundation
package import SparrowCore

/// What the output of a transformer stage is, as its settings spell it.
package enum TransformerTask: String, CaseIterable {
  /// Logits over the vocabulary.
  case fillMask = "fill-mask"
  /// Hidden states.
  case featureExtraction = "feature-extraction"
  /// A few numbers for each text.
  case sequenceClassification = "sequence-classification"

  /// The output in words.
  package var outputDescription: String {
    switch self {
    case .fillMask: "masked-LM logits"
    case .featureExtraction: "hidden states"
    case .sequenceClassification: "classification logits"
    }
  }

  /// The name of the output within the reference's model.
  package var outputName: String {
    switch self {
    case .fillMask, .sequenceClassification: "logits"
    case .featureExtraction: "last_hidden_state"
    }
  }

  /// The name that the reference's stages give the output.
  package var featureName: String {
    switch self {
    case .fillMask, .featureExtraction: "token_embeddings"
    case .sequenceClassification: "scores"
    }
  }

  /// The last part of the reference's class names.
  package var classNameSuffix: String {
    switch self {
    case .fillMask: "ForMaskedLM"
    case .featureExtraction: "Model"
    case .sequenceClassification: "ForSequenceClassification"
    }
  }
}

/// The settings of a transformer stage, `sentence_bert_config.json`.
package struct TransformerSettings {
  /// What the stage gives; nil when the file does not say, which means logits for an
  /// `MLMTransformer` and hidden states for others.
  package var task: TransformerTask?
  /// The longest text in tokens as old files state it; it is not capped by the model's positions.
  package var maximumLength: Int?
  /// Limits for queries and documents apart, by the names of these tasks.
  package var taskLengths: [String: Int] = [:]
  /// Whether texts are lower-cased before the tokenizer sees them.
  package var lowercases = false

  /// The settings of a folder that has none.
  package init() {}

  /// Names under which releases stored the settings, in the order in which they are tried.
  private static let fileNames = [
    "sentence_bert_config.json", "sentence_roberta_config.json",
    "sentence_distilbert_config.json", "sentence_camembert_config.json",
    "sentence_albert_config.json", "sentence_xlm-roberta_config.json",
    "sentence_xlnet_config.json",
  ]

  /// Reads the first file with content.
  ///
  /// - Throws: ``ModelError`` naming the key that is wrong.
  package init(folder: URL) throws {
    for name in Self.fileNames {
      let url = folder.appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: url.path) else { continue }
      guard let object = try JSONValue(contentsOf: url).object else {
        throw ModelError(
          .invalidConfiguration, "Expected an object.", at: FileLocation(path: url.path))
      }
      if object.isEmpty { continue }
      let reader = ConfigurationReader(object: object, path: url.path)
      if object["transformer_task"]?.isNull == false {
        task = try reader.choice("transformer_task", default: .fillMask)
      }
      maximumLength = try Self.length("max_seq_length", reader)
      taskLengths["query"] = try Self.length("query_length", reader)
      taskLengths["document"] = try Self.length("document_length", reader)
      lowercases = try reader.bool("do_lower_case", default: false)
      return
    }
  }

  private static func length(_ key: String, _ reader: ConfigurationReader) throws -> Int? {
    guard reader.object[key]?.isNull == false else { return nil }
    return try reader.int(key, default: 1, in: 1...Int.max)
  }

  /// The file's content as the reference writes it.
  package func json(task: TransformerTask) -> JSONValue {
    var object = JSONObject([
      ("transformer_task", .string(task.rawValue)),
      (
        "modality_config",
        ["text": ["method": "forward", "method_output_name": .string(task.outputName)]]
      ),
      ("module_output_name", .string(task.featureName)),
    ])
    for (key, task) in [("query_length", "query"), ("document_length", "document")] {
      if let length = taskLengths[task] { object[key] = .integer(Int64(length)) }
    }
    return .object(object)
  }
}
