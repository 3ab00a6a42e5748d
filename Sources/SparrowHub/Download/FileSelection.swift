/// Which files of a repository are meant, by patterns such as `*.json` or `onnx/*`.
///
/// `*` stands for any characters, slashes too, `?` for one; as in the Python library, a pattern that
/// ends with a slash means everything below.
public struct FileSelection: Sendable, Hashable {
  /// Files must match one of these; none means every file.
  public var included: [String]
  /// Files that match one of these are left out.
  public var excluded: [String]

  /// Makes a selection.
  public init(including included: [String] = [], excluding excluded: [String] = []) {
    self.included = included
    self.excluded = excluded
  }

  /// Every file.
  public static let all = FileSelection()

  /// What loading a model needs: configurations, vocabularies and safetensors weights.
  public static let model = FileSelection(
    including: ["*.json", "*.txt", "*.model", "*.safetensors"],
    excluding: ["onnx/*", "openvino/*", "*/onnx/*", "*/openvino/*", "checkpoint-*"])

  /// What can be read of a data set: JSON lines, CSV, TSV and text, also compressed.
  public static let dataset = FileSelection(
    including: ["jsonl", "json", "csv", "tsv", "txt"].flatMap { ["*.\($0)", "*.\($0).gz"] })

  /// Whether a file is meant.
  public func contains(_ path: String) -> Bool {
    func matches(_ pattern: String) -> Bool {
      Self.matches(
        Array((pattern.hasSuffix("/") ? pattern + "*" : pattern).utf8)[...], Array(path.utf8)[...])
    }
    return (included.isEmpty || included.contains(where: matches))
      && !excluded.contains(where: matches)
  }

  /// Matches by going back to the last star only: linear for one star, never exponential.
  private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
    var (place, position) = (pattern.startIndex, text.startIndex)
    var star: (place: Int, position: Int)?
    while position < text.endIndex {
      if place < pattern.endIndex, pattern[place] == UInt8(ascii: "*") {
        star = (place, position)
        place += 1
      } else if place < pattern.endIndex,
        pattern[place] == UInt8(ascii: "?") || pattern[place] == text[position]
      {
        place += 1
        position += 1
      } else if let last = star {
        star?.position += 1
        (place, position) = (last.place + 1, last.position + 1)
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
