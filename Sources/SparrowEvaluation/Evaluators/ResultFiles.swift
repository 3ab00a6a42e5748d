import Foundation
import SparrowCore

/// A CSV file to which each evaluation appends one line, as the reference does.
struct ResultTable {
  let name: String
  private let header: String

  /// Makes a table whose columns follow `epoch` and `steps`.
  init(name: String, columns: [String]) {
    self.name = name
    header = (["epoch", "steps"] + columns).joined(separator: ",")
  }

  /// Checks, before an evaluation takes its time, that its line will fit the file.
  ///
  /// - Throws: ``EvaluationError`` when the folder cannot be made or the file has other columns.
  func prepare(_ context: EvaluationContext) throws(EvaluationError) {
    guard let folder = context.folder else { return }
    try makeFolder(folder)
    guard let found = try existingLines(in: folder).first, found != header else { return }
    throw EvaluationError(
      .invalidData,
      "This file has other columns than this evaluation writes ('\(found)' instead of '\(header)'). Move it away or choose another folder.",
      at: FileLocation(path: folder.appendingPathComponent(name).path, line: 1))
  }

  /// Appends a line; does nothing when the context has no folder.
  func append(_ cells: [String], _ context: EvaluationContext) throws(EvaluationError) {
    guard let folder = context.folder else { return }
    try makeFolder(folder)
    var lines = try existingLines(in: folder)
    if lines.isEmpty { lines.append(header) }
    let time = [context.epoch.map(numberText) ?? "-1", String(context.steps ?? -1)]
    lines.append((time + cells).joined(separator: ","))
    let text = lines.map { $0 + "\r\n" }.joined()
    do throws(CoreError) {
      try AtomicFile.write(Data(text.utf8), to: folder.appendingPathComponent(name))
    } catch {
      throw EvaluationError(error)
    }
  }

  private func existingLines(in folder: URL) throws(EvaluationError) -> [String] {
    let url = folder.appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: url.path) else { return [] }
    do throws(CoreError) {
      var reader = try LineReader(contentsOf: url)
      var lines: [String] = []
      while let line = try reader.nextText() { lines.append(line) }
      return lines
    } catch {
      throw EvaluationError(error)
    }
  }
}

/// Writes one JSON object a line.
func writeJSONLines(
  _ objects: [JSONValue], named name: String, _ context: EvaluationContext
) throws(EvaluationError) {
  guard let folder = context.folder else { return }
  try makeFolder(folder)
  let text = objects.map { $0.text() + "\n" }.joined()
  do throws(CoreError) {
    try AtomicFile.write(Data(text.utf8), to: folder.appendingPathComponent(name))
  } catch {
    throw EvaluationError(error)
  }
}

/// A number as Python writes it in text, `nan` and `inf` in lower case.
func numberText(_ value: Double) -> String {
  if value.isNaN { return "nan" }
  if value.isInfinite { return value < 0 ? "-inf" : "inf" }
  return value.description
}

private func makeFolder(_ folder: URL) throws(EvaluationError) {
  do {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  } catch {
    throw EvaluationError(
      .inputOutput, "Could not make the folder for results (\(AtomicFile.reason(error))).",
      at: FileLocation(path: folder.path))
  }
}
