import SparrowModelFiles
public import SparrowNN
public import SparrowTensor
public import SparrowText

extension SparseEncoder {
  /// The weights of several columns of texts, each `[B, V]` float32, in one packed forward pass.
  ///
  /// - Parameters:
  ///   - columns: the tokens of each column; the columns may differ in their number of texts.
  ///   - precision: the number format of the computation.
  ///   - dropout: the random stream of this step; nil drops nothing.
  /// - Returns: one tensor for each column, recorded when gradients are on.
  /// - Throws: ``ModelError`` when a text has more tokens than the model has positions.
  public func forward(
    _ columns: [TokenBatch], precision: ComputePrecision, dropout: DropoutStream? = nil
  ) throws -> [Tensor] {
    var all = TokenBatch()
    for column in columns { all.append(contentsOf: column) }
    let weights = try model(all, precision: precision, dropout: dropout)  // [ΣB, V]
    var start = 0
    var result: [Tensor] = []
    for column in columns {
      result.append(try weights.narrowed(0, start..<(start + column.textCount)))
      start += column.textCount
    }
    return result
  }
}
