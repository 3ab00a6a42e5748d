import Foundation
import SparrowCore
import SparrowData
import SparrowModelFiles
import SparrowModels
import SparrowNN
import SparrowTensor
import SparrowText
import SparrowTraining

/// Sparrow's side of the benchmarks; compare.py runs it in turn with the reference.
///
/// Usage: `sparrow-bench WORK --model DIR --collection DIR --count N [--precision fp32|bf16]
/// [--max-length N] [--rounds N] [--warmups N] [--threads N]`; prints one JSON object.
@main
struct SparrowBench {
  static func main() throws {
    let options = try BenchmarkOptions(CommandLine.arguments)
    try Torch.setThreadCount(options.threadCount)
    let collection = try BenchmarkTexts(folder: options.collection)
    let measurement: Measurement =
      switch options.work {
      case "tokenize": try tokenize(options, collection)
      case "encode": try encode(options, collection)
      case "query": try query(options, collection)
      case "train": try train(options, collection)
      default: throw BenchmarkError("unknown work '\(options.work)'")
      }
    FileHandle.standardOutput.write(measurement.json.data() + Data("\n".utf8))
  }

  private static func tokenize(
    _ options: BenchmarkOptions, _ collection: BenchmarkTexts
  ) throws -> Measurement {
    let tokenizer = try Tokenizer(folder: options.model)
    let inputs = try collection.documents(options.count).map { TokenizerInput($0) }
    let settings = TokenizationOptions(
      maximumLength: options.maximumLength, threadCount: options.threadCount)
    let seconds = try options.measure { _ = try tokenizer.encodeBatch(inputs, options: settings) }
    return Measurement(seconds: seconds, amount: inputs.count)
  }

  private static func encoder(_ options: BenchmarkOptions) throws -> SparseEncoder {
    let encoder = try SparseEncoder(folder: options.model)
    encoder.maximumLength = options.maximumLength
    encoder.precision = options.precision
    return encoder
  }

  private static func encode(
    _ options: BenchmarkOptions, _ collection: BenchmarkTexts
  ) throws -> Measurement {
    let encoder = try encoder(options)
    let texts = try collection.documents(options.count)
    let seconds = try options.measure(
      warmUp: { _ = try encoder.encodeDocuments(Array(texts.prefix(16))) },
      { _ = try encoder.encodeDocuments(texts) })
    return Measurement(seconds: seconds, amount: texts.count)
  }

  /// Inference-free models encode queries without the transformer.
  private static func queryEncoder(_ options: BenchmarkOptions) throws -> any SparseEncoding {
    let router = options.model.appendingPathComponent("router_config.json")
    return FileManager.default.fileExists(atPath: router.path)
      ? try StaticQueryEncoder(folder: options.model) : try encoder(options)
  }

  private static func query(
    _ options: BenchmarkOptions, _ collection: BenchmarkTexts
  ) throws -> Measurement {
    let encoder = try queryEncoder(options)
    let texts = try collection.pairs(options.count).map {
      $0.query.split(separator: " ").prefix(8).joined(separator: " ")
    }
    var position = 0
    let seconds = try options.measure {
      _ = try encoder.encode(
        [texts[position % texts.count]], role: .query, options: EncodingOptions())
      position += 1
    }
    return Measurement(seconds: seconds, amount: 1)
  }

  private static func train(
    _ options: BenchmarkOptions, _ collection: BenchmarkTexts
  ) throws -> Measurement {
    let encoder = try encoder(options)
    let batches = try collection.batches(options)
    let loss = try SpladeLoss(
      SparseMultipleNegativesRankingLoss(), documentRegularizerWeight: 3e-5,
      queryRegularizerWeight: 5e-5)
    let optimizer = try AdamW(
      groups: [
        ParameterGroup(parameters: encoder.namedParameters, learningRate: 2e-5, weightDecay: 0)
      ])
    let dropout = DropoutStream(seed: 42)
    var measurement = Measurement(seconds: 0, amount: 1)
    var position = 0
    measurement.seconds = try options.measure {
      let pairs = batches[position]
      position += 1
      let columns = [
        try encoder.tokenize(pairs.map(\.query), role: .query),
        try encoder.tokenize(pairs.map(\.document), role: .document),
      ]
      measurement.add(columns)
      let embeddings = try encoder.forward(
        columns, precision: options.precision, dropout: dropout)
      let parts = try loss.components(of: embeddings, labels: nil).map(\.value)
      try Tensor.stacked(parts).sum().backward()
      try GradientClipping.clip(encoder.parameters, to: 1)
      try optimizer.step(factor: 1)
      try optimizer.clearGradients()
    }
    return measurement
  }
}

/// What went wrong in a benchmark, in words.
struct BenchmarkError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
