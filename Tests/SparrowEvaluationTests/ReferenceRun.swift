import Foundation
import SparrowCore
import SparrowEvaluation
import SparrowTestSupport
import Testing

/// One call of a reference's evaluator: its arguments, numbers and files.
struct ReferenceRun {
  /// The numbers and files that are expected.
  let json: JSONValue
  let epoch: Double
  let steps: Int

  /// Runs of the golden file that came with the specification.
  static func golden(_ evaluator: String) throws -> [ReferenceRun] {
    let runs = try #require(Fixtures.golden("evaluators")[evaluator]?["runs"]?.array)
    return runs.map { ReferenceRun(json: $0, epoch: 1, steps: 10) }
  }

  /// Runs of `Tests/Fixtures/evaluation`, on more data and with many equal scores.
  static func fixture(_ evaluator: String) throws -> [ReferenceRun] {
    let runs = try #require(fixtureFile()[evaluator]?.array)
    return runs.map { ReferenceRun(json: $0, epoch: 0.5, steps: 7) }
  }

  static func fixtureFile() throws -> JSONValue {
    try JSONValue(contentsOf: Fixtures.url("evaluation/evaluators.json"))
  }

  /// An argument of the call, nil when it was left at its default.
  subscript(argument: String) -> JSONValue? { json["args"]?[argument] }

  /// The name, the limit of weights and the files' switch.
  var options: EvaluatorOptions {
    EvaluatorOptions(
      name: self["name"]?.string ?? "", maxActiveDimensions: self["max_active_dims"]?.int)
  }

  /// Functions given as a list of names.
  func functions(_ argument: String) -> [SimilarityFunction]? {
    self[argument]?.array?.compactMap { $0.string.flatMap(SimilarityFunction.init) }
  }

  /// Runs an evaluation in an empty folder and compares numbers, primary key and files.
  ///
  /// - Parameters:
  ///   - tolerance: how much a number may be off, relative to it; larger than the default only where
  ///     the reference computes in float32.
  ///   - sourceLocation: where failures are reported.
  ///   - evaluate: makes the evaluation.
  /// - Throws: what `evaluate` throws.
  func expect(
    tolerance: Double = 1e-9, sourceLocation: SourceLocation = #_sourceLocation,
    _ evaluate: (EvaluationContext) throws -> EvaluationResult
  ) throws {
    try Fixtures.withTemporaryFolder { folder in
      let context = EvaluationContext(folder: folder, epoch: epoch, steps: steps)
      let result = try evaluate(context)
      let metrics = try #require(json["metrics"]?.object)
      #expect(result.metrics.map(\.key) == metrics.keys, sourceLocation: sourceLocation)
      for (key, value) in metrics.members {
        let difference = compare(
          [result[key] ?? .nan], with: [value.double ?? .nan], absolute: 1e-12,
          relative: tolerance)
        #expect(
          difference.isWithinTolerance, "\(key): \(difference)", sourceLocation: sourceLocation)
      }
      #expect(
        result.primaryKey == json["primary_metric"]?.string, sourceLocation: sourceLocation)
      let files = try #require(json["files"]?.object)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(names.sorted() == files.keys.sorted(), sourceLocation: sourceLocation)
      for (name, text) in files.members {
        let found = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        if name.hasSuffix(".csv") {
          expectTable(found, text.string ?? "", tolerance, sourceLocation)
        } else {
          #expect(found == text.string, sourceLocation: sourceLocation)
        }
      }
    }
  }

  /// Everything but numbers must be equal, line ends included.
  private func expectTable(
    _ found: String, _ expected: String, _ tolerance: Double, _ sourceLocation: SourceLocation
  ) {
    let foundLines = found.components(separatedBy: "\r\n").map { $0.components(separatedBy: ",") }
    let expectedLines = expected.components(separatedBy: "\r\n").map {
      $0.components(separatedBy: ",")
    }
    #expect(
      foundLines.map(\.count) == expectedLines.map(\.count) && foundLines[0] == expectedLines[0],
      "\(found)", sourceLocation: sourceLocation)
    for (foundCell, expectedCell) in zip(foundLines.joined(), expectedLines.joined())
    where foundCell != expectedCell {
      let difference = compare(
        [Double(foundCell) ?? .nan], with: [Double(expectedCell) ?? .nan], absolute: 1e-12,
        relative: tolerance)
      #expect(difference.isWithinTolerance, "\(difference)", sourceLocation: sourceLocation)
    }
  }
}
