/// Numbers of 8 bits with one scale for each row of a matrix, symmetric around zero.
enum RowQuantization {
  /// The largest magnitude of a quantized number.
  private static let limit: Float = 127

  static func quantize(_ values: [Float], columns: Int) -> (values: [Int8], scales: [Float]) {
    var result: [Int8] = []
    result.reserveCapacity(values.count)
    var scales: [Float] = []
    for start in stride(from: 0, to: values.count, by: columns) {
      let row = values[start..<(start + columns)]
      let largest = row.reduce(0) { max($0, abs($1)) }
      let scale = largest > 0 ? largest / limit : 1
      scales.append(scale)
      for value in row { result.append(Int8((value / scale).rounded())) }
    }
    return (result, scales)
  }
}
