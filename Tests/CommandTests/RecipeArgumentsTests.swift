import ArgumentParser
import Testing

@testable import SparrowCommands

@Suite struct RecipeArgumentsTests {
  private func settings(_ line: String, set assignments: [String] = []) throws -> [String] {
    let words = line.split(separator: " ").map(String.init)
    let arguments = try RecipeArguments(words: words, assignments: assignments)
    return (arguments.file.map { [$0] } ?? []) + arguments.settings.map { "\($0)=\($1)" }
  }

  @Test func `options become keys, with a value after them or behind an equals sign`() throws {
    #expect(
      try settings("--learning-rate 2e-5 recipe.yaml --output_dir=out --loss.scale 20")
        == ["recipe.yaml", "learning_rate=2e-5", "output_dir=out", "loss.scale=20"])
  }

  @Test func `keys for true or false need no value`() throws {
    #expect(
      try settings("--bf16 recipe.yaml --eval-on-start false --dataloader-drop-last")
        == ["recipe.yaml", "bf16=true", "eval_on_start=false", "dataloader_drop_last=true"])
  }

  @Test func `assignments come last, so that they win`() throws {
    #expect(
      try settings("r.yaml --seed 1", set: ["seed=2", "run_name=a=b"])
        == ["r.yaml", "seed=1", "seed=2", "run_name=a=b"])
  }

  @Test func `what makes no sense is refused`() {
    #expect(throws: ValidationError.self) { try settings("a.yaml b.yaml") }
    #expect(throws: ValidationError.self) { try settings("a.yaml --seed") }
    #expect(throws: ValidationError.self) { try settings("a.yaml -x") }
    #expect(throws: ValidationError.self) { try settings("a.yaml", set: ["seed"]) }
    #expect(throws: ValidationError.self) { try settings("a.yaml", set: ["=1"]) }
  }
}
