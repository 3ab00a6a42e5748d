import SparrowCore
import SparrowModelFiles
public import SparrowModels
import SparrowTensor

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
