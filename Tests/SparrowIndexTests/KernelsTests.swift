import CSparseKernels
import SparrowCore
import Testing

@testable import SparrowIndex

/// Every instruction set that this machine has gives what the portable kernels give.
@Suite struct KernelsTests {
  private let portable: Kernels
  private let others: ArraySlice<Kernels>

  init() throws {
    portable = try #require(Kernels.all.first)
    others = Kernels.all.dropFirst()
    #expect(portable.name == "portable")
    #expect(Kernels.best.name == Kernels.all.last?.name)
  }

  /// Numbers of any size, with many zeros and equal ones, in lists of awkward lengths.
  private func sums(_ count: Int, _ generator: inout MersenneTwister) -> [UInt32] {
    (0..<count).map { _ in
      switch generator.next() % 4 {
      case 0: 0
      case 1: generator.next() % 5
      default: generator.next()
      }
    }
  }

  @Test func `maximum, count and collection of sums agree`() {
    var generator = MersenneTwister(seed: 3)
    for count in [0, 1, 7, 8, 15, 16, 17, 31, 64, 100, 1003] {
      let sums = sums(count, &generator)
      for threshold in [1, 2, 5, 1 << 20, 1 << 31, .max] as [UInt32] {
        for clearsAll in [false, true] {
          let expected = collect(portable, sums, threshold, clearsAll)
          let byHand = sums.indices.filter { sums[$0] >= threshold }
          #expect(expected.positions == byHand.map { UInt32($0) })
          #expect(expected.values == byHand.map { sums[$0] })
          #expect(expected.rest.allSatisfy { $0 < threshold && (!clearsAll || $0 == 0) })
          for kernels in others {
            #expect(collect(kernels, sums, threshold, clearsAll) == expected, "\(kernels.name)")
          }
        }
        for kernels in Kernels.all {
          unsafe sums.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            #expect(unsafe kernels.maximum(start, count: count) == sums.max() ?? 0)
            let found = unsafe kernels.countAtLeast(threshold, start, count: count)
            #expect(found == sums.count { $0 >= threshold })
          }
        }
      }
    }
  }

  private struct Collected: Equatable {
    var positions: [UInt32]
    var values: [UInt32]
    var rest: [UInt32]
  }

  private func collect(
    _ kernels: Kernels, _ sums: [UInt32], _ threshold: UInt32, _ clearsAll: Bool
  ) -> Collected {
    var rest = sums
    var positions = [UInt32](repeating: 0, count: sums.count + 16)
    var values = positions
    let count = unsafe kernels.collect(
      atLeast: threshold, &rest, count: rest.count, clearsAll: clearsAll, positions: &positions,
      values: &values)
    return Collected(
      positions: Array(positions[..<count]), values: Array(values[..<count]), rest: rest)
  }

  @Test func `float16 conversion equals Swift's for every bit pattern`() {
    let halves = Array(UInt16.min...UInt16.max)
    for kernels in Kernels.all {
      let floats = kernels.floats(of: halves)
      for (half, float) in zip(halves, floats) {
        let expected = exactFloat(half)
        #expect(
          float.bitPattern == expected.bitPattern || (float.isNaN && expected.isNaN),
          "\(kernels.name): \(half)")
      }
      let back = kernels.halves(of: floats)
      let differences = zip(halves, back).filter { $0 != $1 && !exactFloat($0).isNaN }
      #expect(differences.isEmpty, "\(kernels.name)")
    }
  }

  /// What a float16 bit pattern stands for, from the definition of the format.
  private func exactFloat(_ half: UInt16) -> Float {
    let sign: Float = half & 0x8000 == 0 ? 1 : -1
    let exponent = Int(half >> 10) & 31
    let fraction = Float(half & 1023)
    if exponent == 31 { return fraction == 0 ? sign * .infinity : .nan }
    if exponent == 0 { return Float(sign: .plus, exponent: -24, significand: fraction) * sign }
    return Float(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction) * sign
  }

  @Test func `rounding to float16 agrees for numbers of all sizes`() {
    var generator = MersenneTwister(seed: 5)
    var floats = (0..<100_000).map { _ in Float(bitPattern: generator.next()) }
    // Around the borders of subnormal, normal and infinite, and exact middles between halves.
    for base in [0x3300_0000, 0x3380_0000, 0x3880_0000, 0x477F_E000, 0x477F_F000, 0x3C00_1000] {
      for offset in -3...3 { floats.append(Float(bitPattern: UInt32(base + offset))) }
    }
    let expected = portable.halves(of: floats)
    for (float, half) in zip(floats, expected) where float.isFinite {
      let rounded = exactFloat(half)
      let neighbours = [half &- 1, half &+ 1].map(exactFloat).filter(\.isFinite)
      let error = abs(Double(rounded) - Double(float))
      if rounded.isFinite {
        #expect(neighbours.allSatisfy { abs(Double($0) - Double(float)) >= error }, "\(float)")
      } else {
        #expect(abs(float) >= 65_520)
      }
    }
    for kernels in others {
      let found = kernels.halves(of: floats)
      for position in floats.indices where !floats[position].isNaN {
        #expect(found[position] == expected[position], "\(kernels.name): \(floats[position])")
      }
    }
  }

  @Test func `checksums are those of CRC-32C`() {
    var generator = MersenneTwister(seed: 7)
    let bytes = (0..<1000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    for kernels in Kernels.all {
      #expect(kernels.checksum(Array("123456789".utf8)) == 0xE306_9283)
      #expect(kernels.checksum([]) == 0)
      for length in [1, 7, 8, 9, 63, 1000] {
        let part = Array(bytes[..<length])
        #expect(kernels.checksum(part) == portable.checksum(part))
        let continued = unsafe part.withUnsafeBytes { raw in
          let middle = length / 3
          let first = unsafe kernels.checksum(UnsafeRawBufferPointer(rebasing: raw[..<middle]))
          return unsafe kernels.checksum(
            UnsafeRawBufferPointer(rebasing: raw[middle...]), after: first)
        }
        #expect(continued == portable.checksum(part))
      }
    }
  }

  @Test func `scores of rows agree to the last bit and equal the exact sum`() throws {
    var generator = MersenneTwister(seed: 9)
    for dimension in [70_000, 500] {
      for precision in WeightPrecision.allCases {
        let rows = try randomRows(dimension: dimension, precision: precision, &generator)
        let segment = try SegmentWriter.makeInMemory(
          OrderedRows(pending: rows), dimension: dimension, precision: precision)
        let query = (0..<max(dimension, 1 << 16)).map { index in
          index < dimension && generator.next() % 3 == 0
            ? Float(generator.next()) / 4_294_967_296 - 0.25 : 0
        }
        let expected = try score(segment, query, with: portable)
        for (number, score) in expected.enumerated() {
          let vector = try segment.vector(of: number)
          let sum = zip(vector.indices, vector.values).reduce(0.0) {
            $0 + Double(query[Int($1.0)]) * Double($1.1)
          }
          #expect(abs(Double(score) - sum) <= 1e-6 * abs(sum) + 1e-12)
        }
        for kernels in others {
          #expect(try score(segment, query, with: kernels) == expected, "\(kernels.name)")
        }
      }
    }
  }

  private func randomRows(
    dimension: Int, precision: WeightPrecision, _ generator: inout MersenneTwister
  ) throws -> PendingRows {
    var rows = PendingRows(dimension: dimension, precision: precision)
    for length in 0..<60 {
      let terms = Set((0..<length).map { _ in generator.next() % UInt32(dimension) }).sorted()
      let weights = terms.map { _ in Float(generator.next() % 4096 + 1) / 512 }
      rows.upsert(
        try PreparedDocument(
          id: DocumentID("\(1000 + length)"), indices: terms[...], values: weights[...],
          record: [], precision: precision))
    }
    return rows
  }

  private func score(
    _ segment: Segment, _ query: [Float], with kernels: Kernels
  ) throws -> [Float] {
    var scores = [Float](repeating: .nan, count: segment.documentCount)
    let numbers = (0..<UInt32(segment.documentCount)).map { $0 }
    let isSound = unsafe query.withUnsafeBufferPointer { weights in
      guard let start = weights.baseAddress else { return false }
      return unsafe kernels.scoreRows(
        segment.rows, query: spk_query(weights: start, dimension: UInt64(query.count)),
        numbers: numbers, count: numbers.count, scores: &scores)
    }
    try #require(isSound)
    return scores
  }

  @Test func `rows outside their bounds are reported, not read`() {
    let offsets: [UInt64] = [0, 20, 10, 999, 20]
    var entries = [UInt8](repeating: 0xFF, count: 160 + 64)
    for position in 0..<20 { entries[4 * position] = UInt8(position) }
    let query = [Float](repeating: 1, count: 1 << 16)
    for kernels in Kernels.all {
      for format in [SPK_ROW_U16_F16, SPK_ROW_U32_F32] {
        for number in [0, 1, 2, 3, 4, 9] as [UInt32] {
          // Row 0 is whole, but in the wide format its terms are far beyond the query.
          let isSound = number == 0 && format == SPK_ROW_U16_F16
          var score: Float = 7
          let result = unsafe offsets.withUnsafeBufferPointer { offsets in
            unsafe entries.withUnsafeBufferPointer { entries in
              unsafe query.withUnsafeBufferPointer { query in
                guard let offsetStart = offsets.baseAddress, let entryStart = entries.baseAddress,
                  let queryStart = query.baseAddress
                else { return !isSound }
                return unsafe kernels.scoreRows(
                  spk_rows(
                    offsets: offsetStart, entries: entryStart, entry_count: 20, row_count: 4,
                    format: Int32(format)),
                  query: spk_query(weights: queryStart, dimension: 1 << 16),
                  numbers: [number], count: 1, scores: &score)
              }
            }
          }
          #expect(result == isSound, "\(kernels.name), format \(format), row \(number)")
          #expect(isSound || score == 0)
        }
      }
    }
  }

  @Test func `quantized weights times the scale are never below the weights`() {
    var generator = MersenneTwister(seed: 13)
    for round in 0..<200 {
      let count = 1 + Int(generator.next() % 3000)
      let weights = (0..<count).map { _ -> Float in
        let draw = Float(generator.next()) / 4_294_967_296
        return switch round % 4 {
        case 0: draw * 3
        case 1: draw * draw * draw * 1e-30
        case 2: Float(bitPattern: generator.next() % 0x7F00_0000)
        default: draw - 0.3
        }
      }
      var target = [UInt8](repeating: 0, count: spk_list_size(count))
      var summary = spk_list_summary()
      let written = unsafe spk_write_list(
        [UInt16](repeating: 3, count: count), weights, count, &target, &summary)
      #expect(written == target.count && written % 2 == 0)
      #expect(summary.largest_negative == max(0, -(weights.min() ?? 0)))
      let levels = target[(2 * count)..<(3 * count)]
      for (weight, level) in zip(weights, levels) {
        #expect(level >= 1)
        #expect(Double(summary.scale) * Double(level) >= Double(weight))
        if level > 1 { #expect(Double(summary.scale) * Double(level - 1) < Double(weight)) }
      }
      let sorted = weights.sorted(by: >)
      let bounds = [summary.levels.0, summary.levels.1, summary.levels.2]
      for (rank, level) in zip([10, 100, 1000], bounds) {
        #expect(
          count < rank ? level == 0 : level == 0 || Float(level) * summary.scale <= sorted[rank - 1]
        )
      }
    }
  }
}
