import Foundation
import SparrowCore
import SparrowModels
import SparrowTensor
import SparrowTestSupport
import SparrowTraining

@testable import SparrowNN
@testable import SparrowText

/// A tiny encoder: the mean of word vectors, dropout, a linear layer, `log1p(relu(x))`.
final class StubEncoder: TrainableEncoder {
  static let wordCount = 40
  static let width = 6
  static let dimension = 24

  let table: Parameter
  let weight: Parameter
  let bias: Parameter
  /// Probability of dropping an element of a mean vector.
  var dropoutProbability = 0.1
  /// Called before anything is saved.
  var beforeSaving: () throws -> Void = {}
  private(set) var forwardCount = 0
  private(set) var usedRoutes: [String?] = []
  var routeNames: [String] = []

  init(seed: UInt64 = 1) throws {
    // Not libtorch's generator: it is shared by all tests, which run side by side.
    var generator = MersenneTwister(seed: seed)
    func parameter(_ name: String, _ shape: [Int], deviation: Double) throws -> Parameter {
      let values = (0..<shape.reduce(1, *)).map { _ in
        Float((Double(generator.next()) / Double(UInt32.max) - 0.5) * 3.4 * deviation)
      }
      return try Parameter(name: name, tensor: Tensor(values, shape: shape))
    }
    table = try parameter("table.weight", [Self.wordCount, Self.width], deviation: 1)
    weight = try parameter("head.weight", [Self.dimension, Self.width], deviation: 1)
    bias = try parameter("head.bias", [Self.dimension], deviation: 0.1)
  }

  var parameters: [Parameter] { [table, weight, bias] }
  var namedParameters: [NamedParameter] {
    parameters.map { NamedParameter(name: "0." + $0.name, parameter: $0) }
  }

  func trainingTokenizer(route: String?) throws -> TrainingTokenizer {
    { texts in
      var batch = TokenBatch()
      for text in texts {
        let ids = text.split(separator: " ").map { word in
          TokenID(word.unicodeScalars.reduce(7) { ($0 &* 31 &+ Int($1.value)) % Self.wordCount })
        }
        batch.append(ids: (ids.isEmpty ? [0] : ids)[...], typeID: 0)
        batch.endText()
      }
      return batch
    }
  }

  func trainingForward(
    _ columns: [EncoderColumn], precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> [Tensor] {
    forwardCount += 1
    usedRoutes = columns.map(\.route)
    return try columns.map { column in
      let vectors = try table.value(in: .float32).embedding(Tensor(column.tokens.tokenIDs))
      let sums = try Tensor(
        share(column.tokens), shape: [column.tokens.textCount, vectors.shape[0]])
      var means = try sums.matmul(vectors)
      if let dropout, dropoutProbability > 0 { means = try drop(means, dropout) }
      let logits = try means.linear(
        weight: weight.value(in: .float32), bias: bias.value(in: .float32))
      return try logits.relu().log1p()
    }
  }

  private func share(_ tokens: TokenBatch) -> [Float] {
    var shares = [Float](repeating: 0, count: tokens.textCount * tokens.tokenCount)
    for text in 0..<tokens.textCount {
      let range = tokens.range(ofText: text)
      for token in range { shares[text * tokens.tokenCount + token] = 1 / Float(range.count) }
    }
    return shares
  }

  private func drop(_ input: Tensor, _ dropout: DropoutStream) throws -> Tensor {
    let (seed, place) = dropout.next()
    var generator = MersenneTwister(seed: seed &* 1_000_003 &+ place)
    let mask = (0..<input.count).map { _ in
      Double(generator.next()) / Double(UInt32.max) < dropoutProbability
        ? Float(0) : Float(1 / (1 - dropoutProbability))
    }
    return try input * Tensor(mask, shape: input.shape)
  }

  func save(to folder: URL) throws {
    let url = folder.appendingPathComponent("model.safetensors")
    try SafetensorsWriter.write(parameters.map { ($0.name, $0.tensor) }, to: url)
    try beforeSaving()
  }

  func restoreParameters(from folder: URL) throws {
    let file = try SafetensorsFile(contentsOf: folder.appendingPathComponent("model.safetensors"))
    for parameter in parameters {
      try withoutGradients { try parameter.tensor.copy(from: file.tensor(parameter.name)) }
      parameter.invalidate()
    }
  }

  /// All values of all parameters.
  func values() throws -> [Float] {
    try parameters.flatMap { try $0.tensor.values(as: Float.self) }
  }
}
