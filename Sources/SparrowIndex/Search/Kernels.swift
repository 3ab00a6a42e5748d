import CSparseKernels

/// The C kernels of one instruction set.
@safe
struct Kernels: @unchecked Sendable {  // Points to a constant table.
  private let table: UnsafePointer<spk_kernels>

  /// The fastest kernels of this processor.
  static let best = unsafe Kernels(table: spk_best_kernels())

  /// All kernels that this processor can run, the portable ones first.
  static let all: [Kernels] = [SPK_PORTABLE, SPK_AVX2, SPK_AVX512, SPK_NEON].compactMap { level in
    unsafe spk_kernels_for(Int32(bitPattern: UInt32(level))).map { unsafe Kernels(table: $0) }
  }

  private init(table: UnsafePointer<spk_kernels>) { unsafe self.table = table }

  /// The name of the instruction set.
  var name: String {
    switch unsafe table.pointee.level {
    case Int32(SPK_AVX512): "avx512"
    case Int32(SPK_AVX2): "avx2"
    case Int32(SPK_NEON): "neon"
    default: "portable"
    }
  }

  /// The largest of the first `count` sums.
  @unsafe func maximum(_ sums: UnsafePointer<UInt32>, count: Int) -> UInt32 {
    unsafe table.pointee.maximum(sums, count)
  }

  /// How many of the first `count` sums reach the threshold.
  @unsafe func countAtLeast(
    _ threshold: UInt32, _ sums: UnsafePointer<UInt32>, count: Int
  ) -> Int {
    unsafe table.pointee.count_at_least(sums, count, threshold)
  }

  /// Moves out the sums that reach the threshold; the others are set to zero if `clearsAll`.
  @unsafe func collect(
    atLeast threshold: UInt32, _ sums: UnsafeMutablePointer<UInt32>, count: Int, clearsAll: Bool,
    positions: UnsafeMutablePointer<UInt32>, values: UnsafeMutablePointer<UInt32>
  ) -> Int {
    unsafe table.pointee.collect(sums, count, threshold, clearsAll ? 1 : 0, positions, values)
  }

  /// Scores the numbered rows; false when a row is damaged.
  @unsafe func scoreRows(
    _ rows: spk_rows, query: spk_query, numbers: UnsafePointer<UInt32>, count: Int,
    scores: UnsafeMutablePointer<Float>
  ) -> Bool {
    var rows = unsafe rows
    var query = unsafe query
    return unsafe table.pointee.score_rows(&rows, &query, numbers, count, scores) == 0
  }

  /// Scores consecutive dense rows; the query's size is a multiple of 64.
  @unsafe func scoreDense(
    _ rows: UnsafePointer<UInt8>, format: Int32, count: Int, query: UnsafeBufferPointer<Float>,
    scores: UnsafeMutablePointer<Float>
  ) {
    unsafe table.pointee.score_dense(
      rows, format, count, query.baseAddress, query.count, scores)
  }

  /// The numbers rounded to float16, as bit patterns.
  func halves(of floats: [Float]) -> [UInt16] {
    unsafe [UInt16](unsafeUninitializedCapacity: floats.count) { target, count in
      if let base = target.baseAddress {
        unsafe floats.withUnsafeBufferPointer { source in
          if let start = source.baseAddress {
            unsafe table.pointee.to_half(start, base, source.count)
          }
        }
      }
      count = floats.count
    }
  }

  /// The numbers that float16 bit patterns stand for.
  func floats(of halves: [UInt16]) -> [Float] {
    unsafe [Float](unsafeUninitializedCapacity: halves.count) { target, count in
      if let base = target.baseAddress {
        unsafe halves.withUnsafeBufferPointer { source in
          if let start = source.baseAddress {
            unsafe table.pointee.from_half(start, base, source.count)
          }
        }
      }
      count = halves.count
    }
  }

  /// CRC-32C of bytes, continuing from the checksum of what came before.
  @unsafe func checksum(_ bytes: UnsafeRawBufferPointer, after seed: UInt32 = 0) -> UInt32 {
    guard let base = bytes.baseAddress else { return seed }
    return unsafe table.pointee.checksum(seed, base, bytes.count)
  }

  /// CRC-32C of an array.
  func checksum(_ bytes: [UInt8]) -> UInt32 {
    unsafe bytes.withUnsafeBytes { unsafe checksum($0) }
  }
}
