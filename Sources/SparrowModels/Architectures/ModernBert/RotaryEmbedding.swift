import Foundation
import SparrowTensor

/// Rotations by which attention knows where tokens stand: each pair of a head's dimensions is turned by
/// an angle that grows with the token's position.
///
/// Source: Su et al. 2021 (arXiv 2104.09864); dimension `i` is paired with `i + width/2`.
struct RotaryEmbedding {
  /// Cosines and sines of each token's angles, `[T, 1, width]` float32.
  private let cosines: Tensor
  private let sines: Tensor
  private let headCount: Int

  /// Computes the angles of a batch.
  ///
  /// - Parameters:
  ///   - tokens: the packed texts.
  ///   - headCount: the number of heads.
  ///   - frequencies: how far each pair of a head's dimensions turns from one position to the next.
  /// - Throws: `TensorError` when memory runs out.
  init(
    _ tokens: PackedTokens, headCount: Int, frequencies: [Float]
  ) throws(TensorError) {
    var cosines: [Float] = []
    var sines: [Float] = []
    for position in 0..<tokens.longestSequenceCount {
      let angles = frequencies.map { Float(position) * $0 }
      let row = angles + angles
      cosines += row.map { Foundation.cos($0) }
      sines += row.map { Foundation.sin($0) }
    }
    let shape = [tokens.longestSequenceCount, 2 * frequencies.count]
    self.cosines = try Tensor(cosines, shape: shape).selected(tokens.positions).unsqueezed(1)
    self.sines = try Tensor(sines, shape: shape).selected(tokens.positions).unsqueezed(1)
    self.headCount = headCount
  }

  /// Turns queries or keys, `[T, heads · width]`, each by its token's angles.
  func callAsFunction(_ rows: Tensor) throws(TensorError) -> Tensor {
    let shape = rows.shape
    let width = shape[1] / headCount
    let heads = try rows.to(.float32).reshaped([shape[0], headCount, width])
    let first = try heads.narrowed(2, 0..<(width / 2))
    let second = try heads.narrowed(2, (width / 2)..<width)
    let turned = try Tensor.concatenated([second.negated(), first], along: 2)
    return try (heads * cosines + turned * sines).to(rows.dtype).reshaped(shape)
  }
}
