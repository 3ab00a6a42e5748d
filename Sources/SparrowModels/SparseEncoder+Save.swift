public import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowNN
import SparrowTensor
import SparrowText

extension SparseEncoder {
  /// Saves the model in the reference's layout; both systems load the folder again.
  ///
  /// Files are written beside their place and renamed; nothing else in the folder is touched.
  ///
  /// - Throws: ``ModelError`` or `CoreError` when a file cannot be written; files that were there
  ///   are then still whole.
  public func save(to folder: URL) throws {
    do {
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent(Self.poolingFolderName),
        withIntermediateDirectories: true)
    } catch {
      throw ModelError(
        .inputOutput, "Could not make the folder (\(AtomicFile.reason(error))).",
        at: FileLocation(path: folder.path))
    }
    try write(settings.json, indent: 2, to: folder, "config_sentence_transformers.json")
    try model.save(to: folder)
    try write(Self.transformerSettings, indent: 4, to: folder, "sentence_bert_config.json")
    try write(
      model.pooling.configuration(dimension: dimension), indent: 4, to: folder,
      "\(Self.poolingFolderName)/config.json")
    try write(Self.moduleList, indent: 2, to: folder, "modules.json")
  }

  private static let poolingFolderName = "1_SpladePooling"

  private static let transformerSettings: JSONValue = [
    "transformer_task": "fill-mask",
    "modality_config": ["text": ["method": "forward", "method_output_name": "logits"]],
    "module_output_name": "token_embeddings",
  ]

  private static let moduleList: JSONValue = [
    [
      "idx": 0, "name": "0", "path": "",
      "type": "sentence_transformers.base.modules.transformer.Transformer",
    ],
    [
      "idx": 1, "name": "1", "path": .string(poolingFolderName),
      "type": "sentence_transformers.sparse_encoder.modules.splade_pooling.SpladePooling",
    ],
  ]

  private func write(
    _ value: JSONValue, indent: Int, to folder: URL, _ name: String
  ) throws(CoreError) {
    try AtomicFile.write(
      value.data(JSONFormat(indent: indent)), to: folder.appendingPathComponent(name))
  }
}

extension SpladeModel {
  /// Writes weights, configuration and tokenizer.
  func save(to folder: URL) throws {
    try SafetensorsWriter.write(
      registry.parameters.map { ($0.storedName, $0.tensor) }, metadata: ["format": "pt"],
      to: folder.appendingPathComponent("model.safetensors"))
    var text = savedConfiguration.data(JSONFormat(indent: 2))
    text.append(UInt8(ascii: "\n"))
    try AtomicFile.write(text, to: folder.appendingPathComponent("config.json"))
    try tokenizer.save(toFolder: folder, maximumLength: maximumLength)
  }

  /// `config.json` as the reference writes it: the loaded keys, and the defaults of those it lacks.
  private var savedConfiguration: JSONValue {
    var object = configuration
    object["torch_dtype"] = nil
    let defaults: [(String, JSONValue)] = [
      ("add_cross_attention", false), ("bos_token_id", nil), ("classifier_dropout", nil),
      ("eos_token_id", nil), ("is_decoder", false), ("pad_token_id", 0),
      ("tie_word_embeddings", true),
    ]
    for (key, value) in defaults where object[key] == nil { object[key] = value }
    object["dtype"] = "float32"
    object["use_cache"] = false
    object["transformers_version"] = .string(ReferenceVersions.transformers)
    return .object(object.sortedByKey)
  }
}
