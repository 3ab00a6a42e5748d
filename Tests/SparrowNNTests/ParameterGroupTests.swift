import SparrowCore
import SparrowTensor
import SparrowTestSupport
import Testing

@testable import SparrowNN

@Suite struct ParameterGroupTests {
  private func parameters(_ names: [String]) throws -> [NamedParameter] {
    try names.map {
      NamedParameter(name: $0, parameter: try Parameter(name: "own", tensor: Tensor.ones([1])))
    }
  }

  @Test func `biases and norms do not decay`() throws {
    let names = try #require(Fixtures.golden("train")["first_batch_gradients"]?["parameter_names"])
      .array?.compactMap { $0.array?.first?.string }
    let groups = try ParameterGroup.groups(
      of: parameters(try #require(names)), learningRate: 2e-5, weightDecay: 0.1)
    #expect(groups.map(\.parameters.count) == [16, 26])
    #expect(groups.map(\.weightDecay) == [0.1, 0])
    #expect(groups.map(\.learningRate) == [2e-5, 2e-5])
  }

  @Test(arguments: [
    ("encoder.layers.0.attn_norm.weight", false), ("model.final_norm.weight", false),
    ("head.norm.weight", false), ("layers.0.sa_layer_norm.weight", false),
    ("3.latent_bias", false), ("3.pre_bias", false), ("3.encoder.weight", true),
    ("normal.weight", true), ("0.sub_modules.query.0.weight", true),
  ])
  func `the reference's names decide what decays`(name: String, decays: Bool) {
    #expect(ParameterGroup.decays(name) == decays)
  }

  @Test func `a rule takes its matches out of the other groups`() throws {
    let all = try parameters(["0.sub_modules.query.0.weight", "0.a.weight", "0.a.bias"])
    let groups = try ParameterGroup.groups(
      of: all, learningRate: 2e-5, weightDecay: 0.01,
      rules: [.init(pattern: #"sub_modules\.query\.0\.weight"#, learningRate: 1e-3)])
    #expect(
      groups.map { $0.parameters.map(\.name) } == [["0.a.weight"], ["0.a.bias"], [all[0].name]])
    #expect(groups.map(\.learningRate) == [2e-5, 2e-5, 1e-3])
    #expect(groups.map(\.weightDecay) == [0.01, 0, 0.01])
  }

  @Test func `names are matched as seen from the loss`() throws {
    let groups = try ParameterGroup.groups(
      of: parameters(["0.a.weight", "1.a.weight"]), learningRate: 1, weightDecay: 0,
      rules: [.init(pattern: #"^model\.1\."#, learningRate: 2)])
    #expect(groups.map(\.learningRate) == [1, 2])
  }

  @Test func `a rule that matches nothing is refused with names to choose from`() throws {
    let all = try parameters(["0.a.weight"])
    for pattern in [#"SparseStaticEmbedding\.weight"#, "("] {
      #expect {
        try ParameterGroup.groups(
          of: all, learningRate: 1, weightDecay: 0,
          rules: [.init(pattern: pattern, learningRate: 1)])
      } throws: {
        "\($0)".contains("'\(pattern)'")
      }
    }
  }

  @Test func `frozen parameters are in no group`() throws {
    let all = try parameters(["0.a.weight", "0.b.weight"])
    try all[1].parameter.setTrainable(false)
    let groups = try ParameterGroup.groups(of: all, learningRate: 1, weightDecay: 0)
    #expect(groups.map { $0.parameters.map(\.name) } == [["0.a.weight"]])
  }
}
