public import Foundation
public import SparrowCore

/// Finds what tests read: fixtures of this repository, and models and data that may be absent.
public enum Fixtures {
  /// The root of the repository.
  public static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// A file below `Tests/Fixtures`.
  public static func url(_ path: String) -> URL {
    repository.appendingPathComponent("Tests/Fixtures").appendingPathComponent(path)
  }

  /// A golden file of the reference, for example `"losses"`.
  public static func golden(_ name: String) throws -> JSONValue {
    try JSONValue(contentsOf: url("golden/\(name).json"))
  }

  /// A folder of `.models` (or of `SPARROW_MODELS`), nil when it is not there.
  public static func model(_ name: String) -> URL? {
    let root =
      ProcessInfo.processInfo.environment["SPARROW_MODELS"].map { URL(fileURLWithPath: $0) }
      ?? repository.appendingPathComponent(".models")
    let folder = root.appendingPathComponent(name)
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
  }

  /// A folder of the retrieval data beside the checkout (or of `SPARROW_DATA`), nil when absent.
  public static func data(_ name: String) -> URL? {
    let root =
      ProcessInfo.processInfo.environment["SPARROW_DATA"].map { URL(fileURLWithPath: $0) }
      ?? repository.deletingLastPathComponent().appendingPathComponent("shared/data")
    let folder = root.appendingPathComponent(name)
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
  }

  /// Prints why a test is skipped and returns true when `isMissing`.
  public static func skip(_ test: String, because reason: String) {
    print("SKIPPED \(test): \(reason)")
  }

  /// Runs `body` with a fresh temporary folder that is removed afterwards.
  public static func withTemporaryFolder<Result>(
    _ body: (URL) throws -> Result
  ) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("sparrow-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }
}
