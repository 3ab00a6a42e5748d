import SparrowCore
import SparrowTensor

/// Measures the fused SPLADE head by itself, and the other fused operations.
///
/// Usage: `sparrow-bench-head [threads]`; prints a line for each row as it is measured, and at the end
/// one JSON object a row. The head's speed is compared with libtorch's matrix product in the same run,
/// its memory with the 1.5 GB that it should stay below, sparse rows with dense ones, and the other
/// operations with the single operations of libtorch that do the same. Rows of growth have no
/// reference.
@main
struct SparrowBenchHead {
  static func main() throws {
    if let threads = CommandLine.arguments.dropFirst().first.flatMap({ Int($0) }) {
      try Torch.setThreadCount(threads)
    }
    try TorchRandom.seed(1)
    print("\(Torch.threadCount) threads, libtorch \(Torch.version), \(Torch.cpuCapability)")
    var rows: [BenchmarkRow] = []
    func add(_ row: BenchmarkRow) {
      print(row.line)
      rows.append(row)
    }
    for dtype in [DType.bfloat16, .float32] {
      for width in [128, 384, 768] { add(try compareSpeed(width: width, dtype: dtype)) }
    }
    for width in [128, 384] { add(try compareSparseRows(width: width)) }
    for dtype in [DType.bfloat16, .float32] { add(try compareLinear(dtype: dtype)) }
    for comparison in try OperationComparison.all { add(try comparison.measure()) }
    add(try measureLargeVocabulary())
    for vocabularySize in [30_000, 60_000, 125_000, 250_000] {
      for row in try measureGrowth(textCount: 32, vocabularySize: vocabularySize) { add(row) }
    }
    for textCount in [8, 32, 128, 512] {
      for row in try measureGrowth(textCount: textCount, vocabularySize: 30_522) { add(row) }
    }
    for row in rows { print(row.json.text()) }
  }

  /// 4,096 tokens in 32 texts and 30,522 entries, in turn with the product [4096,384] x [384,1024].
  private static func compareSpeed(width: Int, dtype: DType) throws -> BenchmarkRow {
    let left = try randomTensor([4096, 384], dtype)
    let right = try randomTensor([384, 1024], dtype)
    let head = try HeadCase(
      textCount: 32, textLength: 128, width: width, vocabularySize: 30_522, dtype: dtype)
    let duration = try alternate(head.runForward) { _ = try left.matmul(right) }
    return BenchmarkRow(
      name: "head forward, 4096 x \(width) -> 30522, \(dtype), against the product",
      measured: head.operationCount / duration.first / 1e9,
      reference: 2 * 4096 * 384 * 1024 / duration.second / 1e9, unit: "GFLOP/s")
  }

  /// The same as exact sparse rows, with few positive entries, in turn with the dense head.
  private static func compareSparseRows(width: Int) throws -> BenchmarkRow {
    let head = try HeadCase(
      textCount: 32, textLength: 128, width: width, vocabularySize: 30_522, dtype: .float32)
    let screen = try head.makeScreen()
    let duration = try alternate({ try head.runSparse(screen) }, head.runForward)
    return BenchmarkRow(
      name: "sparse rows, 4096 x \(width) -> 30522, float32, against all weights",
      measured: duration.first, reference: duration.second, unit: "seconds")
  }

  /// A linear map as it runs when nothing is recorded, in turn with libtorch's product.
  private static func compareLinear(dtype: DType) throws -> BenchmarkRow {
    let input = try randomTensor([4096, 384], dtype)
    let weight = try randomTensor([1536, 384], dtype)
    let turned = try weight.transposed(0, 1)
    let duration = try alternate(
      { _ = try input.linear(weight: weight) }, { _ = try input.matmul(turned) })
    return BenchmarkRow(
      name: "linear map, 4096 x 384 -> 1536, \(dtype), against the product",
      measured: duration.first, reference: duration.second, unit: "seconds")
  }

  /// 64 texts of 256 tokens: what forward and backward need beyond their inputs.
  private static func measureLargeVocabulary() throws -> BenchmarkRow {
    let head = try HeadCase(
      textCount: 64, textLength: 256, width: 384, vocabularySize: 250_000, dtype: .bfloat16)
    return BenchmarkRow(
      name: "head forward and backward, 64 x 256 tokens x 384 -> 250000, extra memory",
      measured: try measureMemory(head).gigabytes, reference: 1.5, unit: "GB")
  }

  /// Time and extra memory of forward and backward with texts of 64 tokens.
  private static func measureGrowth(
    textCount: Int, vocabularySize: Int
  ) throws -> [BenchmarkRow] {
    let head = try HeadCase(
      textCount: textCount, textLength: 64, width: 384, vocabularySize: vocabularySize,
      dtype: .bfloat16)
    let (duration, gigabytes) = try measureMemory(head)
    let name = "head growth, \(textCount) x 64 tokens x 384 -> \(vocabularySize)"
    return [
      BenchmarkRow(name: "\(name), time", measured: duration, unit: "seconds"),
      BenchmarkRow(name: "\(name), extra memory", measured: gigabytes, unit: "GB"),
    ]
  }

  /// The time of one forward and backward pass, and the memory it needs beyond its inputs.
  private static func measureMemory(
    _ head: HeadCase
  ) throws -> (seconds: Double, gigabytes: Double) {
    try ResidentMemory.resetPeak()
    let before = ResidentMemory.current
    let duration = try seconds(head.runForwardAndBackward)
    return (duration, Double(ResidentMemory.peak - before) / 1e9)
  }
}
