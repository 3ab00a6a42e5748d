public import SparrowCore
public import SparrowTensor

/// A loss over the embeddings of a batch's columns.
///
/// It sees embeddings only, so that any encoder can be trained with it and a gradient cache can
/// compute it apart from the encoder. Wrappers such as ``SpladeLoss`` add what keeps vectors sparse.
///
/// ```swift
/// let loss = try SparseMultipleNegativesRankingLoss(scale: 20, similarity: .cosine)
/// let value = try loss([queries, documents], labels: nil)  // each [batch, vocabulary]
/// try value.backward()
/// ```
public protocol EmbeddingLoss {
  /// The loss's name in recipes and logs, which is the reference's class name.
  var name: String { get }
  /// The columns and labels it needs.
  var requirement: ColumnRequirement { get }

  /// Its settings by the names that recipes use.
  var options: JSONObject { get }
  /// How vectors are to be compared after training with this loss; nil leaves that as it is.
  var impliedSimilarity: SimilarityFunction? { get }

  /// The loss of one batch.
  ///
  /// - Parameters:
  ///   - columns: embeddings in the order of the dataset's columns, each `[batch, vocabulary]`.
  ///   - labels: the batch's labels, nil when the dataset has none.
  /// - Returns: a tensor without dimensions, in the type of the embeddings.
  /// - Throws: ``TrainingError/Code/invalidShape`` when columns or labels do not fit.
  func callAsFunction(_ columns: [Tensor], labels: Tensor?) throws -> Tensor
}

extension EmbeddingLoss {
  /// None.
  public var options: JSONObject { JSONObject() }
  /// Name and settings as a recipe has them.
  var namedOptions: JSONObject {
    var object = JSONObject([("name", .string(name))])
    for (key, value) in options.members where !value.isNull { object[key] = value }
    return object
  }
  /// Nil: training does not change how vectors are compared.
  public var impliedSimilarity: SimilarityFunction? { nil }

  /// Checks number and shapes of columns, and that labels are there when they are needed.
  func check(_ columns: [Tensor], labels: Tensor?) throws(TrainingError) {
    guard requirement.columnCounts.contains(columns.count) else {
      throw TrainingError(
        .invalidShape,
        "\(name) needs \(requirement.columnDescription); found \(columns.count) columns of embeddings."
      )
    }
    let shapes = columns.map(\.shape)
    guard let first = shapes.first, first.count == 2, shapes.allSatisfy({ $0 == first }) else {
      throw TrainingError(
        .invalidShape,
        "\(name) needs columns of one shape [batch, vocabulary]; found \(shapes).")
    }
    if requirement.label != .none, labels == nil {
      throw TrainingError(
        .invalidShape, "\(name) needs labels: \(requirement.label.meaning). There are none.")
    }
  }

  /// The labels as a list of one number a row.
  func flatLabels(_ labels: Tensor?, rows: Int) throws -> Tensor {
    guard let labels, labels.count == rows else {
      throw TrainingError(
        .invalidShape,
        "\(name) needs \(rows) labels, one a row; found \(labels.map { "shape \($0.shape)" } ?? "none")."
      )
    }
    return try labels.reshaped([rows])
  }
}
