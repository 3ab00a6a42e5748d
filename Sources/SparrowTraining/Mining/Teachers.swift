public import SparrowCore
import SparrowModelFiles
public import SparrowModels
import SparrowTensor
import SparrowText

extension DenseSearch {
  /// Makes a search over a dense encoder's vectors, as a miner of hard negatives or a teacher.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when the model compares vectors neither by cosine
  ///   nor by dot product.
  public init(_ encoder: DenseEncoder) throws {
    let similarity = encoder.settings.similarity
    guard [.cosine, .dot].contains(similarity) else {
      throw TrainingError(
        .invalidArgument,
        "A dense search compares by cosine or dot product; the model compares by \(similarity.rawValue)."
      )
    }
    self.init { texts, role, progress in
      let rows = try encoder.encode(texts, role: role, progress: progress)
      let vectors = try Tensor(rows.values, shape: [rows.rowCount, rows.columnCount])
      guard similarity == .cosine else { return vectors }
      return try vectors / vectors.norm(1, keepsDimensions: true).clamped(minimum: 1e-12)
    }
  }
}

extension CrossEncoder: RelevanceScorer {
  /// Scores each query with the document at its place, as a teacher for distillation.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when the model has several labels, or an error of
  ///   the model.
  public func scores(
    queries: [String], documents: [String], progress: ProgressReporter?
  ) throws -> [Float] {
    guard classifier.labelCount == 1 else {
      throw TrainingError(
        .invalidArgument,
        "A teacher gives one score a pair; this model has \(classifier.labelCount) labels.")
    }
    let pairs = zip(queries, documents).map { TokenizerInput($0, pair: $1) }
    return try scores(pairs, progress: progress).map { $0[0] }
  }
}
