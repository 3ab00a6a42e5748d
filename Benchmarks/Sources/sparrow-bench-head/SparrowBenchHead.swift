import Foundation
import SparrowCore
import SparrowTensor

/// Measures the fused SPLADE head by itself: its speed against libtorch's matrix product in the same
/// run, the memory of a vocabulary of 250,000, and how both grow.
///
/// Usage: `sparrow-bench-head [threads]`; prints a table, then one JSON object a row. The reference of
/// a speed is the rate of the product, of a size the 1.5 GB that it should stay below; rows of growth
/// have none.
@main
struct SparrowBenchHead {
  private static let roundCount = 9

  static func main() throws {
    if let threads = CommandLine.arguments.dropFirst().first.flatMap({ Int($0) }) {
      try Torch.setThreadCount(threads)
    }
    try TorchRandom.seed(1)
    print("\(Torch.threadCount) threads, libtorch \(Torch.version), \(Torch.cpuCapability)")
    var rows: [JSONValue] = []
    for dtype in [DType.bfloat16, .float32] {
      for width in [128, 384, 768] { rows.append(try compareSpeed(width: width, dtype: dtype)) }
    }
    rows.append(try measureLargeVocabulary())
    for vocabularySize in [30_000, 60_000, 125_000, 250_000] {
      rows += try measureGrowth(textCount: 32, vocabularySize: vocabularySize)
    }
    for textCount in [8, 32, 128, 512] {
      rows += try measureGrowth(textCount: textCount, vocabularySize: 30_522)
    }
    for row in rows { print(row.text()) }
  }

  /// 4,096 tokens in 32 texts and 30,522 entries, in turn with the product [4096,384] x [384,1024].
  private static func compareSpeed(width: Int, dtype: DType) throws -> JSONValue {
    let left = try randomTensor([4096, 384], dtype)
    let right = try randomTensor([1024, 384], dtype)
    let head = try HeadCase(
      textCount: 32, textLength: 128, width: width, vocabularySize: 30_522, dtype: dtype)
    var products: [Double] = []
    var heads: [Double] = []
    for _ in 0..<roundCount {
      products.append(try seconds { _ = try left.linear(weight: right) })
      heads.append(try seconds(head.runForward))
    }
    let productRate = 2 * 4096 * 384 * 1024 / median(products) / 1e9
    let rate = head.operationCount / median(heads) / 1e9
    let name = "head forward, 4096 x \(width) -> 30522, \(dtype)"
    print(
      "\(name): \(format(median(heads) * 1e3)) ms, \(format(rate)) GFLOP/s, "
        + "\(format(100 * rate / productRate)) % of the product's \(format(productRate))")
    return row(name, rate, reference: productRate, unit: "GFLOP/s", ratio: rate / productRate)
  }

  /// 64 texts of 256 tokens: what forward and backward need beyond their inputs.
  private static func measureLargeVocabulary() throws -> JSONValue {
    let head = try HeadCase(
      textCount: 64, textLength: 256, width: 384, vocabularySize: 250_000, dtype: .bfloat16)
    let (duration, gigabytes) = try measureMemory(head)
    let name = "head forward and backward, 64 x 256 tokens x 384 -> 250000, extra memory"
    print("\(name): \(format(gigabytes)) GB, in \(format(duration)) s")
    return row(name, gigabytes, reference: 1.5, unit: "GB", ratio: 1.5 / gigabytes)
  }

  /// Time and extra memory of forward and backward with texts of 64 tokens.
  private static func measureGrowth(textCount: Int, vocabularySize: Int) throws -> [JSONValue] {
    let head = try HeadCase(
      textCount: textCount, textLength: 64, width: 384, vocabularySize: vocabularySize,
      dtype: .bfloat16)
    let (duration, gigabytes) = try measureMemory(head)
    let name = "head growth, \(textCount) x 64 tokens x 384 -> \(vocabularySize)"
    print("\(name): \(format(duration * 1e3)) ms, \(format(gigabytes)) GB")
    return [
      row("\(name), time", duration, unit: "seconds"),
      row("\(name), extra memory", gigabytes, unit: "GB"),
    ]
  }

  /// Seconds of one forward and backward pass, and the gigabytes it needs beyond its inputs.
  private static func measureMemory(_ head: HeadCase) throws -> (Double, Double) {
    try ResidentMemory.resetPeak()
    let before = ResidentMemory.current
    let duration = try seconds(head.runForwardAndBackward)
    return (duration, Double(ResidentMemory.peak - before) / 1e9)
  }

  private static func seconds(_ body: () throws -> Void) throws -> Double {
    let duration = try ContinuousClock().measure(body)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  private static func median(_ numbers: [Double]) -> Double { numbers.sorted()[numbers.count / 2] }

  private static func row(
    _ name: String, _ measured: Double, reference: Double? = nil, unit: String,
    ratio: Double? = nil
  ) -> JSONValue {
    let number = { (value: Double?) in value.map { JSONValue.number($0) } ?? .null }
    return [
      "name": .string(name), "sparrow": .number(measured), "reference": number(reference),
      "unit": .string(unit), "ratio": number(ratio),
      "rss_ratio": unit == "GB" ? number(ratio) : .null,
    ]
  }

  private static func format(_ number: Double) -> String { String(format: "%.2f", number) }
}
