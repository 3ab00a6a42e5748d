public import Foundation
import SparrowCore

extension BM25Encoder {
  /// The version of the file format that ``save(to:)`` writes.
  private static let formatVersion = 1
  private static let formatName = "sparrow-bm25"

  /// Writes the fitted statistics as one JSON file, replacing it in one step.
  ///
  /// - Throws: ``IndexError`` when the file cannot be written.
  public func save(to url: URL) throws(IndexError) {
    do throws(CoreError) {
      try AtomicFile.write(JSONValue.object(fileContents).data(.compact), to: url)
    } catch {
      throw IndexError(error)
    }
  }

  /// Reads statistics that ``save(to:)`` wrote.
  ///
  /// - Throws: ``IndexError`` when the file is missing, not JSON, of another format or version,
  ///   or when its numbers contradict each other.
  public init(contentsOf url: URL) throws(IndexError) {
    let value: JSONValue
    do throws(CoreError) {
      value = try JSONValue(contentsOf: url)
    } catch {
      throw IndexError(error)
    }
    let file = StatisticsFile(value: value, path: url.path)
    try file.checkFormat(name: Self.formatName, version: Self.formatVersion)
    let configuration = try file.configuration()
    let terms = try file.terms()
    let documentCount = try file.member("document_count", "a number of documents, 0 or more") {
      $0.int.flatMap { $0 >= 0 ? $0 : nil }
    }
    let averageLength = try file.member("average_length", "a number, 0 or more") {
      $0.double.flatMap { $0 >= 0 && $0.isFinite ? $0 : nil }
    }
    let frequencies = try file.frequencies(termCount: terms.count, documentCount: documentCount)
    self.init(
      configuration: configuration, documentCount: documentCount, averageLength: averageLength,
      terms: terms, documentFrequencies: frequencies)
  }

  private var fileContents: JSONObject {
    let stopWords: JSONValue =
      switch configuration.analyzer.stopWords {
      case .none: "none"
      case .english: "english"
      case .custom(let words):
        .array(words.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { .string($0) })
      }
    return JSONObject([
      ("format", .string(Self.formatName)),
      ("version", .integer(Int64(Self.formatVersion))),
      ("variant", .string(configuration.variant.rawValue)),
      ("k1", .number(configuration.saturation)),
      ("b", .number(configuration.lengthNormalization)),
      ("stop_words", stopWords),
      ("stemming", .string(configuration.analyzer.stemming.rawValue)),
      ("document_count", .integer(Int64(documentCount))),
      ("average_length", .number(averageLength)),
      ("terms", .array(vocabulary.tokens.map { .string($0) })),
      ("document_frequencies", .array(documentFrequencies.map { .integer(Int64($0)) })),
    ])
  }
}

/// Reads the members of a statistics file and names the one that is wrong.
private struct StatisticsFile {
  let value: JSONValue
  let path: String

  func checkFormat(name: String, version: Int) throws(IndexError) {
    guard value["format"]?.string == name else {
      throw IndexError(
        .invalidData,
        "This is not a file of BM25 statistics: its member \"format\" must be \"\(name)\". Fit the encoder again and save it.",
        at: FileLocation(path: path))
    }
    guard value["version"]?.int == version else {
      let found = value["version"]?.int.map { "version \($0)" } ?? "no version"
      throw IndexError(
        .invalidData,
        "BM25 statistics of version \(version) are understood; the file has \(found). Fit the encoder again and save it.",
        at: FileLocation(path: path, item: "version"))
    }
  }

  func member<Value>(
    _ key: String, _ expected: String, _ read: (JSONValue) -> Value?
  ) throws(IndexError) -> Value {
    if let found = value[key], let result = read(found) { return result }
    throw IndexError(
      .invalidData,
      "The member \"\(key)\" of BM25 statistics must be \(expected); found \(value[key]?.kindName ?? "nothing"). Fit the encoder again and save it.",
      at: FileLocation(path: path, item: key))
  }

  func configuration() throws(IndexError) -> BM25Configuration {
    let configuration = BM25Configuration(
      variant: try member("variant", "\"lucene\", \"robertson\" or \"atire\"") {
        $0.string.flatMap(BM25Configuration.Variant.init(rawValue:))
      },
      saturation: try member("k1", "a number") { $0.double },
      lengthNormalization: try member("b", "a number") { $0.double },
      analyzer: Analyzer(
        stopWords: try member("stop_words", "\"none\", \"english\" or a list of words", stopWords),
        stemming: try member("stemming", "\"none\" or \"english\"") {
          $0.string.flatMap(Analyzer.Stemming.init(rawValue:))
        }))
    try configuration.validate()
    return configuration
  }

  private func stopWords(_ value: JSONValue) -> StopWords? {
    switch value {
    case "none": return StopWords.none
    case "english": return .english
    case .array(let elements):
      let words = elements.compactMap(\.string)
      return words.count == elements.count ? .custom(Set(words)) : nil
    default: return nil
    }
  }

  func terms() throws(IndexError) -> [String] {
    try member("terms", "a list of texts, ascending by UTF-8 bytes without repetition") { value in
      guard let elements = value.array else { return nil }
      let terms = elements.compactMap(\.string)
      guard terms.count == elements.count else { return nil }
      let ascends = zip(terms, terms.dropFirst()).allSatisfy {
        $0.utf8.lexicographicallyPrecedes($1.utf8)
      }
      return ascends ? terms : nil
    }
  }

  func frequencies(termCount: Int, documentCount: Int) throws(IndexError) -> [Int] {
    let expected = "a list of \(termCount) numbers in 1...\(documentCount)"
    return try member("document_frequencies", expected) { value in
      guard let elements = value.array, elements.count == termCount else { return nil }
      let counts = elements.compactMap(\.int).filter { $0 >= 1 && $0 <= documentCount }
      return counts.count == termCount ? counts : nil
    }
  }
}
