public import SparrowCore
public import SparrowTensor

/// Contrastive ranking: each query must score its own document above all others of the batch.
///
/// Columns are query, positive and any number of negatives. With `z` the log-sum-exp over all
/// scores that compete in row `i`, the loss is the mean of `z_i - score(query_i, positive_i)`.
/// What competes is chosen by ``directions``; the larger the batch, the better the negatives, and a
/// text that occurs twice in a batch is a false negative, which the `no_duplicates` sampler avoids.
/// Scores are dot products with scale 1 by default; cosine wants a scale near 20.
/// Source: InfoNCE (van den Oord et al. 2018); Henderson et al. 2017 (arXiv 1705.00652).
public struct SparseMultipleNegativesRankingLoss: EmbeddingLoss, Sendable {
  /// A set of scores that competes with the score of a query and its own positive.
  public enum Direction: String, Sendable, Hashable, CaseIterable {
    /// The query against all documents; always needed.
    case queryToDocument = "query_to_doc"
    /// The query against the other queries.
    case queryToQuery = "query_to_query"
    /// The positive against all queries.
    case documentToQuery = "doc_to_query"
    /// The positive against all documents of other queries.
    case documentToDocument = "doc_to_doc"
  }

  /// How several directions are put together.
  public enum PartitionMode: String, Sendable, Hashable, CaseIterable {
    /// One log-sum-exp over all of them.
    case joint
    /// The mean of each one's log-sum-exp.
    case perDirection = "per_direction"
  }

  /// Which negatives are pushed the harder, the closer they are.
  public enum HardnessMode: String, Sendable, Hashable, CaseIterable {
    /// Documents of other queries.
    case inBatchNegatives = "in_batch_negatives"
    /// The query's own negatives.
    case hardNegatives = "hard_negatives"
    /// Both.
    case allNegatives = "all_negatives"
  }

  /// What scores are multiplied by, 1 by default (the inverse of a temperature).
  public let scale: Double
  /// How vectors are compared, by dot product unless said otherwise.
  public let similarity: SimilarityFunction
  /// What competes, the query against documents by default.
  public let directions: [Direction]
  /// How several directions are put together, jointly by default.
  public let partitionMode: PartitionMode
  /// Which negatives get a penalty, none by default.
  public let hardnessMode: HardnessMode?
  /// The penalty as a share of the unscaled score, which is not differentiated; 0 by default.
  public let hardnessStrength: Double

  /// The name in recipes and logs.
  public var name: String { "SparseMultipleNegativesRankingLoss" }
  /// Its settings by the names that recipes use.
  public var options: JSONObject {
    JSONObject([
      ("scale", .number(scale)), ("similarity_fct", .string(similarity.referenceName)),
      ("directions", .array(directions.map { .string($0.rawValue) })),
      ("partition_mode", .string(partitionMode.rawValue)),
      ("hardness_mode", hardnessMode.map { .string($0.rawValue) } ?? .null),
      ("hardness_strength", .number(hardnessStrength)),
    ])
  }
  /// The columns and labels it needs.
  public var requirement: ColumnRequirement {
    ColumnRequirement(from: 2, ["anchor", "positive", "negative"], label: .none)
  }

  /// Makes the loss.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when the scale is not positive, a strength is
  ///   negative, the direction `query_to_doc` is missing or one is named twice, or
  ///   `per_direction` meets `query_to_query` or `doc_to_doc`.
  public init(
    scale: Double = 1, similarity: SimilarityFunction = .dot,
    directions: [Direction] = [.queryToDocument], partitionMode: PartitionMode = .joint,
    hardnessMode: HardnessMode? = nil, hardnessStrength: Double = 0
  ) throws(TrainingError) {
    func refuse(_ reason: String) -> TrainingError {
      TrainingError(.invalidArgument, "SparseMultipleNegativesRankingLoss \(reason).")
    }
    guard scale > 0, scale.isFinite else { throw refuse("needs a scale above 0; found \(scale)") }
    guard directions.contains(.queryToDocument) else {
      throw refuse(
        "needs the direction 'query_to_doc'; found \(directions.map(\.rawValue))")
    }
    guard Set(directions).count == directions.count else {
      throw refuse("needs different directions; found \(directions.map(\.rawValue))")
    }
    if partitionMode == .perDirection,
      directions.contains(.queryToQuery) || directions.contains(.documentToDocument)
    {
      throw refuse(
        "cannot put 'query_to_query' or 'doc_to_doc' together per direction: they hold no positive. Use the partition mode 'joint'"
      )
    }
    guard hardnessStrength >= 0, hardnessStrength.isFinite else {
      throw refuse("needs a hardness strength from 0; found \(hardnessStrength)")
    }
    self.scale = scale
    self.similarity = similarity
    self.directions = directions
    self.partitionMode = partitionMode
    self.hardnessMode = hardnessMode
    self.hardnessStrength = hardnessStrength
  }

  /// The loss of one batch; see ``EmbeddingLoss/callAsFunction(_:labels:)``.
  public func callAsFunction(_ columns: [Tensor], labels: Tensor?) throws -> Tensor {
    try check(columns, labels: labels)
    let queries = columns[0]
    let positives = columns[1]
    let documents = columns.dropFirst()
    let parts = try documents.map { try similarity.matrix(queries, $0) }
    let scores = try Tensor.concatenated(parts, along: 1)  // [batch, batch · candidates]
    let ranking = try logits(scores, candidateCount: documents.count)
    var competitors: [Tensor] = []
    for direction in directions {
      switch direction {
      case .queryToDocument:
        competitors.append(ranking)
      case .queryToQuery:
        let others = try similarity.matrix(queries, queries)
        let own = try ownPairs(rows: others.shape[0], candidateCount: 1)
        competitors.append(try (others * scale).masked(own.to(others.device), with: -.infinity))
      case .documentToQuery:
        let others = try similarity.matrix(queries, positives).transposed(0, 1)
        competitors.append(try others * scale)
      case .documentToDocument:
        let parts = try documents.map { try similarity.matrix(positives, $0) }
        let others = try Tensor.concatenated(parts, along: 1)
        let own = try ownPairs(rows: others.shape[0], candidateCount: documents.count)
        competitors.append(try (others * scale).masked(own.to(others.device), with: -.infinity))
      }
    }
    let rowCount = scores.shape[0]
    let positiveScores = try ranking.narrowed(1, 0..<rowCount).diagonal()  // [batch]
    let total: Tensor
    switch partitionMode {
    case .joint:
      total = try Tensor.concatenated(competitors, along: 1).logSumExp(1)
    case .perDirection:
      let totals = try competitors.map { try $0.logSumExp(1) }
      total = try Tensor.stacked(totals).mean(0)
    }
    return try (total - positiveScores).mean()
  }

  /// Scaled scores, with the penalty of hard negatives.
  private func logits(_ scores: Tensor, candidateCount: Int) throws -> Tensor {
    let scaled = try scores * scale
    guard let hardnessMode, hardnessStrength > 0 else { return scaled }
    let rowCount = scores.shape[0]
    // True where a score gets no penalty.
    let exempt: Tensor
    switch hardnessMode {
    case .inBatchNegatives:
      exempt = try ownPairs(rows: rowCount, candidateCount: candidateCount)
    case .hardNegatives:
      exempt = try marks(rows: rowCount, candidateCount: candidateCount) { row, column in
        column % rowCount != row || column < rowCount
      }
    case .allNegatives:
      exempt = try marks(rows: rowCount, candidateCount: candidateCount) { row, column in
        column == row
      }
    }
    let penalty = try (scores.detached() * hardnessStrength)
      .masked(exempt.to(scores.device), with: 0)
    return try scaled + penalty
  }

  /// True where a document belongs to the row's query.
  private func ownPairs(rows: Int, candidateCount: Int) throws -> Tensor {
    try marks(rows: rows, candidateCount: candidateCount) { row, column in column % rows == row }
  }

  private func marks(
    rows: Int, candidateCount: Int, _ isMarked: (Int, Int) -> Bool
  ) throws -> Tensor {
    let columns = rows * candidateCount
    let marks = (0..<(rows * columns)).map { isMarked($0 / columns, $0 % columns) }
    return try Tensor(marks, shape: [rows, columns])
  }
}
