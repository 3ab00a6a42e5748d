import Foundation
import SparrowCore
public import SparrowModelFiles
public import SparrowTensor

extension Pooling {
  /// Pools the states of packed texts.
  ///
  /// - Parameters:
  ///   - states: `[T, D]`, the texts one after another.
  ///   - offsets: where each text begins, and at the end `T`.
  ///   - promptTokenCount: how many tokens of each text belong to a prompt; they are left out unless
  ///     `includesPrompt`.
  /// - Returns: `[B, modes · D]`, float32, or float64 for states in float64; zeros for a text of which
  ///   no token is left.
  /// - Throws: `TensorError` when shapes do not fit.
  public func callAsFunction(
    _ states: Tensor, offsets: [Int], promptTokenCount: Int = 0
  ) throws(TensorError) -> Tensor {
    let states = states.dtype == .float64 ? states : try states.to(.float32)
    let skipped = includesPrompt ? 0 : promptTokenCount
    var rows: [Tensor] = []
    for (start, end) in zip(offsets, offsets.dropFirst()) {
      guard end - start > skipped else {
        rows.append(try Tensor.zeros([dimension], dtype: states.dtype).to(states.device))
        continue
      }
      let text = try states.narrowed(0, (start + skipped)..<end)  // [L, D]
      var parts: [Tensor] = []
      for mode in modes { parts.append(try pool(text, mode, skipped: skipped)) }
      rows.append(parts.count == 1 ? parts[0] : try Tensor.concatenated(parts))
    }
    guard !rows.isEmpty else { return try Tensor.zeros([0, dimension], dtype: states.dtype) }
    return try Tensor.stacked(rows)
  }

  /// One vector `[D]` of a text's states `[L, D]`, before which `skipped` tokens were left out.
  private func pool(
    _ text: Tensor, _ mode: Mode, skipped: Int
  ) throws(TensorError) -> Tensor {
    let count = text.shape[0]
    switch mode {
    case .cls: return try text.narrowed(0, 0..<1).squeezed(0)
    case .lastToken: return try text.narrowed(0, (count - 1)..<count).squeezed(0)
    case .max: return try text.maximum(along: 0).values
    case .mean: return try text.mean(0)
    case .meanSquareRootLength: return try text.sum(0) / Double(count).squareRoot()
    case .weightedMean:
      let positions = try Tensor.range((skipped + 1)..<(skipped + count + 1), dtype: text.dtype)
        .to(text.device)
      return try (text * positions.unsqueezed(1)).sum(0) / positions.sum()
    }
  }

  /// The stage for a list of modules.
  var stage: ModelStage {
    let configuration = configuration
    return ModelStage(kind: .pooling) { folder in
      try AtomicFile.write(
        configuration.data(JSONFormat(indent: 4)), to: folder.appendingPathComponent("config.json"))
    }
  }
}
