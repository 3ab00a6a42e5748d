public import SparrowCore
public import SparrowIndex

/// A whole retrieval pipeline as a file describes it.
///
/// Paths of models are relative to the current folder. docs/retrieval.md has all keys.
///
/// ```yaml
/// stages:
///   sparse: {type: sparse, model: .models/splade-tiny, max_length: 256}
///   dense: {type: dense, model: .models/all-MiniLM-L6-v2, storage: float16}
/// fusion: {method: weighted_sum, normalization: min_max, weights: {sparse: 0.6, dense: 0.4}}
/// rerank: {model: my-cross-encoder, depth: 50}
/// ```
public struct RetrieverRecipe: Sendable, Hashable {
  /// A stage with its name.
  public struct Stage: Sendable, Hashable {
    /// What it is called.
    public let name: String
    /// How many candidates it hands on.
    public let depth: Int
    /// What searches.
    public let search: StageSearch
  }

  /// What searches in a stage.
  public enum StageSearch: Sendable, Hashable {
    /// BM25, fitted to the documents.
    case bm25(BM25Configuration)
    /// A sparse model, with or without inference for queries.
    case sparse(ModelSettings)
    /// A dense model.
    case dense(ModelSettings, storage: DensePrecision, similarity: SimilarityFunction?)
  }

  /// The last step.
  public struct RerankSettings: Sendable, Hashable {
    /// The cross-encoder.
    public let model: ModelSettings
    /// How many documents it reads.
    public let depth: Int
    /// What its scores count beside those before it, above 0 and at most 1.
    public let weight: Double
  }

  /// What finds candidates, in the order of the recipe.
  public let stages: [Stage]
  /// How several stages are joined.
  public let fusion: Fusion
  /// The last step, nil when there is none.
  public let rerank: RerankSettings?

  /// Reads a recipe.
  ///
  /// - Throws: ``RetrievalError`` of the category usage, naming the key that is missing, unknown or
  ///   wrong, with the nearest one that exists.
  public init(_ object: JSONObject) throws(RetrievalError) {
    var reader = SettingsReader(object)
    guard let stages = reader.value("stages")?.object, !stages.isEmpty else {
      throw reader.refuse(
        "stages", "sections by name, for example sparse: {type: sparse, model: …}",
        object["stages"])
    }
    let fusion = reader.value("fusion")
    let rerank = reader.value("rerank")
    try reader.finish()
    var read: [Stage] = []
    for (name, value) in stages.members { read.append(try Stage(name, value)) }
    self.stages = read
    self.fusion = try Self.fusion(fusion, of: read.map(\.name))
    self.rerank = try rerank.map(RerankSettings.init)
  }

  /// Whether BM25 is one of the stages.
  public var hasBM25: Bool {
    stages.contains { stage in
      if case .bm25 = stage.search { true } else { false }
    }
  }

  private enum FusionMethod: String, CaseIterable {
    case reciprocalRank = "rrf"
    case weightedSum = "weighted_sum"
  }

  private static func fusion(
    _ value: JSONValue?, of names: [String]
  ) throws(RetrievalError) -> Fusion {
    guard let value else { return .reciprocalRank() }
    guard names.count > 1 else {
      throw RetrievalError(
        setting: "'fusion' of the recipe joins several stages; there is only '\(names[0])'.")
    }
    var reader = try SettingsReader(value, section: "fusion")
    let method = try reader.choice("method", FusionMethod.self) ?? .reciprocalRank
    let weights = try reader.value("weights").map { value throws(RetrievalError) in
      try Self.weights(value, of: names)
    }
    let fusion: Fusion
    switch method {
    case .reciprocalRank:
      let constant = try reader.number("k") ?? 60
      guard constant >= 0 else { throw reader.refuse("k", "0 or more", .number(constant)) }
      fusion = .reciprocalRank(ReciprocalRankFusion(rankConstant: constant, weights: weights))
    case .weightedSum:
      fusion = .weightedSum(
        WeightedSumFusion(
          normalization: try reader.choice("normalization") ?? .minMax, weights: weights))
    }
    try reader.finish()
    return fusion
  }

  /// A weight for each stage, 1 for those that are not named.
  private static func weights(
    _ value: JSONValue, of names: [String]
  ) throws(RetrievalError) -> [Double] {
    var reader = try SettingsReader(value, section: "fusion.weights")
    var weights: [Double] = []
    for name in names {
      let weight = try reader.number(name) ?? 1
      guard weight >= 0 else { throw reader.refuse(name, "0 or more", .number(weight)) }
      weights.append(weight)
    }
    try reader.finish()
    return weights
  }
}

// MARK: - Sections

extension RetrieverRecipe.Stage {
  private enum Kind: String, CaseIterable {
    case bm25, sparse, dense
  }

  fileprivate init(_ name: String, _ value: JSONValue) throws(RetrievalError) {
    var reader = try SettingsReader(value, section: "stages.\(name)")
    guard let kind = try reader.choice("type", Kind.self) else {
      throw reader.refuse("type", "one of 'bm25', 'sparse', 'dense'", nil)
    }
    depth = try reader.count("depth", from: 1) ?? CandidateStage.standardDepth
    switch kind {
    case .bm25: search = .bm25(try Self.bm25(&reader))
    case .sparse: search = .sparse(try RetrieverRecipe.ModelSettings(sparse: &reader))
    case .dense:
      let model = try RetrieverRecipe.ModelSettings(&reader)
      let storage: DensePrecision = try reader.choice("storage") ?? .float32
      let similarity: SimilarityFunction? = try reader.choice("similarity")
      if let similarity, similarity.isNegatedDistance {
        throw reader.refuse("similarity", "'dot' or 'cosine'", .string(similarity.rawValue))
      }
      search = .dense(model, storage: storage, similarity: similarity)
    }
    try reader.finish()
    self.name = name
  }

  private static func bm25(
    _ reader: inout SettingsReader
  ) throws(RetrievalError) -> BM25Configuration {
    var configuration = BM25Configuration()
    if let saturation = try reader.number("k1") {
      guard saturation >= 0 else { throw reader.refuse("k1", "0 or more", .number(saturation)) }
      configuration.saturation = saturation
    }
    if let normalization = try reader.number("b") {
      guard (0...1).contains(normalization) else {
        throw reader.refuse("b", "a number from 0 to 1", .number(normalization))
      }
      configuration.lengthNormalization = normalization
    }
    if let variant: BM25Configuration.Variant = try reader.choice("variant") {
      configuration.variant = variant
    }
    configuration.analyzer = Analyzer(
      stopWords: try reader.flag("stop_words") ?? true ? .english : .none,
      stemming: try reader.flag("stemming") ?? true ? .english : .none)
    return configuration
  }
}

extension RetrieverRecipe.RerankSettings {
  fileprivate init(_ value: JSONValue) throws(RetrievalError) {
    var reader = try SettingsReader(value, section: "rerank")
    model = try RetrieverRecipe.ModelSettings(&reader)
    depth = try reader.count("depth", from: 1) ?? Reranking.standardDepth
    weight = try reader.number("weight") ?? 1
    guard weight > 0, weight <= 1 else {
      throw reader.refuse("weight", "a number above 0, at most 1", .number(weight))
    }
    try reader.finish()
  }
}
