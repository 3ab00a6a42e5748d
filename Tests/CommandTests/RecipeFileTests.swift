import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowCommands

@Suite struct RecipeFileTests {
  private func recipe(_ text: String) throws -> RecipeFile {
    try Fixtures.withTemporaryFolder { folder in
      try RecipeFile(contentsOf: SampleFiles.write(text, "recipe.yaml", in: folder))
    }
  }

  private func failure(_ text: String) -> CommandError? {
    do {
      _ = try recipe(text)
      return nil
    } catch {
      return error as? CommandError
    }
  }

  @Test func `keys keep their order and scalars mean what YAML 1 point 2 says`() throws {
    let file = try recipe(
      """
      # a comment
      z: 1
      learning_rate: 2e-5
      a: 1.5
      eval_strategy: no
      quoted: "12"
      flag: true
      nothing: ~
      empty:
      text: .models/splade-tiny
      version: 1.2.3
      list: [1, two, {three: 3}]
      """)
    #expect(
      file.object.text
        == #"{"z":1,"learning_rate":2e-05,"a":1.5,"eval_strategy":"no","quoted":"12","#
        + #""flag":true,"nothing":null,"empty":null,"text":".models/splade-tiny","#
        + #""version":"1.2.3","list":[1,"two",{"three":3}]}"#)
  }

  @Test func `a recipe may be JSON`() throws {
    let file = try recipe(#"{"model": "m", "loss": {"name": "SpladeLoss", "x": -0.5}}"#)
    #expect(file.object["loss"]?["x"]?.double == -0.5)
  }

  @Test func `anchors are followed`() throws {
    let file = try recipe("a: &x {path: p}\nb: *x\n")
    #expect(file.object["b"]?["path"]?.string == "p")
  }

  @Test func `a message's key leads to its line`() throws {
    let file = try recipe("model: m\nloss:\n  name: n\n  scale: 2\nscale: 3\n")
    #expect(file.line(ofKeyIn: "The argument 'scale' needs a number.") == 5)
    #expect(file.line(ofKeyIn: "'loss.scale' of the recipe needs a number.") == 4)
    #expect(file.line(ofKeyIn: "'loss' of the recipe has no key 'scale'; it has 'name'.") == 4)
    #expect(file.line(ofKeyIn: "There is no model.") == nil)
  }

  @Test func `what is no recipe is refused with its line`() {
    #expect(failure("a: 1\nb: [1,\nc: }\n")?.location?.line != nil)
    #expect(failure("a: 1\nb: 2\na: 3\n")?.message.contains("'a'") == true)
    #expect(failure("")?.message.contains("empty") == true)
    #expect(failure("- a\n- b\n")?.message.contains("keys and values") == true)
    #expect(failure("[a]: 1\n")?.message.contains("key") == true)
    let bomb =
      "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
      + zip("abcdef", "bcdefg").map { last, next in
        "\(next): &\(next) [\(Array(repeating: "*\(last)", count: 10).joined(separator: ","))]\n"
      }.joined()
    #expect(failure(bomb)?.message.contains("more than") == true)
  }

  @Test func `a missing file and bytes that are no text are told`() throws {
    #expect(throws: CoreError.self) {
      try RecipeFile(contentsOf: URL(fileURLWithPath: "/nowhere.yaml"))
    }
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("recipe.yaml")
      try Data([0x61, 0x3A, 0xFF]).write(to: file)
      #expect(throws: CommandError.self) { try RecipeFile(contentsOf: file) }
    }
  }
}

extension JSONObject {
  fileprivate var text: String { JSONValue.object(self).text(.compact) }
}
