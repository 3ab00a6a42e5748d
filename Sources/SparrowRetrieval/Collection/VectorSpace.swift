public import Foundation
public import SparrowCore
import SparrowIndex
import SparrowModelFiles
public import SparrowModels

/// What decides the vector of a text: the encoder, by its contents, and the settings of encoding.
///
/// Vectors of equal spaces can be compared; an index keeps the space it is in, so that queries are
/// encoded like its documents.
public struct VectorSpace: Sendable, Hashable {
  /// What turns texts into vectors.
  public enum Encoder: Sendable, Hashable {
    /// BM25, whose statistics are kept with the index.
    case bm25
    /// The model in a folder, known by its contents.
    case model(folder: String, ModelFingerprint)
  }

  /// What turns texts into vectors.
  public var encoder: Encoder
  /// The number format of the computation.
  public var precision: ComputePrecision
  /// At how many tokens texts are cut; nil is the model's own limit.
  public var maximumLength: Int?
  /// How many weights of a text are kept at most; nil keeps all.
  public var maximumActiveDimensions: Int?

  /// The space of BM25.
  public static func bm25(maximumActiveDimensions: Int? = nil) -> VectorSpace {
    VectorSpace(
      encoder: .bm25, precision: .float32, maximumActiveDimensions: maximumActiveDimensions)
  }

  /// The space of a model.
  ///
  /// - Parameters:
  ///   - folder: the model's folder.
  ///   - precision: the number format of the computation.
  ///   - maximumLength: at how many tokens texts are cut; nil is the model's own limit.
  ///   - maximumActiveDimensions: how many weights of a text are kept at most; nil keeps all.
  ///   - known: a space whose model may be the same, to save reading unchanged files.
  /// - Returns: the space.
  /// - Throws: as ``ModelFingerprint/init(of:reusing:)``.
  public static func model(
    in folder: URL, precision: ComputePrecision = .float32, maximumLength: Int? = nil,
    maximumActiveDimensions: Int? = nil, reusing known: VectorSpace? = nil
  ) throws -> VectorSpace {
    var fingerprint: ModelFingerprint?
    if case .model(_, let earlier)? = known?.encoder { fingerprint = earlier }
    return VectorSpace(
      encoder: .model(
        folder: folder.standardizedFileURL.path,
        try ModelFingerprint(of: folder, reusing: fingerprint)),
      precision: precision,
      maximumLength: maximumLength, maximumActiveDimensions: maximumActiveDimensions)
  }

  /// The options by which texts are encoded in this space.
  public func options(_ progress: ProgressReporter? = nil) -> EncodingOptions {
    EncodingOptions(maxActiveDimensions: maximumActiveDimensions, progress: progress)
  }

  /// Whether vectors of both can be compared: where a model lies makes no difference.
  public static func == (left: Self, right: Self) -> Bool { left.identity == right.identity }

  /// Hashes what is compared.
  public func hash(into hasher: inout Hasher) { hasher.combine(identity) }

  /// What is compared, as text.
  package var identity: String {
    let name =
      switch encoder {
      case .bm25: "bm25"
      case .model(_, let fingerprint): fingerprint.text
      }
    let limits = [maximumLength, maximumActiveDimensions].map { $0.map(String.init) ?? "none" }
    return ([name, precision.rawValue] + limits).joined(separator: " ")
  }
}

extension VectorSpace {
  /// The space as members of a JSON object.
  var members: [(String, JSONValue)] {
    let (model, files): (JSONValue, JSONValue) =
      switch encoder {
      case .bm25: ("bm25", .null)
      case .model(let folder, let fingerprint): (.string(folder), fingerprint.json)
      }
    return [
      ("model", model), ("model_files", files), ("precision", .string(precision.rawValue)),
      ("max_length", maximumLength.map { .integer(Int64($0)) } ?? .null),
      ("max_active", maximumActiveDimensions.map { .integer(Int64($0)) } ?? .null),
    ]
  }

  /// Reads what ``members`` gives; nil when a member is missing or wrong.
  init?(_ value: JSONValue) {
    guard let model = value["model"]?.string, let files = value["model_files"],
      let precision = value["precision"]?.string.flatMap(ComputePrecision.init(rawValue:)),
      let maximumLength = Self.limit(value["max_length"]),
      let maximumActive = Self.limit(value["max_active"])
    else { return nil }
    if files.isNull {
      guard model == "bm25" else { return nil }
      encoder = .bm25
    } else {
      guard let fingerprint = ModelFingerprint(json: files) else { return nil }
      encoder = .model(folder: model, fingerprint)
    }
    self.precision = precision
    self.maximumLength = maximumLength
    maximumActiveDimensions = maximumActive
  }

  /// A limit, or null for none; nil when it is something else.
  private static func limit(_ value: JSONValue?) -> Int?? {
    guard let value else { return nil }
    if value.isNull { return .some(nil) }
    return value.int.map { $0 }
  }
}
