public import SparrowCore
import SparrowModels
import SparrowNN
import SparrowTensor
import SparrowText

/// ``SpladeLoss`` for batches of any size: memory for a mini-batch's activations at a time.
///
/// Ranking losses get better with the number of texts a query competes with, and activations grow
/// with it. Gradient caching (Gao et al. 2021, arXiv 2101.06983) embeds mini-batch after mini-batch
/// without recording, computes the loss and its gradient on all embeddings at once, then embeds
/// each mini-batch again with recording and goes back from the cached gradient. Value and gradients
/// are those of ``SpladeLoss`` up to rounding, at the price of a second forward pass. Dropout draws
/// the same masks both times.
public final class CachedSpladeLoss {
  /// How a batch is cut.
  public enum MiniBatch: Sendable, Hashable {
    /// So many texts.
    case texts(Int)
    /// As many texts as have so many tokens together, at least one.
    case tokens(Int)
  }

  /// The loss over all embeddings.
  public let splade: SpladeLoss
  /// How a batch is cut, 32 texts by default.
  public let miniBatch: MiniBatch

  /// Makes the loss.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when the size is below 1, or as ``SpladeLoss``.
  public init(
    _ base: any EmbeddingLoss, _ configuration: SpladeLoss.Configuration,
    miniBatch: MiniBatch = .texts(32)
  ) throws(TrainingError) {
    switch miniBatch {
    case .texts(let size), .tokens(let size):
      guard size >= 1 else {
        throw TrainingError(
          .invalidArgument, "CachedSpladeLoss needs a mini-batch size from 1; found \(size).")
      }
    }
    splade = try SpladeLoss(base, configuration)
    self.miniBatch = miniBatch
  }

  /// A stretch of a column's texts that is embedded at a time.
  private struct Piece {
    let column: Int
    let rows: Range<Int>
    let tokens: EncoderColumn
    /// Where the dropout stream was when the piece was embedded first.
    let dropoutPlace: UInt64?
    /// What was embedded first, without recording.
    let embeddings: Tensor
  }
}

extension CachedSpladeLoss: RegularizedLoss {
  /// What the weights are multiplied by.
  public var weightFactor: Double {
    get { splade.weightFactor }
    set { splade.weightFactor = newValue }
  }
  /// What is to be learned.
  public var base: any EmbeddingLoss { splade.base }
  /// The documents' weight as it is now.
  public var documentWeight: Double { splade.documentWeight }
  /// The queries' weight as it is now, nil when queries are left alone.
  public var queryWeight: Double? { splade.queryWeight }
}

extension CachedSpladeLoss: TrainingLoss {
  /// The loss's name in recipes and logs.
  public var name: String { "CachedSpladeLoss" }
  /// Its settings as a recipe has them, with the weights as configured.
  public var options: JSONObject {
    var object = splade.options
    object["name"] = .string(name)
    switch miniBatch {
    case .texts(let size): object["mini_batch_size"] = .integer(Int64(size))
    case .tokens(let size): object["mini_batch_num_tokens"] = .integer(Int64(size))
    }
    return object
  }
  /// The columns and labels the base loss needs.
  public var requirement: ColumnRequirement { splade.requirement }

  /// Embeds the batch in pieces, twice unless only the value is wanted.
  public func run(_ batch: TrainingBatch, in context: LossContext) throws -> LossReport {
    let pieces = try withoutGradients { try embed(batch, in: context) }
    let columns = try batch.columns.indices.map { column in
      let parts = pieces.filter { $0.column == column }.map(\.embeddings)
      return parts.count == 1 ? parts[0] : try Tensor.concatenated(parts)
    }
    let needsGradients = context.gradientFactor != nil
    if needsGradients { for column in columns { try column.setRequiresGradient() } }
    let labels = try batch.labels?.tensor()
    let components =
      needsGradients
      ? try splade.components(of: columns, labels: labels)
      : try withoutGradients { try splade.components(of: columns, labels: labels) }
    let total = try components.total()
    var report = try LossReport(components, total: total)
    if context.wantsStatistics { try report.addStatistics(of: columns) }
    if let factor = context.gradientFactor, report.total.isFinite {
      try (total * factor).backward()
      try goBack(through: pieces, columns: columns, in: context)
    }
    return report
  }

  private func embed(_ batch: TrainingBatch, in context: LossContext) throws -> [Piece] {
    var pieces: [Piece] = []
    for (index, column) in batch.columns.enumerated() {
      for rows in cut(column.tokens) {
        let tokens = EncoderColumn(
          tokens: column.tokens.selectingTexts(rows), route: column.route)
        let place = context.dropout?.place
        let embeddings = try context.encoder.trainingForward(
          [tokens], precision: context.precision, dropout: context.dropout)
        pieces.append(
          Piece(
            column: index, rows: rows, tokens: tokens, dropoutPlace: place,
            embeddings: embeddings[0]))
      }
    }
    return pieces
  }

  /// Embeds every piece again, recorded, and goes back from the gradients of its embeddings.
  private func goBack(
    through pieces: [Piece], columns: [Tensor], in context: LossContext
  ) throws {
    let finalPlace = context.dropout?.place
    for piece in pieces {
      guard let gradient = columns[piece.column].gradient else {
        throw TrainingError(
          .invalidArgument,
          "CachedSpladeLoss found that \(splade.base.name) makes no use of input column \(piece.column + 1); leave that column out."
        )
      }
      if let place = piece.dropoutPlace { context.dropout?.place = place }
      let embeddings = try context.encoder.trainingForward(
        [piece.tokens], precision: context.precision, dropout: context.dropout)
      try embeddings[0].backward(gradient.narrowed(0, piece.rows))
    }
    if let finalPlace { context.dropout?.place = finalPlace }
  }

  /// Consecutive texts that go together.
  private func cut(_ tokens: TokenBatch) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    var size = 0
    for text in 0..<tokens.textCount {
      let cost: Int
      let limit: Int
      switch miniBatch {
      case .texts(let count): (cost, limit) = (1, count)
      case .tokens(let count): (cost, limit) = (tokens.range(ofText: text).count, count)
      }
      if text > start, size + cost > limit {
        ranges.append(start..<text)
        start = text
        size = 0
      }
      size += cost
    }
    if start < tokens.textCount { ranges.append(start..<tokens.textCount) }
    return ranges
  }
}
