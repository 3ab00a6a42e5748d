package import Foundation
public import SparrowCore

/// The settings of `config_sentence_transformers.json`.
public struct SentenceTransformersSettings: Sendable, Hashable {
  /// Prompt texts by name, put before a text as they are; `query` and `document` always exist.
  public var prompts = ["query": "", "document": ""]
  /// The prompt of plain encoding, nil for none.
  public var defaultPromptName: String?
  /// How embeddings are compared.
  public var similarity: SimilarityFunction = .dot
  /// Keep at most this many weights a text; nil keeps all.
  public var maxActiveDimensions: Int?

  /// Makes the settings of a new model: empty prompts, dot product.
  public init() {}

  /// Reads the file of a model folder; a missing file gives the defaults.
  ///
  /// - Parameters:
  ///   - folder: the model's folder.
  ///   - defaultSimilarity: how embeddings are compared when the file does not say.
  /// - Throws: ``ModelError`` naming the key that is wrong.
  package init(folder: URL, defaultSimilarity: SimilarityFunction = .dot) throws {
    similarity = defaultSimilarity
    let url = folder.appendingPathComponent("config_sentence_transformers.json")
    guard FileManager.default.fileExists(atPath: url.path) else { return }
    guard let object = try JSONValue(contentsOf: url).object else {
      throw ModelError(
        .invalidConfiguration, "Expected an object.", at: FileLocation(path: url.path))
    }
    let reader = ConfigurationReader(object: object, path: url.path)
    for (name, text) in object["prompts"]?.object?.members ?? JSONObject().members {
      guard !text.isNull else { continue }
      guard let text = text.string else { throw reader.wrong("prompts.\(name)", "a text", text) }
      prompts[name] = text
    }
    if let name = object["default_prompt_name"]?.string {
      guard prompts[name] != nil else {
        throw reader.wrong(
          "default_prompt_name",
          "one of the prompts \(prompts.keys.sorted().joined(separator: ", "))",
          .string(name))
      }
      defaultPromptName = name
    }
    // Values of other kinds of model, such as "maxsim", are ignored as the reference does it.
    if let name = object["similarity_fn_name"]?.string,
      let known = SimilarityFunction(rawValue: name)
    {
      similarity = known
    }
    if object["max_active_dims"]?.isNull == false {
      maxActiveDimensions = try reader.int("max_active_dims", default: 1, in: 1...Int.max)
    }
  }

  /// The prompt of a role, the default prompt for texts without one; empty when there is none.
  ///
  /// Documents also take a prompt called `passage` or `corpus`, as in the reference.
  public func prompt(for role: TextRole?) -> String {
    let names =
      switch role {
      case .query: ["query"]
      case .document: ["document", "passage", "corpus"]
      case nil: defaultPromptName.map { [$0] } ?? []
      }
    return names.lazy.compactMap { prompts[$0] }.first ?? ""
  }

  /// The file's content as the reference writes it.
  ///
  /// - Parameter modelType: what kind of model it is, such as `SparseEncoder`.
  /// - Returns: the members in the order of their keys.
  package func json(modelType: String) -> JSONObject {
    var object = JSONObject()
    object["__version__"] = .object(JSONObject(ReferenceVersions.members))
    object["default_prompt_name"] = defaultPromptName.map { .string($0) } ?? .null
    if let maxActiveDimensions {
      object["max_active_dims"] = .integer(Int64(maxActiveDimensions))
    }
    object["model_type"] = .string(modelType)
    object["prompts"] = .object(
      JSONObject(prompts.map { ($0.key, .string($0.value)) }).sortedByKey)
    object["similarity_fn_name"] = .string(similarity.rawValue)
    return object
  }
}

/// The releases whose file formats Sparrow writes; readers only warn about newer ones.
package enum ReferenceVersions {
  package static let sentenceTransformers = "6.2.0"
  package static let transformers = "5.23.0"
  package static let torch = "2.15.0"

  static var members: [(String, JSONValue)] {
    [
      ("pytorch", .string(torch)), ("sentence_transformers", .string(sentenceTransformers)),
      ("transformers", .string(transformers)),
    ]
  }
}
