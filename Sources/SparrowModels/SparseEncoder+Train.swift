import SparrowModelFiles
public import SparrowNN
public import SparrowTensor
public import SparrowText

extension SparseEncoder {
  /// The weights of several columns of texts, each `[B, V]` float32.
  ///
  /// Columns of one model go through it together, packed; those of different routes apart.
  ///
  /// - Parameters:
  ///   - columns: the tokens of each column; the columns may differ in their number of texts.
  ///   - tasks: the task of each column, which chooses its route: `query`, `document`, another route's
  ///     name, or nil for the default route. Empty, the default, stands for nil for each.
  ///   - precision: the number format of the computation.
  ///   - dropout: the random stream of this step; nil drops nothing.
  /// - Returns: one tensor for each column, recorded when gradients are on.
  /// - Throws: `ModelError` when there is no route for a task, or a text has more tokens than the
  ///   model has positions.
  public func forward(
    _ columns: [TokenBatch], tasks: [String?] = [], precision: ComputePrecision,
    dropout: DropoutStream? = nil
  ) throws -> [Tensor] {
    guard tasks.isEmpty || tasks.count == columns.count else {
      throw ModelError(
        .invalidArgument,
        "Each column needs a task; found \(columns.count) columns and \(tasks.count) tasks.")
    }
    var groups: [(model: any SparseModel, columns: [Int])] = []
    for column in columns.indices {
      let model = try routes.model(forTask: tasks.isEmpty ? nil : tasks[column])
      if let group = groups.firstIndex(where: { $0.model === model }) {
        groups[group].columns.append(column)
      } else {
        groups.append((model, [column]))
      }
    }
    var results: [(column: Int, weights: Tensor)] = []
    for group in groups {
      let weights = try group.model.forward(
        group.columns.map { columns[$0] }, precision: precision, dropout: dropout)
      results += zip(group.columns, weights).map { ($0, $1) }
    }
    return results.sorted { $0.column < $1.column }.map(\.weights)
  }
}

extension Tensor {
  /// The rows cut into parts of the given numbers of rows.
  func split(rowCounts: [Int]) throws(TensorError) -> [Tensor] {
    var start = 0
    var parts: [Tensor] = []
    for count in rowCounts {
      parts.append(try narrowed(0, start..<(start + count)))
      start += count
    }
    return parts
  }
}
