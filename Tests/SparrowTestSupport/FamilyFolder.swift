public import Foundation

extension Fixtures {
  /// Passes `body` a copy of one of the small random models in `families`, with a tokenizer whose
  /// words are `w5` to `w47`.
  public static func withFamilyModel<Result>(
    _ name: String, _ body: (URL) throws -> Result
  ) throws -> Result {
    try withTemporaryFolder { folder in
      let copy = folder.appendingPathComponent("model")
      try FileManager.default.copyItem(at: url("families/\(name)"), to: copy)
      let tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + (5..<48).map { "w\($0)" }
      try Data(tokens.joined(separator: "\n").utf8).write(
        to: copy.appendingPathComponent("vocab.txt"))
      return try body(copy)
    }
  }
}
