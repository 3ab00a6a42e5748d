import CSparseKernels
public import SparrowCore

/// How a ``DenseIndex`` stores numbers.
public enum DensePrecision: String, Sendable, Hashable, CaseIterable {
  /// 4 bytes a number, as they are.
  case float32
  /// 2 bytes a number, 11 significant bits.
  case float16
  /// 1 byte a number: 255 levels between plus and minus the largest of its vector.
  case int8

  /// Rows are padded to a multiple of so many numbers.
  private static let multiple = 64

  /// How many zeros follow a vector.
  static func padding(of dimension: Int) -> Int {
    (multiple - dimension % multiple) % multiple
  }

  var byteCount: Int {
    switch self {
    case .float32: 4
    case .float16: 2
    case .int8: 1
    }
  }

  /// The name that kernels have for it.
  var format: Int32 {
    switch self {
    case .float32: Int32(SPK_DENSE_F32)
    case .float16: Int32(SPK_DENSE_F16)
    case .int8: Int32(SPK_DENSE_I8)
    }
  }
}

/// Collects documents one by one and makes a ``DenseIndex`` of them.
public struct DenseIndexBuilder: Sendable {
  /// The size of the vectors.
  public let dimension: Int
  /// How numbers are stored.
  public let precision: DensePrecision
  private var positionOfID: [DocumentID: Int] = [:]
  private var rows: [UInt8] = []
  private var scales: [Float] = []

  /// Makes a builder for vectors of one size.
  ///
  /// - Throws: ``IndexError`` when the size is below 1.
  public init(dimension: Int, precision: DensePrecision = .float32) throws(IndexError) {
    guard dimension > 0 else {
      throw IndexError(.usage, "Dense vectors need 1 dimension or more; found \(dimension).")
    }
    self.dimension = dimension
    self.precision = precision
  }

  /// Adds a document.
  ///
  /// - Throws: ``IndexError`` when the vector has another size, a number is not finite or too large
  ///   for float16, or the identifier was added before.
  public mutating func add(
    _ id: DocumentID, _ vector: some Collection<Float>
  ) throws(IndexError) {
    guard vector.count == dimension else {
      throw IndexError(
        .usage,
        "Vectors of this index have \(dimension) numbers; document \"\(id)\" has \(vector.count).")
    }
    let padded = Array(vector) + [Float](repeating: 0, count: DensePrecision.padding(of: dimension))
    let largest = padded.reduce(Float(0)) { $1.isNaN ? .infinity : max($0, abs($1)) }
    let limit = precision == .float16 ? Float(65504) : .greatestFiniteMagnitude
    guard largest <= limit else {
      throw IndexError(
        .invalidData,
        "Numbers of a dense vector must be finite and fit \(precision.rawValue); document \"\(id)\" has others."
      )
    }
    guard positionOfID[id] == nil else {
      throw IndexError(
        .invalidData, "Identifiers of documents must differ; found \"\(id)\" more than once.")
    }
    positionOfID[id] = positionOfID.count
    switch precision {
    case .float32:
      for number in padded { append(number.bitPattern) }
    case .float16:
      for half in Kernels.best.halves(of: padded) { append(half) }
    case .int8:
      let scale = largest / 127
      scales.append(scale)
      for number in padded {
        let level = scale > 0 ? (number / scale).rounded() : 0
        rows.append(UInt8(bitPattern: Int8(max(-127, min(127, level)))))
      }
    }
  }

  /// Makes the index; its rows are in the order of identifiers.
  public func build() -> DenseIndex {
    let sorted = positionOfID.sorted { $0.key < $1.key }
    let stride = (dimension + DensePrecision.padding(of: dimension)) * precision.byteCount
    var ordered: [UInt8] = []
    ordered.reserveCapacity(rows.count)
    for (_, position) in sorted {
      ordered.append(contentsOf: rows[(position * stride)..<((position + 1) * stride)])
    }
    return DenseIndex(
      dimension: dimension, precision: precision, ids: sorted.map(\.key), rows: ordered,
      scales: scales.isEmpty ? [] : sorted.map { scales[$0.value] })
  }

  private mutating func append(_ bits: some FixedWidthInteger & UnsignedInteger) {
    for shift in stride(from: 0, to: bits.bitWidth, by: 8) {
      rows.append(UInt8(truncatingIfNeeded: bits >> shift))
    }
  }
}
