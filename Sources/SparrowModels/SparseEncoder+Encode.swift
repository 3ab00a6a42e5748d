import Foundation
public import SparrowCore
import SparrowModelFiles
public import SparrowText

extension SparseEncoder {
  /// Encodes search requests, each with the model's `query` prompt before it.
  public func encodeQueries(
    _ texts: [String], options: EncodingOptions = EncodingOptions()
  ) throws -> SparseMatrix {
    try encode(texts, role: .query, options: options)
  }

  /// Encodes texts to be found, each with the model's `document` prompt before it.
  public func encodeDocuments(
    _ texts: [String], options: EncodingOptions = EncodingOptions()
  ) throws -> SparseMatrix {
    try encode(texts, role: .document, options: options)
  }

  /// Encodes texts of a role, each with the role's prompt before it.
  public func encode(
    _ texts: [String], role: TextRole, options: EncodingOptions
  ) throws -> SparseMatrix {
    try encode(
      texts.map { TokenizerInput($0) }, role: role, options: options,
      activity: role == .query ? "Encoding queries" : "Encoding documents",
      unit: role == .query ? "queries" : "documents")
  }

  /// Encodes texts or pairs of texts without a role; the default prompt, if any, goes before them.
  public func encode(
    _ inputs: [TokenizerInput], options: EncodingOptions = EncodingOptions()
  ) throws -> SparseMatrix {
    try encode(
      inputs, role: nil, options: options, activity: "Encoding texts", unit: "texts")
  }

  /// The prompt of a role; documents also take one called `passage` or `corpus`, as in the
  /// reference.
  public func prompt(for role: TextRole) -> String { settings.prompt(for: role) }

  /// Turns texts of a role into packed tokens, cut at the model's maximum length.
  public func tokenize(_ texts: [String], role: TextRole?) throws -> TokenBatch {
    let prompt = role.map { self.prompt(for: $0) } ?? ""
    return try model(for: role).tokenize(
      texts.map { TokenizerInput(prompt + $0) }, task: role?.rawValue)
  }

  /// Encodes window after window, so that memory stays bounded whatever the number of texts.
  ///
  /// Within a window texts are sorted by length and batched up to a budget of tokens: texts of a
  /// batch then differ little in length, and a batch fits the processor's caches.
  private func encode(
    _ inputs: [TokenizerInput], role: TextRole?, options: EncodingOptions, activity: String,
    unit: String
  ) throws -> SparseMatrix {
    let model = try model(for: role)
    let limit = options.maxActiveDimensions ?? settings.maxActiveDimensions
    if let limit, limit < 1 {
      throw ModelError(
        .invalidArgument, "The limit of active dimensions must be at least 1; found \(limit).")
    }
    let prompt = settings.prompt(for: role)
    let inference = InferenceOptions(
      precision: precision, maxActiveDimensions: limit,
      promptTokenCount: model.promptTokenCount(prompt))
    var result = SparseMatrix(columnCount: model.dimension)
    for start in stride(from: 0, to: inputs.count, by: EncodingBatches.windowTextCount) {
      let window = inputs[start..<min(start + EncodingBatches.windowTextCount, inputs.count)]
      let tokens = try model.tokenize(
        window.map { TokenizerInput(prompt + $0.text, pair: $0.pair) }, task: role?.rawValue)
      let batches = EncodingBatches(tokens)
      var sorted = SparseMatrix(columnCount: model.dimension)
      for batch in batches.batches {
        try Task.checkCancellation()
        try sorted.append(try model.encode(tokens.selectingTexts(batch), options: inference))
        options.progress?(
          ProgressUpdate(
            activity: activity, completed: start + sorted.rowCount, total: inputs.count,
            unit: unit))
      }
      try result.append(sorted.selectingRows(batches.rowOfText))
    }
    return result
  }
}

/// How the texts of a window are grouped into batches.
struct EncodingBatches {
  /// Texts that are tokenised and sorted together.
  static let windowTextCount = 4096
  /// Tokens a batch may have; one text alone may have more.
  static let tokenBudget = 4096
  /// Texts a batch may have, which bounds the dense weights `[B, V]` of one batch.
  static let textBudget = 64

  /// Positions of texts, batch by batch, from long to short.
  let batches: [[Int]]
  /// For each text its place in the order of ``batches``.
  let rowOfText: [Int]

  init(_ tokens: TokenBatch) {
    let lengths = (0..<tokens.textCount).map { tokens.range(ofText: $0).count }
    let order = lengths.indices.sorted {
      lengths[$0] != lengths[$1] ? lengths[$0] > lengths[$1] : $0 < $1
    }
    var batches: [[Int]] = []
    var batch: [Int] = []
    var tokenCount = 0
    for text in order {
      if !batch.isEmpty,
        tokenCount + lengths[text] > Self.tokenBudget || batch.count == Self.textBudget
      {
        batches.append(batch)
        batch = []
        tokenCount = 0
      }
      batch.append(text)
      tokenCount += lengths[text]
    }
    if !batch.isEmpty { batches.append(batch) }
    var rowOfText = [Int](repeating: 0, count: lengths.count)
    for (row, text) in order.enumerated() { rowOfText[text] = row }
    self.batches = batches
    self.rowOfText = rowOfText
  }
}
