import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowNN
import SparrowTensor
import SparrowTestSupport
import Testing

@testable import SparrowModels
@testable import SparrowText

/// Small random models of each family against what the reference computes with them
/// (`Tools/make_family_fixtures.py`): texts of 1 to the most tokens, packed here and padded there.
@Suite struct FamilyTests {
  static let names = ["bert", "roberta", "xlm-roberta", "distilbert", "mpnet", "modernbert"]

  /// A model's parameters and what is expected of it.
  private struct Fixture {
    let family: any TransformerFamily
    let registry: ParameterRegistry
    let expected: SafetensorsFile

    init(_ name: String) throws {
      let folder = Fixtures.url("families/\(name)")
      let url = folder.appendingPathComponent("config.json")
      family = try TransformerFamilies.family(
        of: try #require(JSONValue(contentsOf: url).object), path: url.path)
      registry = ParameterRegistry(
        source: try WeightFiles(folder: folder, basePrefix: type(of: family).basePrefix))
      expected = try SafetensorsFile(
        contentsOf: folder.appendingPathComponent("expected.safetensors"))
    }

    var scope: ParameterScope { ParameterScope(registry) }

    func tokens(_ prefix: String = "") throws -> TokenBatch {
      let ids = try expected.tensor(prefix + "ids").values(as: Int64.self)
      let types = try expected.tensor(prefix + "types").values(as: Int64.self)
      var batch = TokenBatch()
      var start = 0
      for length in try expected.tensor("lengths").values(as: Int64.self).map(Int.init) {
        let text = start..<(start + length)
        for type in [Int32(0), 1] {
          let part = text.filter { types[$0] == Int64(type) }.map { TokenID(ids[$0]) }
          batch.append(ids: part[...], typeID: type)
        }
        batch.endText()
        start += length
      }
      return batch
    }

    /// Expects numbers within a tolerance, and gradients of all parameters within 1e-4.
    func expect(_ found: Tensor, equals name: String, absolute: Double) throws {
      let reference = try expected.tensor(name)
      #expect(found.shape == reference.shape)
      let difference = compare(
        try found.values(as: Double.self), with: try reference.values(as: Double.self),
        absolute: absolute)
      #expect(difference.isWithinTolerance, "\(name): \(difference)")
    }

    func expectGradients(of logits: Tensor, scale: Double) throws {
      let (rows, columns) = (logits.shape[0], logits.shape[1])
      let weights = matrixElements(rows, columns) { Float(($0 * 7 + $1 * 3) % 11 - 5) }
      try ((logits * Tensor(weights, shape: [rows, columns])).sum() * scale).backward()
      let prefix = "gradient."
      let names = expected.entries.map(\.name).filter { $0.hasPrefix(prefix) }
      #expect(registry.parameters.map { prefix + $0.name }.sorted() == names.sorted())
      for parameter in registry.parameters {
        try expect(
          try #require(parameter.tensor.gradient), equals: prefix + parameter.name, absolute: 1e-4)
      }
    }
  }

  /// The logits that ``SpladePooling`` never stores.
  private func logits(
    _ model: any MaskedLanguageModel, _ batch: TokenBatch
  ) throws -> Tensor {
    let states = try model(PackedTokens(batch), precision: .float32, dropout: nil)
    let products = try states.matmul(model.decoderWeight.tensor.transposed(0, 1))
    return try model.decoderBias.map { try products + $0.tensor } ?? products
  }

  @Test(arguments: names)
  func `hidden states, logits and gradients are the reference's`(_ name: String) throws {
    let fixture = try Fixture(name)
    let model = try fixture.family.makeMaskedLanguageModel(fixture.scope, initializesHead: false)
    let batch = try fixture.tokens()
    #expect(batch.longestTextCount == fixture.family.maximumTokenCount)
    let hidden = try withoutGradients {
      try model.encoder(PackedTokens(batch), precision: .float32, dropout: nil)
    }
    try fixture.expect(hidden, equals: "hidden", absolute: 2e-5)
    let found = try logits(model, batch)
    try fixture.expect(found, equals: "logits", absolute: 2e-5)
    try fixture.expectGradients(of: found, scale: 1.0 / 64)
  }

  @Test(arguments: names)
  func `a padding token inside a text is a token like others`(_ name: String) throws {
    let fixture = try Fixture(name)
    let model = try fixture.family.makeMaskedLanguageModel(fixture.scope, initializesHead: false)
    let found = try withoutGradients { try logits(model, fixture.tokens("padding_token.")) }
    try fixture.expect(found, equals: "padding_token.logits", absolute: 2e-5)
  }

  @Test(arguments: names)
  func `classification logits and gradients are the reference's`(_ name: String) throws {
    let fixture = try Fixture(name + "-classifier")
    let labelCount = try fixture.expected.tensor("logits").shape[1]
    let model = try fixture.family.makeClassifier(
      fixture.scope, labelCount: labelCount, initializesHead: false)
    let found = try model(PackedTokens(fixture.tokens()), precision: .float32)
    try fixture.expect(found, equals: "logits", absolute: 2e-5)
    try fixture.expectGradients(of: found, scale: 1)
  }

  @Test(arguments: names)
  func `a headless model reads the weights of one with a head`(_ name: String) throws {
    let fixture = try Fixture(name)
    let model = try fixture.family.makeHeadlessModel(fixture.scope)
    let hidden = try withoutGradients {
      try model(PackedTokens(fixture.tokens()), precision: .float32, dropout: nil)
    }
    try fixture.expect(hidden, equals: "hidden", absolute: 2e-5)
  }

  @Test(arguments: names)
  func `states in bfloat16 stay near`(_ name: String) throws {
    let fixture = try Fixture(name)
    let model = try fixture.family.makeHeadlessModel(fixture.scope)
    let hidden = try withoutGradients {
      try model(PackedTokens(fixture.tokens()), precision: .bfloat16, dropout: nil)
    }
    #expect(hidden.dtype == .bfloat16)
    try fixture.expect(hidden.to(.float32), equals: "hidden", absolute: 0.2)
  }

  @Test(arguments: names)
  func `rows up to a round number change neither states nor gradients`(_ name: String) throws {
    let batch = try Fixture(name).tokens()
    #expect(PackedTokens.roundedRowCount(batch.tokenCount) > batch.tokenCount)
    let found = try [false, true].map { roundsUp in
      let fixture = try Fixture(name)
      let model = try fixture.family.makeMaskedLanguageModel(
        fixture.scope, initializesHead: false)
      let tokens = try PackedTokens(batch, roundsUp: roundsUp)
      let states = try model(tokens, precision: .float32, dropout: nil)
      try (states.squared().sum() * (1.0 / 256)).backward()
      return (states: states, parameters: fixture.registry.parameters)
    }
    #expect(try found[0].states.isNear(found[1].states, absolute: 1e-6))
    for (plain, rounded) in zip(found[0].parameters, found[1].parameters) {
      guard let gradient = plain.tensor.gradient else { continue }
      let other = try #require(rounded.tensor.gradient)
      #expect(try gradient.isNear(other, absolute: 1e-4), "\(plain.name)")
    }
  }

  @Test func `dropout changes states and leaves gradients finite`() throws {
    for name in Self.names {
      let fixture = try Fixture(name)
      let model = try fixture.family.makeHeadlessModel(fixture.scope)
      let tokens = try PackedTokens(fixture.tokens())
      let plain = try model(tokens, precision: .float32, dropout: nil)
      let dropped = try model(tokens, precision: .float32, dropout: DropoutStream(seed: 3))
      let hasDropout = name != "modernbert"  // whose configuration has none by default
      #expect(try plain.equals(dropped).all() != hasDropout, "\(name)")
      try dropped.squared().sum().backward()
      for parameter in fixture.registry.parameters {
        let sum = try parameter.tensor.gradient?.sum().item() ?? 0
        #expect(sum.isFinite, "\(name) \(parameter.name)")
      }
    }
  }

  @Test func `an unknown architecture is refused with the list of known ones`() throws {
    let object = (["model_type": "mamba"] as JSONValue).object
    #expect {
      try TransformerFamilies.family(of: try #require(object), path: "config.json")
    } throws: { error in
      let text = (error as? ModelError)?.description ?? ""
      return ["mamba", "bert", "distilbert", "roberta", "xlm-roberta", "mpnet", "modernbert"]
        .allSatisfy { text.contains($0) }
    }
  }
}

extension Tensor {
  fileprivate func isNear(_ other: Tensor, absolute: Float) throws -> Bool {
    guard shape == other.shape else { return false }
    let values = try zip(self.values(as: Float.self), other.values(as: Float.self))
    return values.allSatisfy { abs($0 - $1) <= absolute }
  }
}
