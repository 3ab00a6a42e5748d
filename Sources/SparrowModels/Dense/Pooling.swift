import Foundation
public import SparrowCore
public import SparrowModelFiles
public import SparrowTensor

/// How the hidden states of a text's tokens become one vector.
///
/// Several modes give their vectors one after another. Reference class of the same name.
public struct Pooling: Sendable, Hashable {
  /// One way of pooling; the spellings are the reference's.
  public enum Mode: String, Sendable, Hashable, CaseIterable {
    /// The first token's state.
    case cls
    /// The largest value of each dimension.
    case max
    /// The mean of all states.
    case mean
    /// Their sum divided by the square root of their number.
    case meanSquareRootLength = "mean_sqrt_len_tokens"
    /// Their mean with weights 1, 2, 3, … by position.
    case weightedMean = "weightedmean"
    /// The last token's state.
    case lastToken = "lasttoken"
  }

  /// The ways of pooling whose vectors are put one after another.
  public var modes: [Mode]
  /// Width of the hidden states, `D`.
  public let inputDimension: Int
  /// Whether the tokens of a prompt take part.
  public var includesPrompt: Bool

  /// Makes a pooling of given width; the mean of all tokens by default.
  public init(inputDimension: Int, modes: [Mode] = [.mean], includesPrompt: Bool = true) {
    self.modes = modes
    self.inputDimension = inputDimension
    self.includesPrompt = includesPrompt
  }

  /// The size of the vectors.
  public var dimension: Int { modes.count * inputDimension }

  /// Pools the states of packed texts.
  ///
  /// - Parameters:
  ///   - states: `[T, D]`, the texts one after another.
  ///   - offsets: where each text begins, and at the end `T`.
  ///   - promptTokenCount: how many tokens of each text belong to a prompt; they are left out unless
  ///     ``includesPrompt``.
  /// - Returns: `[B, modes · D]`, float32, or float64 for states in float64; zeros for a text of which
  ///   no token is left.
  /// - Throws: `TensorError` when shapes do not fit.
  public func callAsFunction(
    _ states: Tensor, offsets: [Int], promptTokenCount: Int = 0
  ) throws(TensorError) -> Tensor {
    let states = states.dtype == .float64 ? states : try states.to(.float32)
    let skipped = includesPrompt ? 0 : promptTokenCount
    var rows: [Tensor] = []
    for (start, end) in zip(offsets, offsets.dropFirst()) {
      guard end - start > skipped else {
        rows.append(try Tensor.zeros([dimension], dtype: states.dtype).to(states.device))
        continue
      }
      let text = try states.narrowed(0, (start + skipped)..<end)  // [L, D]
      var parts: [Tensor] = []
      for mode in modes { parts.append(try pool(text, mode, skipped: skipped)) }
      rows.append(parts.count == 1 ? parts[0] : try Tensor.concatenated(parts))
    }
    guard !rows.isEmpty else { return try Tensor.zeros([0, dimension], dtype: states.dtype) }
    return try Tensor.stacked(rows)
  }

  /// One vector `[D]` of a text's states `[L, D]`, before which `skipped` tokens were left out.
  private func pool(
    _ text: Tensor, _ mode: Mode, skipped: Int
  ) throws(TensorError) -> Tensor {
    let count = text.shape[0]
    switch mode {
    case .cls: return try text.narrowed(0, 0..<1).squeezed(0)
    case .lastToken: return try text.narrowed(0, (count - 1)..<count).squeezed(0)
    case .max: return try text.maximum(along: 0).values
    case .mean: return try text.mean(0)
    case .meanSquareRootLength: return try text.sum(0) / Double(count).squareRoot()
    case .weightedMean:
      let positions = try Tensor.range((skipped + 1)..<(skipped + count + 1), dtype: text.dtype)
        .to(text.device)
      return try (text * positions.unsqueezed(1)).sum(0) / positions.sum()
    }
  }
}

extension Pooling {
  /// The switches of old files, one for each mode, in the order in which vectors are put together.
  private static let oldKeys: [(key: String, mode: Mode)] = [
    ("pooling_mode_cls_token", .cls), ("pooling_mode_max_tokens", .max),
    ("pooling_mode_mean_tokens", .mean),
    ("pooling_mode_mean_sqrt_len_tokens", .meanSquareRootLength),
    ("pooling_mode_weightedmean_tokens", .weightedMean), ("pooling_mode_lasttoken", .lastToken),
  ]

  /// Reads the stage's `config.json`, new or old; unknown keys are errors.
  ///
  /// - Parameters:
  ///   - object: the file's content.
  ///   - path: the file, for messages.
  ///   - width: the width of the hidden states, which the file must agree with.
  /// - Throws: ``ModelError`` naming the key that is wrong.
  public init(_ object: JSONObject, path: String, width: Int) throws(ModelError) {
    let known =
      ["embedding_dimension", "word_embedding_dimension", "pooling_mode", "include_prompt"]
      + Self.oldKeys.map(\.key)
    if let unknown = object.keys.first(where: { !known.contains($0) }) {
      throw ModelError(
        .invalidConfiguration, "Unknown key; Pooling knows \(known.joined(separator: ", ")).",
        at: FileLocation(path: path, item: unknown))
    }
    let reader = ConfigurationReader(object: object, path: path)
    for key in ["embedding_dimension", "word_embedding_dimension"] {
      let stated = try reader.int(key, default: width, in: 1...Int.max)
      guard stated == width else {
        throw reader.wrong(key, "the width of the hidden states, \(width)", .integer(Int64(stated)))
      }
    }
    let includesPrompt = try reader.bool("include_prompt", default: true)
    var modes: [Mode] = []
    if let stated = object["pooling_mode"], !stated.isNull {
      for name in stated.array ?? [stated] {
        guard let mode = name.string.flatMap(Mode.init(rawValue:)) else {
          let names = Mode.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
          throw reader.wrong("pooling_mode", "one or several of \(names)", stated)
        }
        modes.append(mode)
      }
    } else {
      for (key, mode) in Self.oldKeys where try reader.bool(key, default: false) {
        modes.append(mode)
      }
    }
    self.init(
      inputDimension: width, modes: modes.isEmpty ? [.mean] : modes, includesPrompt: includesPrompt)
  }

  /// The stage's `config.json` as the reference writes it.
  var configuration: JSONValue {
    let names = modes.map { JSONValue.string($0.rawValue) }
    return [
      "embedding_dimension": .integer(Int64(inputDimension)),
      "pooling_mode": names.count == 1 ? names[0] : .array(names),
      "include_prompt": .bool(includesPrompt),
    ]
  }

  /// The stage for a list of modules.
  var stage: ModelStage {
    let configuration = configuration
    return ModelStage(kind: .pooling) { folder in
      try AtomicFile.write(
        configuration.data(JSONFormat(indent: 4)), to: folder.appendingPathComponent("config.json"))
    }
  }
}
