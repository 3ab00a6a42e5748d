public import Foundation
import SparrowCore

/// How rows are laid out in a file; each may also be compressed with gzip.
public enum DatasetFormat: String, Sendable, Hashable, CaseIterable {
  /// One JSON object a line.
  case jsonLines
  /// Values separated by commas, quoted as in RFC 4180, below a header.
  case csv
  /// Values separated by tabs, quoted as in RFC 4180, below a header.
  case tsv
  /// One text a line, in a single column named `text`.
  case text

  /// File name endings, without `.gz`.
  public var fileExtensions: [String] {
    switch self {
    case .jsonLines: ["jsonl", "json", "ndjson"]
    case .csv: ["csv"]
    case .tsv: ["tsv"]
    case .text: ["txt"]
    }
  }

  /// Recognises a format by the ending of a file's name, nil when it is none of these.
  public init?(_ url: URL) {
    let plain = url.pathExtension.lowercased() == "gz" ? url.deletingPathExtension() : url
    let ending = plain.pathExtension.lowercased()
    guard let format = Self.allCases.first(where: { $0.fileExtensions.contains(ending) }) else {
      return nil
    }
    self = format
  }

  /// Recognises a format and says which there are when it cannot.
  static func recognise(_ url: URL) throws(DataError) -> DatasetFormat {
    if let format = DatasetFormat(url) { return format }
    let endings = allCases.flatMap(\.fileExtensions).map { ".\($0)" }.joined(separator: ", ")
    throw DataError(
      .usage, "A dataset's file name must end in one of \(endings), each also with '.gz'.",
      at: FileLocation(path: url.path))
  }
}

/// What is read from the files of a dataset and how.
public struct DatasetReadingOptions: Sendable, Hashable {
  /// The layout; nil, the default, goes by the ending of the file's name.
  public var format: DatasetFormat?
  /// The columns to read, in this order; nil, the default, reads all in the order of the file.
  public var columns: [String]?
  /// The names of the columns of a CSV or TSV file without a header; nil, the default, expects one.
  public var columnNames: [String]?
  /// Whether `"` encloses values in CSV and TSV files; true by default.
  public var usesQuotes = true
  /// The columns of CSV and TSV files that hold numbers; the label columns by default.
  ///
  /// They may also hold `true`, `false`, or lists of numbers in brackets. All others hold text.
  public var numericColumns = Set(Dataset.labelNames)

  /// Makes the default options.
  public init() {}
}
