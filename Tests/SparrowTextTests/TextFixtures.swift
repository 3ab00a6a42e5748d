import Foundation
import SparrowCore
import SparrowTestSupport
import SparrowText
import Testing

/// The generator that Tools/make_tokenizer_fixtures.py uses (SplitMix64).
struct SplitMix64 {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
}

/// The texts of which Tools/make_tokenizer_fixtures.py hashed the tokens.
enum TextFixtures {
  private static let literals = [
    "[MASK]", "[SEP]", "[PAD]", "[CLS]", "[UNK]", "<s>", "</s>", "<mask>", "<|endoftext|>",
    "don't", "I'LL", "x²½", "https://example.org/a_b?c=1", "1234567", "  ", "\r\n", "ΣΑΣ", "ﬁ",
  ]
  private static let spaces: [Unicode.Scalar] = [
    " ", "\t", "\n", "\r", "\u{A0}", "\u{2003}", "\u{3000}", "\u{200B}", "\u{85}", "\u{0B}",
  ]
  private static let ranges: [ClosedRange<Int>] = [
    0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x21...0x2F, 0x5B...0x60, 0xC0...0x24F, 0x300...0x36F,
    0x370...0x52F, 0x591...0x6FF, 0x900...0x97F, 0xE01...0xE5B, 0xF71...0xF84, 0x1100...0x11FF,
    0x2000...0x206F, 0x3029...0x30FF, 0x4E00...0x9FFF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
    0xFB00...0xFFFD, 0x1D165...0x1D182, 0x1F1E6...0x1F64F, 0x1...0xD7FF, 0xE000...0x10FFFF,
  ]

  /// Short texts that mix scripts, marks, spaces and special tokens.
  static func random(_ count: Int = 5000, seed: UInt64 = 1) -> [String] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in randomText(&generator) }
  }

  private static func randomText(_ generator: inout SplitMix64) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<generator.below(24) {
      let kind = generator.below(40)
      switch kind {
      case 0..<14:
        appendScalars(of: ranges[generator.below(3)], atMost: 9, to: &text, &generator)
        text.append(" ")
      case 14..<17: text.append(spaces[generator.below(spaces.count)])
      case 17..<20:
        text.append(contentsOf: literals[generator.below(literals.count)].unicodeScalars)
      default:
        let range = ranges[3 + generator.below(ranges.count - 3)]
        appendScalars(of: range, atMost: 4, to: &text, &generator)
      }
    }
    return String(text)
  }

  private static func appendScalars(
    of range: ClosedRange<Int>, atMost count: Int, to text: inout String.UnicodeScalarView,
    _ generator: inout SplitMix64
  ) {
    for _ in 0..<(1 + generator.below(count)) {
      let value = UInt32(range.lowerBound + generator.below(range.count))
      if let scalar = Unicode.Scalar(value) { text.append(scalar) }
    }
  }

  /// Every code point, 64 a text, inside a word and alone.
  static func scalars() -> [String] {
    let all = (0..<UInt32(0x110000)).compactMap { Unicode.Scalar($0) }
    return stride(from: 0, to: all.count, by: 64).map { start in
      all[start..<min(start + 64, all.count)].map { "a\($0)b \($0)" }.joined(separator: " ")
    }
  }

  /// The texts of a BEIR file of the data folder, with titles; nil when it is absent.
  static func texts(of file: String, limit: Int = .max) throws -> [String]? {
    guard let folder = Fixtures.data(file.components(separatedBy: "/")[0]) else { return nil }
    let url = folder.deletingLastPathComponent().appendingPathComponent(file)
    let lines = try Data(contentsOf: url).split(separator: UInt8(ascii: "\n"))
    return try lines.prefix(limit).map { line in
      let record = try JSONValue(parsing: Array(line))
      let text = record["text"]?.string ?? ""
      let title = record["title"]?.string ?? ""
      return title.isEmpty ? text : "\(title) \(text)"
    }
  }

  /// The 20,000 texts of SciFact and tldr-pages; nil when they are absent.
  static func real() throws -> [String]? {
    let files: [(String, Int)] = [
      ("scifact/corpus.jsonl", .max), ("scifact/queries.jsonl", .max),
      ("tldr_pages/corpus.jsonl", .max), ("tldr_pages/queries.jsonl", 6283),
    ]
    var texts: [String] = []
    for (file, limit) in files {
      guard let part = try Self.texts(of: file, limit: limit) else { return nil }
      texts += part
    }
    return texts
  }
}

extension TextFixtures {
  /// The texts of xquad in 12 languages and of the similarity sets; nil when they are absent.
  static func multilingual() throws -> [String]? {
    guard let xquad = Fixtures.data("xquad"), let sts = Fixtures.data("sts") else { return nil }
    var texts: [String] = []
    let languages = try FileManager.default.contentsOfDirectory(atPath: xquad.path).sorted()
    for language in languages where !language.contains(".") {
      for file in ["corpus", "queries"] {
        texts += try Self.texts(of: "xquad/\(language)/\(file).jsonl") ?? []
      }
    }
    let files = try FileManager.default.subpathsOfDirectory(atPath: sts.path)
      .filter { $0.hasSuffix(".jsonl") }.sorted()
    for file in files {
      let lines = try Data(contentsOf: sts.appendingPathComponent(file))
        .split(separator: UInt8(ascii: "\n"))
      for line in lines {
        let record = try JSONValue(parsing: Array(line))
        texts += [record["sentence1"]?.string ?? "", record["sentence2"]?.string ?? ""]
      }
    }
    return texts
  }
}

/// FNV-1a (64 bits) over numbers of four bytes, or over texts that end with NUL.
struct NumberHash {
  private var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ number: some BinaryInteger) {
    var rest = UInt32(truncatingIfNeeded: number)
    for _ in 0..<4 {
      add(byte: UInt8(rest & 0xFF))
      rest >>= 8
    }
  }

  mutating func add(_ text: String) {
    for byte in text.utf8 { add(byte: byte) }
    add(byte: 0)
  }

  private mutating func add(byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }

  /// The hash as 16 hexadecimal digits.
  var digits: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// The hashes of what the reference gives for some texts.
struct ReferenceHashes {
  let textCount: Int
  let tokenCount: Int
  /// How many texts share a hash.
  let groupSize: Int
  private let groups: [String: [String]]

  /// Reads one case of a fixture file.
  init(_ file: JSONValue, _ name: String) throws {
    let value = try #require(file[name])
    textCount = try #require(value["texts"]?.int)
    tokenCount = try #require(value["tokens"]?.int)
    groupSize = try #require(value["group"]?.int)
    groups = ["ids", "typeIDs", "offsets"].reduce(into: [:]) { result, key in
      result[key] = value[key]?.array?.compactMap(\.string)
    }
  }

  /// Checks ids and type ids of a batch of all texts.
  func expectEqual(_ batch: TokenBatch, _ name: Comment) {
    #expect(batch.textCount == textCount, name)
    #expect(batch.tokenCount == tokenCount, name)
    expectEqualGroups(batch, name)
  }

  /// Checks ids, type ids and offsets of encodings of all texts.
  func expectEqual(_ encodings: [Encoding], _ name: Comment) {
    expectEqual(TokenBatch(encodings), name)
    expectEqualOffsets(encodings, name)
  }

  /// Checks every so many groups of texts, ids and offsets alike.
  func expectEqual(
    _ texts: [String], everyGroup step: Int, _ name: Comment, _ encode: (String) -> Encoding
  ) {
    #expect(texts.count == textCount, name)
    for group in stride(from: 0, to: (textCount + groupSize - 1) / groupSize, by: step) {
      let start = group * groupSize
      let encodings = texts[start..<min(start + groupSize, textCount)].map(encode)
      expectEqualGroups(TokenBatch(encodings), firstGroup: group, name)
      expectEqualOffsets(encodings, firstGroup: group, name)
    }
  }

  private func expectEqualGroups(_ batch: TokenBatch, firstGroup: Int = 0, _ name: Comment) {
    let texts = 0..<batch.textCount
    expectEqual(
      "ids", texts.lazy.map { batch.tokenIDs[batch.range(ofText: $0)] }, firstGroup, name)
    expectEqual(
      "typeIDs", texts.lazy.map { batch.typeIDs[batch.range(ofText: $0)] }, firstGroup, name)
  }

  private func expectEqualOffsets(
    _ encodings: [Encoding], firstGroup: Int = 0, _ name: Comment
  ) {
    let offsets = encodings.lazy.map { $0.offsets.flatMap { [$0.lowerBound, $0.upperBound] } }
    expectEqual("offsets", offsets, firstGroup, name, width: 2)
  }

  private func expectEqual(
    _ key: String, _ texts: some Collection<some Collection<some BinaryInteger>>,
    _ firstGroup: Int, _ name: Comment, width: Int = 1
  ) {
    let expected = (groups[key] ?? []).dropFirst(firstGroup)
    var found: [String] = []
    var hash = NumberHash()
    for (index, numbers) in texts.enumerated() {
      hash.add(numbers.count / width)
      for number in numbers { hash.add(number) }
      if (index + 1) % groupSize == 0 || index + 1 == texts.count {
        found.append(hash.digits)
        hash = NumberHash()
      }
    }
    let wrong = zip(found, expected).enumerated().filter { $1.0 != $1.1 }
      .map { ($0.offset + firstGroup) * groupSize }
    #expect(found.count <= expected.count, name)
    #expect(wrong.isEmpty, "\(name): \(key) differ in the groups from texts \(wrong.prefix(20))")
  }
}
