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

  /// Encodes texts without a role; the default prompt, if any, goes before them.
  public func encode(_ texts: [String], options: EncodingOptions) throws -> SparseMatrix {
    try encode(texts.map { TokenizerInput($0) }, options: options)
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
    let prompt = options.prompt ?? settings.prompt(for: role)
    let inference = InferenceOptions(
      precision: precision, maxActiveDimensions: limit,
      promptTokenCount: model.promptTokenCount(prompt))
    var windows = TextWindows(
      inputs, prompt: prompt, tokenizer: model.tokenizer,
      options: model.tokenizationOptions(task: role?.rawValue))
    var result = SparseMatrix(columnCount: model.dimension)
    while let window = try windows.next() {
      var sorted = SparseMatrix(columnCount: model.dimension)
      for batch in window.batches {
        try Task.checkCancellation()
        try sorted.append(
          try model.encode(window.tokens.selectingTexts(batch), options: inference))
        options.progress?(
          ProgressUpdate(
            activity: activity, completed: window.start + sorted.rowCount, total: inputs.count,
            unit: unit))
      }
      try result.append(sorted.selectingRows(window.rowOfText))
    }
    return result
  }
}
