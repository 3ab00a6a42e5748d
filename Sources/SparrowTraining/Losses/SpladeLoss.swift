public import SparrowCore
public import SparrowTensor

/// A loss for SPLADE: what is to be learned, plus penalties that keep queries and documents sparse.
///
/// The parts, in order: `base_loss`; `document_regularizer_loss`, the documents' weight times the
/// penalty of all columns but the first together; `query_regularizer_loss` of the first column.
/// ``weightFactor`` moves both weights between 0 and what is configured: with full weight from the
/// first step on, a model easily collapses to empty vectors.
/// Source: Formal et al. 2021 (SPLADE v2, arXiv 2109.10086).
///
/// ```swift
/// let loss = try SpladeLoss(
///   SparseMultipleNegativesRankingLoss(), documentRegularizerWeight: 3e-5,
///   queryRegularizerWeight: 5e-5)
/// let parts = try loss.components(of: [queries, documents], labels: nil)
/// ```
public final class SpladeLoss {
  /// How strongly each side is pressed, and by what.
  public struct Configuration {
    /// The documents' weight, `lambda_d` in SPLADE v2; there is no default.
    public var documentRegularizerWeight: Double
    /// The queries' weight, `lambda_q`; nil, the default, leaves queries alone, as is right when
    /// they come from a table without inference.
    public var queryRegularizerWeight: Double?
    /// What is computed of documents, ``FlopsLoss`` by default.
    public var documentRegularizer: any EmbeddingRegularizer
    /// What is computed of queries, ``FlopsLoss`` by default.
    public var queryRegularizer: any EmbeddingRegularizer
    /// Treats the first column as a document too, for texts that have no sides; false by default.
    public var usesDocumentRegularizerOnly: Bool

    /// Makes a configuration; only the documents' weight has no default.
    public init(
      documentRegularizerWeight: Double, queryRegularizerWeight: Double? = nil,
      documentRegularizer: any EmbeddingRegularizer = FlopsLoss(),
      queryRegularizer: any EmbeddingRegularizer = FlopsLoss(),
      usesDocumentRegularizerOnly: Bool = false
    ) {
      self.documentRegularizerWeight = documentRegularizerWeight
      self.queryRegularizerWeight = queryRegularizerWeight
      self.documentRegularizer = documentRegularizer
      self.queryRegularizer = queryRegularizer
      self.usesDocumentRegularizerOnly = usesDocumentRegularizerOnly
    }
  }

  /// What is to be learned.
  public let base: any EmbeddingLoss
  /// How strongly each side is pressed, and by what.
  public let configuration: Configuration
  /// What both weights are multiplied by, 1 unless a ``RegularizerWeightSchedule`` sets it.
  public var weightFactor = 1.0

  /// The documents' weight as it is now.
  public var documentWeight: Double { configuration.documentRegularizerWeight * weightFactor }
  /// The queries' weight as it is now, nil when queries are left alone.
  public var queryWeight: Double? {
    configuration.queryRegularizerWeight.map { $0 * weightFactor }
  }

  /// The loss's name in recipes and logs.
  public var name: String { "SpladeLoss" }
  /// Its settings as a recipe has them, with the weights as configured.
  public var options: JSONObject {
    var object = JSONObject([("name", .string(name))])
    object["loss"] = .object(base.namedOptions)
    object["document_regularizer_weight"] = .number(configuration.documentRegularizerWeight)
    object["query_regularizer_weight"] = configuration.queryRegularizerWeight.map { .number($0) }
    for (side, regularizer) in [
      ("document", configuration.documentRegularizer), ("query", configuration.queryRegularizer),
    ] {
      if let joint = regularizer as? JointRegularizer {
        object["\(side)_regularizer"] = .object(
          JSONObject(joint.parts.map { ($0.regularizer.name, .number($0.share)) }))
      } else if regularizer.name != "FlopsLoss" {
        object["\(side)_regularizer"] = .string(regularizer.name)
      }
      object["\(side)_regularizer_threshold"] = regularizer.threshold.map { .integer(Int64($0)) }
    }
    if configuration.usesDocumentRegularizerOnly { object["use_document_regularizer_only"] = true }
    return object
  }
  /// The columns and labels the base loss needs, and a document column to press on.
  public var requirement: ColumnRequirement {
    let inner = base.requirement
    guard !configuration.usesDocumentRegularizerOnly, inner.columnCounts.lowerBound < 2 else {
      return inner
    }
    return ColumnRequirement(
      from: 2, to: max(2, inner.columnCounts.upperBound), ["query", "document"],
      label: inner.label)
  }

  /// Makes the loss.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when a weight is negative or not finite, or a
  ///   query weight is given although queries count as documents.
  public init(_ base: any EmbeddingLoss, _ configuration: Configuration) throws(TrainingError) {
    let weights = [
      ("document_regularizer_weight", configuration.documentRegularizerWeight),
      ("query_regularizer_weight", configuration.queryRegularizerWeight ?? 0),
    ]
    for (name, weight) in weights where !(weight >= 0 && weight.isFinite) {
      throw TrainingError(
        .invalidArgument, "SpladeLoss needs a number from 0 as \(name); found \(weight).")
    }
    if configuration.usesDocumentRegularizerOnly, configuration.queryRegularizerWeight != nil {
      throw TrainingError(
        .invalidArgument,
        "SpladeLoss got a query_regularizer_weight together with use_document_regularizer_only, which treats queries as documents. Leave one of them out."
      )
    }
    self.base = base
    self.configuration = configuration
  }

  /// Makes the loss with ``FlopsLoss`` on both sides.
  public convenience init(
    _ base: any EmbeddingLoss, documentRegularizerWeight: Double,
    queryRegularizerWeight: Double? = nil
  ) throws(TrainingError) {
    try self.init(
      base,
      Configuration(
        documentRegularizerWeight: documentRegularizerWeight,
        queryRegularizerWeight: queryRegularizerWeight))
  }

  /// The parts of the loss of one batch.
  ///
  /// - Parameters:
  ///   - columns: embeddings in the order of the dataset's columns, each `[batch, vocabulary]`.
  ///   - labels: the batch's labels, nil when the dataset has none.
  /// - Returns: the parts in the order in which they are logged, each with its weight applied.
  /// - Throws: ``TrainingError/Code/invalidShape`` when columns or labels do not fit.
  public func components(of columns: [Tensor], labels: Tensor?) throws -> [LossComponent] {
    var components = [LossComponent(name: "base_loss", value: try base(columns, labels: labels))]
    let documents = configuration.usesDocumentRegularizerOnly ? columns : Array(columns.dropFirst())
    guard !documents.isEmpty else {
      throw TrainingError(
        .invalidShape,
        "SpladeLoss presses on the columns after the first; there is only one. Set use_document_regularizer_only to press on that."
      )
    }
    components.append(
      LossComponent(
        name: "document_regularizer_loss",
        value: try configuration.documentRegularizer(documents) * documentWeight))
    if let queryWeight {
      components.append(
        LossComponent(
          name: "query_regularizer_loss",
          value: try configuration.queryRegularizer([columns[0]]) * queryWeight))
    }
    return components
  }
}
