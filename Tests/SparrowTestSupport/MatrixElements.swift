/// The elements of a matrix row by row, each computed of its row and column: weights that tests and
/// golden files make by the same formula.
public func matrixElements(
  _ rowCount: Int, _ columnCount: Int, _ element: (_ row: Int, _ column: Int) -> Float
) -> [Float] {
  var elements: [Float] = []
  elements.reserveCapacity(rowCount * columnCount)
  for row in 0..<rowCount {
    for column in 0..<columnCount { elements.append(element(row, column)) }
  }
  return elements
}
