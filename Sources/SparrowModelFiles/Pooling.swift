public import SparrowCore

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
  package var configuration: JSONValue {
    let names = modes.map { JSONValue.string($0.rawValue) }
    return [
      "embedding_dimension": .integer(Int64(inputDimension)),
      "pooling_mode": names.count == 1 ? names[0] : .array(names),
      "include_prompt": .bool(includesPrompt),
    ]
  }
}
