import SparrowCore
import Testing

@testable import SparrowIndex

@Suite struct DenseIndexTests {
  private var generator = MersenneTwister(seed: 12)

  private mutating func vector(_ dimension: Int) -> [Float] {
    (0..<dimension).map { _ in Float(generator.next() % 2001) / 1000 - 1 }
  }

  private func dot(_ left: [Float], _ right: [Float]) -> Double {
    zip(left, right).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  private func littleEndian(_ bits: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
    stride(from: 0, to: bits.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: bits >> $0) }
  }

  @Test(arguments: DensePrecision.allCases, [1, 63, 64, 65, 384])
  mutating func `the best documents are those of comparing all by hand`(
    _ precision: DensePrecision, _ dimension: Int
  ) throws {
    // More than one block of rows, in an order that is not that of identifiers.
    var builder = try DenseIndexBuilder(dimension: dimension, precision: precision)
    var vectors: [DocumentID: [Float]] = [:]
    for number in 0..<1300 {
      let id = DocumentID(String(number * 7 % 1300))
      vectors[id] = vector(dimension)
      try builder.add(id, vectors[id] ?? [])
    }
    let index = builder.build()
    #expect(index.documentCount == 1300)
    for threadCount in [1, 2, 5] {
      let query = vector(dimension)
      let found = try index.search(query, count: 10, threadCount: threadCount)
      let expected = vectors.map { ScoredDocument(id: $0.key, score: dot(query, $0.value)) }
        .sorted(by: ScoredDocument.precedes).prefix(10)
      #expect(found.count == 10)
      let relative = precision == .float32 ? 1e-6 : precision == .float16 ? 1e-3 : 1e-2
      let slack = relative * Double(dimension).squareRoot() + 1e-6
      for (hit, other) in zip(found, expected) {
        #expect(abs(hit.score - other.score) <= slack)
        #expect(abs(hit.score - dot(query, vectors[hit.id] ?? [])) <= slack)
      }
    }
  }

  @Test mutating func `every instruction set gives the same scores to the last bit`() throws {
    let dimension = 192
    let query = vector(dimension)
    for precision in DensePrecision.allCases {
      var bytes: [UInt8] = []
      for _ in 0..<33 {
        let row = vector(dimension)
        switch precision {
        case .float32: for value in row { bytes += littleEndian(value.bitPattern) }
        case .float16:
          for half in Kernels.best.halves(of: row) { bytes += littleEndian(half) }
        case .int8: bytes += row.map { UInt8(bitPattern: Int8($0 * 127)) }
        }
      }
      let results = Kernels.all.map { kernels in
        var scores = [Float](repeating: .nan, count: 33)
        unsafe bytes.withUnsafeBufferPointer { rows in
          unsafe query.withUnsafeBufferPointer { query in
            unsafe scores.withUnsafeMutableBufferPointer { scores in
              guard let base = rows.baseAddress, let target = scores.baseAddress else { return }
              unsafe kernels.scoreDense(
                base, format: precision.format, count: 33, query: query, scores: target)
            }
          }
        }
        return scores.map(\.bitPattern)
      }
      for (kernels, result) in zip(Kernels.all, results) {
        #expect(result == results[0], "\(kernels.name), \(precision)")
      }
    }
  }

  @Test(arguments: DensePrecision.allCases)
  func `the score of one document is that of a search`(_ precision: DensePrecision) throws {
    var builder = try DenseIndexBuilder(dimension: 3, precision: precision)
    let ids = (0..<700).map { DocumentID("d\($0)") }
    for (number, id) in ids.enumerated() {
      try builder.add(id, [Float(number % 13), Float(number % 7) - 3, 0.5])
    }
    let index = builder.build()
    let query: [Float] = [0.25, 1, -2]
    let hits = try index.search(query, count: ids.count)
    #expect(hits.count == ids.count)
    for hit in hits { #expect(try index.score(query, of: hit.id) == hit.score) }
    #expect(try index.score(query, of: "nobody") == nil)
    #expect(throws: IndexError.self) { try index.score([1], of: "d1") }
  }

  @Test func `equal scores come in the order of identifiers, for any count`() throws {
    var builder = try DenseIndexBuilder(dimension: 2)
    let ids = ["c", "a", "e", "b", "d"] as [DocumentID]
    for id in ids { try builder.add(id, [1, 0]) }
    try builder.add("z", [2, 0])
    let index = builder.build()
    #expect(try index.search([1, 0], count: 3).map(\.id) == ["z", "a", "b"])
    #expect(try index.search([1, 0], count: 100).map(\.id) == ["z"] + ids.sorted())
    #expect(try index.search([1, 0], count: 0) == [])
    #expect(try DenseIndexBuilder(dimension: 2).build().search([1, 0], count: 5) == [])
  }

  @Test func `what does not fit is refused`() throws {
    #expect(throws: IndexError.self) { try DenseIndexBuilder(dimension: 0) }
    var builder = try DenseIndexBuilder(dimension: 2, precision: .float16)
    try builder.add("a", [1, 2])
    #expect(throws: IndexError.self) { try builder.add("a", [1, 2]) }
    #expect(throws: IndexError.self) { try builder.add("b", [1]) }
    #expect(throws: IndexError.self) { try builder.add("c", [1, .nan]) }
    #expect(throws: IndexError.self) { try builder.add("d", [1, -.infinity]) }
    #expect(throws: IndexError.self) { try builder.add("e", [1, 70_000]) }
    let index = builder.build()
    #expect(index.documentCount == 1)
    #expect(throws: IndexError.self) { try index.search([1], count: 1) }
    #expect(throws: IndexError.self) { try index.search([1, .nan], count: 1) }
    #expect(throws: IndexError.self) { try index.search([1, 2], count: -1) }
    #expect(throws: IndexError.self) { try index.search([1, 2], count: 1, threadCount: 0) }
  }
}
