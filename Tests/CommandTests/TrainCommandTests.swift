import Foundation
import SparrowCore
import SparrowTestSupport
import SparrowTraining
import Testing

@testable import SparrowCommands

@Suite struct TrainCommandTests {
  /// Pairs whose queries and answers all differ.
  private static func pairs(_ count: Int) -> String {
    let words = ["router", "bread", "cat", "music", "editor", "network", "river", "engine"]
    return (0..<count).map { row in
      let word = words[row % words.count]
      return #"{"query": "\#(word) \#(row)", "answer": "All about the \#(word), part \#(row)."}"#
    }.joined(separator: "\n") + "\n"
  }

  private func flags(_ folder: URL, _ model: URL, steps: Int) throws -> [String] {
    let pairs = try SampleFiles.write(Self.pairs(32), "pairs.jsonl", in: folder)
    return [
      "train", "--model", model.path, "--train-dataset", pairs.path, "--output-dir",
      folder.appendingPathComponent("out").path, "--max-steps", "\(steps)",
      "--per-device-train-batch-size", "4", "--logging-steps", "1",
    ]
  }

  @Test func `a run by options alone saves a model that encodes`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let run = try CommandRun(flags(folder, model, steps: 3) + ["--learning-rate", "1e-3"])
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.lines.count { $0.contains("step ") && $0.contains("base ") } == 3)
      #expect(run.lines.last?.hasPrefix("Trained 3 steps") == true)
      let final = folder.appendingPathComponent("out/final")
      let after = try CommandRun(["encode", "--model", final.path, "router"])
      let before = try CommandRun(["encode", "--model", model.path, "router"])
      #expect(after.code == 0, "\(after.errors)")
      #expect(after.output != before.output)
      let saved = try JSONValue(contentsOf: folder.appendingPathComponent("out/recipe.json"))
      #expect(saved["max_steps"]?.int == 3)
    }
  }

  @Test func `a recipe and its copy with options give the same run`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let plain = try CommandRun(flags(folder, model, steps: 2) + ["--json", "--seed", "7"])
      #expect(plain.code == 0, "\(plain.errors)")
      let recipe = try SampleFiles.write(
        """
        model: \(model.path)
        train_dataset: {path: \(folder.path)/pairs.jsonl}
        output_dir: elsewhere
        max_steps: 99
        per_device_train_batch_size: 4
        logging_steps: 1
        seed: 7
        """, "recipe.yaml", in: folder)
      let copy = try CommandRun([
        "train", recipe.path, "--json", "--max-steps", "2", "--set",
        "output_dir=\(folder.path)/out2",
      ])
      #expect(copy.code == 0, "\(copy.errors)")
      func losses(_ run: CommandRun) throws -> [Double] {
        try run.lines.compactMap { try JSONValue(parsing: Array($0.utf8))["loss"]?.double }
      }
      #expect(try losses(plain).count == 2)
      #expect(try losses(plain) == losses(copy))
    }
  }

  @Test func `a run that is there is neither mixed with a new one nor resumed from nothing`() throws
  {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let arguments = try flags(folder, model, steps: 1)
      let missing = try CommandRun(arguments + ["--resume"])
      #expect(missing.code == 3)
      #expect(missing.errors.contains("no checkpoint to resume from"), "\(missing.errors)")
      #expect(try CommandRun(arguments).code == 0)
      let again = try CommandRun(arguments)
      #expect(again.code == 2)
      #expect(again.errors.contains("--resume"), "\(again.errors)")
    }
  }

  private func expectFailure(
    _ recipe: String, code: Int32, _ expectations: [String], _ test: String = #function,
    pairs: (name: String, text: String) = ("pairs.jsonl", TrainCommandTests.pairs(8)),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    guard let model = SampleFiles.model(for: test) else { return }
    try Fixtures.withTemporaryFolder { folder in
      _ = try SampleFiles.write(pairs.text, pairs.name, in: folder)
      let text = recipe.replacing("MODEL", with: model.path).replacing("DIR", with: folder.path)
      let file = try SampleFiles.write(text, "recipe.yaml", in: folder)
      let run = try CommandRun(["train", file.path])
      #expect(run.code == code, "\(run.errors)", sourceLocation: sourceLocation)
      for expectation in expectations {
        #expect(
          run.errors.contains(expectation), "\(run.errors)", sourceLocation: sourceLocation)
      }
    }
  }

  private let start = "model: MODEL\ntrain_dataset: DIR/pairs.jsonl\noutput_dir: DIR/out\n"

  @Test func `unknown keys are named with their line and the nearest key`() throws {
    try expectFailure(
      start + "learnin_rate: 1e-4\n", code: 2,
      ["recipe.yaml:4", "'learnin_rate'", "Did you mean 'learning_rate'?"])
    try expectFailure(
      start + "loss:\n  document_regularizer_weight: 1e-4\n  qery_regularizer_weight: 1\n",
      code: 2, ["recipe.yaml:6", "query_regularizer_weight"])
  }

  @Test func `values that make no sense are named with their line`() throws {
    try expectFailure(start + "learning_rate: fast\n", code: 2, ["recipe.yaml:4", "a number"])
    try expectFailure(start + "num_train_epochs: [1\n", code: 2, ["recipe.yaml:", "YAML"])
    try expectFailure("train_dataset: x.jsonl\n", code: 2, ["recipe.yaml", "'model'"])
  }

  @Test func `a missing dataset and a missing model end with code 3`() throws {
    try expectFailure(
      "model: MODEL\ntrain_dataset: DIR/none.jsonl\noutput_dir: DIR/out\n", code: 3,
      ["none.jsonl"])
    try expectFailure(
      "model: DIR/none\ntrain_dataset: DIR/pairs.jsonl\noutput_dir: DIR/out\n", code: 3,
      ["/none", "model folder"])
  }

  @Test func `a bad line 1000 of the dataset is named`() throws {
    let text = Self.pairs(999) + #"{"query": "q", "answer" "a"}"# + "\n"
    try expectFailure(
      start, code: 1, ["pairs.jsonl:1000", "JSON"], pairs: ("pairs.jsonl", text))
  }

  @Test func `a CSV line with too few columns is named`() throws {
    try expectFailure(
      "model: MODEL\ntrain_dataset: DIR/pairs.csv\noutput_dir: DIR/out\n", code: 1,
      ["pairs.csv:3"], pairs: ("pairs.csv", "query,answer\na,b\nc\n"))
  }

  @Test func `columns that are not there are named with those there are`() throws {
    try expectFailure(
      "model: MODEL\ntrain_dataset: {path: DIR/pairs.jsonl, columns: [query, reply]}\n"
        + "output_dir: DIR/out\n", code: 3, ["'reply'", "'answer'"])
  }

  @Test func `a label column where none belongs is refused`() throws {
    let text = #"{"query": "q", "answer": "a", "label": 1}"# + "\n"
    try expectFailure(
      start, code: 1, ["SpladeLoss", "'label'"],
      pairs: ("pairs.jsonl", text))
  }

  @Test func `one column where two are needed is refused`() throws {
    try expectFailure(
      start, code: 1, ["SpladeLoss", "2 input columns"],
      pairs: ("pairs.jsonl", #"{"query": "q"}"# + "\n"))
  }

  @Test func `a column of empty texts is refused`() throws {
    try expectFailure(
      start, code: 1, ["'answer'", "empty"],
      pairs: ("pairs.jsonl", #"{"query": "q", "answer": ""}"# + "\n"))
  }

  @Test func `invalid UTF-8 in the dataset is named with its line`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("pairs.jsonl")
      try Data(#"{"query": "q", "answer": ""#.utf8 + [0xC3, 0x28] + Array(#""}"#.utf8)).write(
        to: file)
      let run = try CommandRun([
        "train", "--model", model.path, "--train-dataset", file.path, "--output-dir",
        folder.appendingPathComponent("out").path,
      ])
      #expect(run.code == 1)
      #expect(run.errors.contains("pairs.jsonl:1"), "\(run.errors)")
      #expect(run.errors.contains("UTF-8"), "\(run.errors)")
    }
  }

  private static let guide = Fixtures.repository.appendingPathComponent("docs/recipes.md")

  @Test func `the guide's recipe and that of the demo can be read`() throws {
    let text = try String(contentsOf: Self.guide, encoding: .utf8)
    let block = try #require(text.firstMatch(of: #/```yaml\n([^`]+)```/#))
    try Fixtures.withTemporaryFolder { folder in
      let file = try SampleFiles.write(String(block.1), "recipe.yaml", in: folder)
      let recipe = try TrainingRecipe(RecipeFile(contentsOf: file).object)
      #expect(recipe.arguments.learningRate == 1e-4)
      #expect(recipe.evaluators.count == 1)
    }
    let example = Fixtures.repository.appendingPathComponent("Examples/demo.yaml")
    #expect(try !TrainingRecipe(RecipeFile(contentsOf: example).object).training.isEmpty)
  }

  @Test func `every key of a recipe is documented`() throws {
    let text = try String(contentsOf: Self.guide, encoding: .utf8)
    let help = try CommandRun("train --help").output
    let keys = help.split(separator: "KEYS").last?.split(separator: "USAGE:").first ?? ""
    let names = keys.matches(of: #/\n  ([a-z][a-z0-9_]+) /#).map { String($0.1) }
    #expect(names.count > 50)
    for name in names { #expect(text.contains("| `\(name)` |"), "docs/recipes.md lacks \(name)") }
  }
}
