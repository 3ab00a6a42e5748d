public import SparrowCore

/// A loss as a recipe describes it, by the reference's names.
///
/// ```yaml
/// loss:
///   name: SpladeLoss
///   loss: {name: SparseMultipleNegativesRankingLoss, scale: 20, similarity_fct: cos_sim}
///   document_regularizer_weight: 3.0e-5
///   query_regularizer_weight: 5.0e-5
/// ```
///
/// Without `name` it is a `SpladeLoss`; `CachedSpladeLoss` takes `mini_batch_size` or
/// `mini_batch_num_tokens` besides; without any loss the reference's default is taken, which is
/// the one above with scale 1 and dot products. `regularizer_schedule` (`scheduler_type`,
/// `warmup_ratio`) may follow, or be false to hold the weights from the first step on. CSR models take
/// `CSRLoss` with `loss`, `beta` and `gamma`, or `CSRReconstructionLoss` with `beta`. Cross-encoders take
/// `BinaryCrossEntropyLoss` with `pos_weight`, `MultipleNegativesRankingLoss` with `num_negatives` and
/// `scale`, or `MSELoss`.
public struct LossRecipe: Sendable, Hashable {
  /// The description.
  public let json: JSONValue

  /// The reference's default: ranking with weights of 3e-5 for documents and 5e-5 for queries.
  public static let standard = LossRecipe(unchecked: [
    "name": "SpladeLoss",
    "loss": ["name": "SparseMultipleNegativesRankingLoss"],
    "document_regularizer_weight": 3e-5,
    "query_regularizer_weight": 5e-5,
  ])

  /// What a model is trained with when its recipe does not say: CSR models with `CSRLoss`, and queries
  /// that come from a table are not pressed to be sparse.
  static func standard(for model: TrainingRecipe.Model) -> LossRecipe {
    if model.isCrossEncoder { return crossEncoderStandard }
    if model.autoEncoder != nil { return LossRecipe(unchecked: ["name": "CSRLoss"]) }
    guard model.staticQueries != nil else { return standard }
    return LossRecipe(unchecked: ["document_regularizer_weight": 3e-5])
  }

  /// The names of losses that wrap others.
  static let wrapperNames = ["SpladeLoss", "CachedSpladeLoss", "CSRLoss", "CSRReconstructionLoss"]
  /// The names of losses over embeddings.
  static let baseNames = [
    "SparseMultipleNegativesRankingLoss", "SparseMarginMSELoss", "SparseDistillKLDivLoss",
    "SparseCoSENTLoss", "SparseAnglELoss", "SparseCosineSimilarityLoss", "SparseTripletLoss",
    "SparseMSELoss",
  ]

  init(unchecked json: JSONValue) { self.json = json }

  /// Reads a description, and checks it by making the loss once.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` naming the key that is unknown or wrong.
  public init(_ json: JSONValue) throws(TrainingError) {
    self.json = json
    _ = try makeLoss()
    _ = try schedule()
  }

  /// Makes the loss.
  public func makeLoss() throws(TrainingError) -> any TrainingLoss {
    var reader = try SettingsReader(json, section: "loss")
    let name = try reader.text("name") ?? "SpladeLoss"
    switch name {
    case "SpladeLoss", "CachedSpladeLoss":
      let base = try Self.base(reader.value("loss"))
      let configuration = try Self.configuration(&reader)
      _ = reader.value("regularizer_schedule")
      let miniBatch = name == "SpladeLoss" ? nil : try Self.miniBatch(&reader)
      try reader.finish()
      guard let miniBatch else { return try SpladeLoss(base, configuration) }
      return try CachedSpladeLoss(base, configuration, miniBatch: miniBatch)
    case "CSRLoss":
      let loss = try CSRLoss(
        try Self.base(reader.value("loss")), beta: try reader.number("beta") ?? 0.1,
        gamma: try reader.number("gamma") ?? 1)
      try reader.finish()
      return loss
    case "CSRReconstructionLoss":
      let loss = try CSRReconstructionLoss(beta: try reader.number("beta") ?? 1)
      try reader.finish()
      return loss
    case _ where isForCrossEncoders:
      let loss = try Self.crossEncoderLoss(name, &reader)
      try reader.finish()
      return loss
    case _ where Self.baseNames.contains(name):
      throw TrainingError(
        .invalidArgument,
        "'\(name)' alone does not keep vectors sparse; wrap it: loss: {name: SpladeLoss, loss: {name: \(name)}, document_regularizer_weight: …}, or in a CSRLoss."
      )
    default:
      throw Self.unknown(name, "loss.name", among: Self.wrapperNames + Self.crossEncoderNames)
    }
  }

  /// How the weights of regularisers rise; nil holds them from the first step on.
  public func schedule() throws(TrainingError) -> RegularizerWeightSchedule? {
    guard let value = json["regularizer_schedule"], !value.isNull else { return .standard }
    if value == .bool(false) { return nil }
    var reader = try SettingsReader(value, section: "loss.regularizer_schedule")
    let shape = try reader.text("scheduler_type") ?? "quadratic"
    let ratio = try reader.number("warmup_ratio") ?? 1.0 / 3
    try reader.finish()
    return try RegularizerWeightSchedule(shapeName: shape, warmupRatio: ratio)
  }

  private static func unknown(
    _ name: String, _ key: String, among names: [String]
  ) -> TrainingError {
    TrainingError(
      .invalidArgument,
      "'\(key)' of the recipe is '\(name)'; there are \(names.map { "'\($0)'" }.joined(separator: ", ")).\(NearestName.suggestion(for: name, among: names))"
    )
  }

  private static func configuration(
    _ reader: inout SettingsReader
  ) throws(TrainingError) -> SpladeLoss.Configuration {
    guard let documentWeight = try reader.number("document_regularizer_weight") else {
      throw reader.refuse(
        "document_regularizer_weight", "a number, for example 3e-5 with ranking losses", nil)
    }
    return SpladeLoss.Configuration(
      documentRegularizerWeight: documentWeight,
      queryRegularizerWeight: try reader.number("query_regularizer_weight"),
      documentRegularizer: try regularizer("document", &reader),
      queryRegularizer: try regularizer("query", &reader),
      usesDocumentRegularizerOnly: try reader.flag("use_document_regularizer_only") ?? false)
  }

  private static func regularizer(
    _ side: String, _ reader: inout SettingsReader
  ) throws(TrainingError) -> any EmbeddingRegularizer {
    let key = "\(side)_regularizer"
    let value = reader.value(key) ?? "FlopsLoss"
    let threshold = try reader.count("\(side)_regularizer_threshold")
    if let name = value.string { return try regularizer(name, threshold, key: key) }
    guard let object = value.object, !object.isEmpty else {
      throw reader.refuse(key, "a name, or names with their shares", value)
    }
    var parts: [(regularizer: any EmbeddingRegularizer, share: Double)] = []
    for (name, share) in object.members {
      guard let number = share.double else {
        throw reader.refuse("\(key).\(name)", "a number", share)
      }
      parts.append((try regularizer(name, threshold, key: key), number))
    }
    return try JointRegularizer(parts)
  }

  private static func regularizer(
    _ name: String, _ threshold: Int?, key: String
  ) throws(TrainingError) -> any EmbeddingRegularizer {
    switch name {
    case "FlopsLoss": FlopsLoss(threshold: threshold)
    case "L1Loss": L1Loss(threshold: threshold)
    default: throw unknown(name, "loss.\(key)", among: ["FlopsLoss", "L1Loss"])
    }
  }

  private static func base(_ value: JSONValue?) throws(TrainingError) -> any EmbeddingLoss {
    guard let value else { return try SparseMultipleNegativesRankingLoss() }
    let object: JSONValue = value.string.map { ["name": .string($0)] } ?? value
    var reader = try SettingsReader(object, section: "loss.loss")
    let name = try reader.requiredText("name")
    guard baseNames.contains(name) else { throw unknown(name, "loss.loss.name", among: baseNames) }
    let loss = try base(name, &reader)
    try reader.finish()
    return loss
  }

  private static func base(
    _ name: String, _ reader: inout SettingsReader
  ) throws(TrainingError) -> any EmbeddingLoss {
    switch name {
    case "SparseMarginMSELoss":
      return SparseMarginMSELoss(similarity: try similarity(&reader) ?? .dot)
    case "SparseDistillKLDivLoss":
      return try SparseDistillKLDivLoss(
        similarity: try similarity(&reader) ?? .dot,
        temperature: try reader.number("temperature") ?? 2,
        studentTemperature: try reader.number("student_temperature"),
        teacherTemperature: try reader.number("teacher_temperature"))
    case "SparseCoSENTLoss":
      return try SparseCoSENTLoss(
        scale: try reader.number("scale") ?? 20, similarity: try similarity(&reader) ?? .cosine)
    case "SparseAnglELoss": return try SparseAnglELoss(scale: try reader.number("scale") ?? 20)
    case "SparseCosineSimilarityLoss": return SparseCosineSimilarityLoss()
    case "SparseTripletLoss":
      return SparseTripletLoss(
        distance: try reader.choice("distance_metric") ?? .euclidean,
        margin: try reader.number("triplet_margin") ?? 5)
    case "SparseMSELoss": return SparseMSELoss()
    default: return try rankingLoss(&reader)
    }
  }

  private static func rankingLoss(
    _ reader: inout SettingsReader
  ) throws(TrainingError) -> any EmbeddingLoss {
    var directions: [SparseMultipleNegativesRankingLoss.Direction] = []
    for name in try reader.texts("directions") ?? ["query_to_doc"] {
      guard let direction = SparseMultipleNegativesRankingLoss.Direction(rawValue: name) else {
        throw unknown(
          name, "loss.loss.directions",
          among: SparseMultipleNegativesRankingLoss.Direction.allCases.map(\.rawValue))
      }
      directions.append(direction)
    }
    return try SparseMultipleNegativesRankingLoss(
      scale: try reader.number("scale") ?? 1, similarity: try similarity(&reader) ?? .dot,
      directions: directions, partitionMode: try reader.choice("partition_mode") ?? .joint,
      hardnessMode: try reader.choice("hardness_mode"),
      hardnessStrength: try reader.number("hardness_strength") ?? 0)
  }

  private static func miniBatch(
    _ reader: inout SettingsReader
  ) throws(TrainingError) -> CachedSpladeLoss.MiniBatch {
    let texts = try reader.count("mini_batch_size", from: 1)
    let tokens = try reader.count("mini_batch_num_tokens", from: 1)
    if let tokens, let texts {
      throw TrainingError(
        .invalidArgument,
        "'loss' of the recipe has both 'mini_batch_size' (\(texts)) and 'mini_batch_num_tokens' (\(tokens)); leave one out."
      )
    }
    return tokens.map { .tokens($0) } ?? .texts(texts ?? 32)
  }

  /// The reference's names of similarity functions, or our own.
  private static func similarity(
    _ reader: inout SettingsReader
  ) throws(TrainingError) -> SimilarityFunction? {
    guard let name = try reader.text("similarity_fct") else { return nil }
    let short = name.replacing("pairwise_", with: "")
    switch short {
    case "dot_score", "dot": return .dot
    case "cos_sim", "cosine": return .cosine
    case "euclidean_sim", "euclidean": return .euclidean
    case "manhattan_sim", "manhattan": return .manhattan
    default:
      throw unknown(
        name, "\(reader.section).similarity_fct",
        among: ["dot_score", "cos_sim", "euclidean_sim", "manhattan_sim"])
    }
  }
}
