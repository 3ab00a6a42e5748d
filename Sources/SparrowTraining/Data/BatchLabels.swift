public import SparrowData
public import SparrowTensor

/// The labels of a batch, before they become a tensor.
public struct BatchLabels: Sendable, Hashable {
  /// The numbers, row by row.
  public let values: [Double]
  /// The number of rows, and of numbers in each when a row has a list.
  public let shape: [Int]
  /// Whether all are whole numbers or truth values.
  public let areIntegers: Bool

  /// Makes labels from the cells of a label column, nil when they are not all numbers or all lists
  /// of equally many numbers.
  public init?(_ cells: [DatasetValue]) {
    let lists = cells.compactMap(\.floats)
    if !cells.isEmpty, lists.count == cells.count {
      let width = lists[0].count
      guard lists.allSatisfy({ $0.count == width }) else { return nil }
      values = lists.flatMap { $0 }
      shape = [cells.count, width]
      areIntegers = false
      return
    }
    values = cells.compactMap(\.number)
    guard values.count == cells.count else { return nil }
    shape = [cells.count]
    areIntegers = cells.allSatisfy { cell in
      if case .float = cell { false } else { true }
    }
  }

  /// The labels of some rows followed by those of others; nil when rows have unlike lists.
  func appending(_ other: BatchLabels) -> BatchLabels? {
    guard shape.dropFirst() == other.shape.dropFirst() else { return nil }
    return BatchLabels(
      values: values + other.values, shape: [shape[0] + other.shape[0]] + shape.dropFirst(),
      areIntegers: areIntegers && other.areIntegers)
  }

  private init(values: [Double], shape: [Int], areIntegers: Bool) {
    self.values = values
    self.shape = shape
    self.areIntegers = areIntegers
  }

  /// The labels as losses take them: float32, or int64 when all are whole.
  public func tensor() throws(TensorError) -> Tensor {
    areIntegers
      ? try Tensor(values.map { Int64($0) }, shape: shape)
      : try Tensor(values.map { Float($0) }, shape: shape)
  }
}
