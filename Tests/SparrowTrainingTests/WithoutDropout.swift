import Foundation
import SparrowModels
import SparrowNN
import SparrowTensor
import SparrowTraining

/// A real encoder of which nothing is dropped, as the reference's traces were made.
final class WithoutDropout: TrainableEncoder {
  let encoder: SparseEncoder
  private(set) var forwardCount = 0

  init(_ encoder: SparseEncoder) { self.encoder = encoder }

  var namedParameters: [NamedParameter] { encoder.namedParameters }
  var routeNames: [String] { encoder.routeNames }

  func trainingTokenizer(route: String?) throws -> TrainingTokenizer {
    try encoder.trainingTokenizer(route: route)
  }

  func trainingForward(
    _ columns: [EncoderColumn], precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> [Tensor] {
    forwardCount += 1
    return try encoder.trainingForward(columns, precision: precision, dropout: nil)
  }

  func trainingReconstruction(
    _ column: EncoderColumn, precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> SparseAutoEncoder.Reconstruction {
    try encoder.trainingReconstruction(column, precision: precision, dropout: nil)
  }

  func save(to folder: URL) throws { try encoder.save(to: folder) }

  func restoreParameters(from folder: URL) throws {
    try encoder.restoreParameters(from: folder)
  }
}
