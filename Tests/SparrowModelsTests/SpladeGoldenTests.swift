import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowModels
import SparrowNN
import SparrowTensor
import SparrowTestSupport
import SparrowText
import Testing

/// Runs only when the demo model is there (`make setup`).
@Suite(
  .enabled(if: Fixtures.model("splade-tiny") != nil, "needs .models/splade-tiny; run make setup"))
struct SpladeGoldenTests {
  private let encoder: SparseEncoder
  private let model: SpladeModel
  private let golden: JSONValue

  init() throws {
    encoder = try SparseEncoder(folder: try #require(Fixtures.model("splade-tiny")))
    model = try #require(try encoder.model(for: nil) as? SpladeModel)
    golden = try Fixtures.golden("splade_encode")
  }

  private func text(_ entry: JSONValue) throws -> String {
    if let repeated = entry["repeat"]?.array, repeated.count == 2 {
      return String(
        repeating: try #require(repeated[0].string), count: try #require(repeated[1].int))
    }
    return try #require(entry["text"]?.string)
  }

  private func texts() throws -> [String] {
    try #require(golden["texts"]?.array).map(text)
  }

  /// Weights above the tolerance must agree in place and value; smaller ones may come and go.
  private func expect(
    _ found: SparseVector, equals expected: JSONValue?, tolerance: Float = 2e-5, _ name: String
  ) throws {
    let indices = try #require(expected?["indices"]?.array).compactMap(\.int)
    let weights = try #require(expected?["weights"]?.array).compactMap(\.double)
    try #require(indices.count == weights.count)
    var difference = found.dense
    for (index, weight) in zip(indices, weights) { difference[index] -= Float(weight) }
    let worst = difference.indices.max { abs(difference[$0]) < abs(difference[$1]) } ?? 0
    #expect(
      abs(difference[worst]) <= tolerance, "\(name): term \(worst) differs by \(difference[worst])")
  }

  @Test(arguments: ComputePrecision.allCases)
  func `sparse rows are the dense weights, also after these change`(
    _ precision: ComputePrecision
  ) throws {
    let batch = try encoder.tokenize(try texts(), role: nil)
    var counts: [Int] = []
    for change in [0.0, 0.5] {
      let bias = try #require(model.transformer.decoderBias)
      try withoutGradients { try bias.tensor.copy(from: bias.tensor + change) }
      bias.invalidate()
      let dense = try withoutGradients { try model(batch, precision: precision) }
      let rows = try model.encode(batch, options: InferenceOptions(precision: precision))
      counts.append(rows.indices.count)
      #expect(rows.rowCount == batch.textCount)
      let values = try dense.values(as: Float.self)
      let tolerance: Float = precision == .float32 ? 0 : 0.02
      for row in 0..<rows.rowCount {
        let expected = values[(row * model.dimension)..<((row + 1) * model.dimension)]
        let worst = zip(rows[row].dense, expected).map { abs($0 - $1) }.max()
        #expect(try #require(worst) <= tolerance)
      }
    }
    #expect(counts[1] > counts[0])
  }

  @Test func `every golden text gives the reference's weights`() throws {
    let entries = try #require(golden["texts"]?.array)
    let rows = try encoder.encode(try texts().map { TokenizerInput($0) })
    #expect(rows.rowCount == 19)
    for (row, entry) in entries.enumerated() {
      let name = entry["name"]?.string ?? "\(row)"
      try expect(rows[row], equals: entry["relu_max"], name)
      let terms = encoder.decode(rows[row], count: 10)
      let expected = try #require(entry["decode_top10"]?.array)
      #expect(terms.count == expected.count)
      for (term, pair) in zip(terms, expected) where expected.count == 10 {
        #expect(abs(Double(term.weight) - (pair.array?[1].double ?? -1)) <= 2e-5, "\(name)")
        #expect(term.term == pair.array?[0].string, "\(name)")
      }
      let sparsity = Sparsity(
        of: try SparseMatrix(columnCount: rows.columnCount, rows: [rows[row]]))
      #expect(sparsity.activeDimensions == entry["sparsity"]?["active_dims"]?.double)
      #expect(sparsity.sparsityRatio == entry["sparsity"]?["sparsity_ratio"]?.double)
    }
  }

  @Test func `the other activations and poolings give the reference's weights`() throws {
    let variants: [(String, SpladePooling)] = [
      ("relu_sum", SpladePooling(strategy: .sum)),
      ("log1p_relu_max", SpladePooling(activation: .log1pRelu)),
      ("log1p_relu_sum", SpladePooling(strategy: .sum, activation: .log1pRelu)),
    ]
    let entries = try #require(golden["texts"]?.array)
    for (name, pooling) in variants {
      let variant = try #require(golden["variants"]?[name]?.object)
      model.pooling = pooling
      for (textName, expected) in variant.members {
        let entry = try #require(entries.first { $0["name"]?.string == textName })
        let row = try encoder.encode([TokenizerInput(try text(entry))])[0]
        try expect(row, equals: expected, tolerance: 1e-4, "\(name) \(textName)")
      }
    }
  }

  @Test func `hidden states and logits of a short text agree`() throws {
    let tokens = try PackedTokens(encoder.tokenize(["hello world"], role: nil))
    let hidden = try withoutGradients {
      try model.transformer.encoder(tokens, precision: .float32, dropout: nil)
    }
    let layers = try #require(golden["debug_short"]?["hidden_states_first8"]?.array)
    let last = try #require(layers.last?.array)
    let expected = last.flatMap { $0.array?.compactMap(\.double) ?? [] }
    let found = try hidden.narrowed(1, 0..<8).values(as: Double.self)
    let difference = compare(found, with: expected, absolute: 1e-4)
    #expect(difference.isWithinTolerance, "\(difference)")
  }

  @Test func `a pair of texts is one input`() throws {
    let pair = try #require(golden["pair"])
    let texts = try #require(pair["texts"]?.array).compactMap(\.string)
    let row = try encoder.encode([TokenizerInput(texts[0], pair: texts[1])])[0]
    try expect(row, equals: pair["relu_max"], "pair")
  }

  @Test func `a prompt goes before the text`() throws {
    let prompt = try #require(golden["prompt"]?["prompt"]?.string)
    encoder.settings.prompts["query"] = prompt
    let sentence = try #require(
      golden["texts"]?.array?.first { $0["name"]?.string == "sentence" })
    let row = try encoder.encodeQueries([try text(sentence)])[0]
    try expect(row, equals: golden["prompt"]?["relu_max"], "prompt")
  }

  @Test func `a long text is cut at the maximum length`() throws {
    let ids = try #require(golden["truncated_to_8"]?["input_ids"]?.array).compactMap(\.int)
    encoder.maximumLength = 8
    let matching = try texts().first {
      try encoder.tokenize([$0], role: nil).tokenIDs.map(Int.init) == ids
    }
    let row = try encoder.encode([TokenizerInput(try #require(matching))])[0]
    try expect(row, equals: golden["truncated_to_8"]?["relu_max"], "truncated")
  }

  @Test func `limited vectors keep their heaviest terms`() throws {
    let doc = try #require(golden["texts"]?.array?.first { $0["name"]?.string == "doc" })
    let limits = try #require(golden["max_active_dims"]?.object)
    for (limit, expected) in limits.members {
      let options = EncodingOptions(maxActiveDimensions: Int(limit))
      let row = try encoder.encode([TokenizerInput(try text(doc))], options: options)[0]
      try expect(row, equals: expected, limit)
    }
  }

  @Test func `similarities agree`() throws {
    let block = try #require(golden["similarity"])
    let names = try #require(block["names"]?.array).compactMap(\.string)
    let entries = try #require(golden["texts"]?.array)
    let inputs = try names.map { name in
      try text(try #require(entries.first { $0["name"]?.string == name }))
    }
    let rows = try encoder.encode(inputs.map { TokenizerInput($0) })
    for function in SimilarityFunction.allCases {
      encoder.settings.similarity = function
      let expected = try #require(block[function.rawValue]?.array)
        .flatMap { $0.array?.compactMap(\.double) ?? [] }
      let found = try encoder.similarity(rows, rows).flatMap { $0.map(Double.init) }
      let difference = compare(found, with: expected, absolute: 1e-4, relative: 1e-5)
      #expect(difference.isWithinTolerance, "\(function): \(difference)")
    }
  }

  @Test func `the intersection of two texts agrees`() throws {
    let entries = try #require(golden["texts"]?.array)
    let rows = try encoder.encode(
      ["sentence", "doc"].map { name in
        TokenizerInput(try text(try #require(entries.first { $0["name"]?.string == name })))
      })
    try expect(
      rows[0].intersection(rows[1]), equals: golden["intersection"]?["sentence_x_doc"],
      tolerance: 1e-4, "intersection")
  }

  @Test func `an encoding does not depend on its company`() throws {
    let all = try encoder.encode(try texts().map { TokenizerInput($0) })
    for (row, text) in try texts().enumerated() {
      let alone = try encoder.encode([TokenizerInput(text)])[0]
      let difference = compare(
        alone.dense.map(Double.init), with: all[row].dense.map(Double.init), absolute: 2e-5)
      #expect(difference.isWithinTolerance, "\(row): \(difference)")
    }
  }
}
