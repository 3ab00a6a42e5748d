public import Foundation
public import SparrowCore
public import SparrowModelFiles
public import SparrowNN

/// A learned sparse encoder: text in, a weight for each vocabulary entry out, most of them zero.
///
/// Loads and saves the folders of Sentence Transformers (v5 and v6) and plain Hugging Face folders.
/// A folder of a dense encoder becomes a CSR model with a fresh autoencoder, to be trained; a warning
/// says so. Not `Sendable`: one task owns an encoder.
///
/// ```swift
/// let encoder = try SparseEncoder(folder: URL(fileURLWithPath: ".models/splade-tiny"))
/// let documents = try encoder.encodeDocuments(["The quick brown fox", "A guide to routers"])
/// let query = try encoder.encodeQueries(["wireless router"])
/// print(try encoder.similarity(query, documents))
/// print(encoder.decode(query[0], count: 5).map(\.term))
/// ```
public final class SparseEncoder {
  /// Prompts, similarity and the limit of active dimensions, as saved with the model.
  public var settings: SentenceTransformersSettings
  /// The models: one for all texts, or one for each route of a router.
  public let routes: EncoderRoutes
  /// The number format of inference; the default is float32, the reference's numbers.
  public var precision: ComputePrecision = .float32
  /// What the folder had that looks wrong without being an error, in full sentences.
  public let warnings: [String]

  /// Loads a model folder.
  ///
  /// - Parameters:
  ///   - folder: a Sentence Transformers folder, or a Hugging Face folder.
  ///   - initializesHead: makes a SPLADE model of a folder without a masked-LM head, with a fresh one
  ///     to be trained; false by default.
  /// - Throws: `ModelError` and errors of the files, saying what is missing or broken, and where.
  public init(folder: URL, initializesHead: Bool = false) throws {
    var isFolder: ObjCBool = false
    let exists = unsafe FileManager.default.fileExists(
      atPath: folder.path, isDirectory: &isFolder)
    guard exists, isFolder.boolValue else {
      throw ModelError(
        .missing,
        exists
          ? "Expected a folder with a model, found a file."
          : "There is no model folder here. Give the path of a folder with config.json, model.safetensors and tokenizer.json; `make setup` fetches the demo model into .models/splade-tiny.",
        at: FileLocation(path: folder.path))
    }
    settings = try SentenceTransformersSettings(folder: folder)
    var loader = ModelLoader(folder: folder, initializesHead: initializesHead)
    routes = try loader.load()
    warnings = loader.warnings
    limitToAutoEncoder()
  }

  /// Makes an encoder of one model for all texts.
  ///
  /// - Parameters:
  ///   - model: encodes queries and documents alike.
  ///   - warnings: what is to be said besides the model's own warnings.
  public init(_ model: any SparseModel, warnings: [String] = []) {
    settings = SentenceTransformersSettings()
    routes = .single(model)
    self.warnings = model.warnings + warnings
    limitToAutoEncoder()
  }

  /// Without another limit the autoencoder's number of active latents is the limit, as in the
  /// reference.
  private func limitToAutoEncoder() {
    guard settings.maxActiveDimensions == nil, case .single(let model) = routes,
      let csr = model as? CSRModel
    else { return }
    settings.maxActiveDimensions = csr.autoEncoder.configuration.activeCount
  }

  /// Makes an encoder that treats queries and documents differently, such as an inference-free one.
  ///
  /// Texts on neither side are encoded as documents.
  ///
  /// - Throws: `ModelError.Code.invalidArgument` when their vectors differ in size.
  public init(queries: any SparseModel, documents: any SparseModel) throws {
    guard queries.dimension == documents.dimension else {
      throw ModelError(
        .invalidArgument,
        "Queries and documents need vectors of one size; found \(queries.dimension) and \(documents.dimension)."
      )
    }
    settings = SentenceTransformersSettings()
    routes = .router(
      try RouteRules(
        routeNames: [TextRole.query.rawValue, TextRole.document.rawValue],
        defaultRoute: TextRole.document.rawValue),
      [queries, documents])
    warnings = queries.warnings + documents.warnings
  }

  /// The model that encodes texts of a role; nil stands for texts on neither side of retrieval.
  ///
  /// - Throws: `ModelError.Code.invalidArgument` when a router has no route for the role.
  public func model(for role: TextRole?) throws(ModelError) -> any SparseModel {
    try routes.model(forTask: role?.rawValue)
  }

  /// All parameters, each once, under the names they have within the whole model: the stage's place
  /// stands before the name in the weights' file (`0.model.bert.embeddings…`).
  public var namedParameters: [NamedParameter] {
    routes.placedStages.flatMap { place, stage in
      stage.parameters.map {
        NamedParameter(name: "\(place).\($0.name)", parameter: $0.parameter)
      }
    }
  }

  /// All parameters, each once.
  public var parameters: [Parameter] { namedParameters.map(\.parameter) }

  /// The longest text in tokens, beyond which it is cut at the end; of routes that differ the largest.
  ///
  /// Setting it sets it for all routes.
  public var maximumLength: Int? {
    get {
      let lengths = routes.models.map { $0.maximumLength ?? .max }
      return lengths.max().flatMap { $0 == .max ? nil : $0 }
    }
    set { for model in routes.models { model.maximumLength = newValue } }
  }
}

extension SparseEncoder: SparseEncoding {
  /// The size of the vocabulary, `V`.
  public var dimension: Int { routes.models[0].dimension }

  /// The token a dimension stands for; word pieces that continue a word begin with `##`.
  public func term(_ index: TokenID) -> String? { routes.models[0].term(index) }
}
