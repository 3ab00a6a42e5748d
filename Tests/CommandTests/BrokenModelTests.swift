import Foundation
import SparrowCore
import SparrowTensor
import SparrowTestSupport
import Testing

/// What commands say about model folders that cannot be used.
@Suite struct BrokenModelTests {
  /// Encodes a word with a copy of the demo model that `change` has damaged.
  private func encode(
    _ test: String = #function, change: (URL) throws -> Void
  ) throws -> CommandRun? {
    try Fixtures.withTemporaryFolder { folder in
      guard let model = try SampleFiles.modelCopy(for: test, in: folder) else { return nil }
      try change(model)
      return try CommandRun(["encode", "--model", model.path, "hello"])
    }
  }

  private func rewriteWeights(
    of model: URL, _ change: (String, Tensor) throws -> [(name: String, tensor: Tensor)]
  ) throws {
    let url = model.appendingPathComponent("model.safetensors")
    let file = try SafetensorsFile(contentsOf: url)
    let tensors = try file.entries.flatMap { try change($0.name, file.tensor($0.name)) }
    try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: url)
  }

  private let norm = "bert.encoder.layer.0.attention.output.LayerNorm.gamma"

  @Test func `no folder there ends with code 3 and says what a model is`() throws {
    let run = try CommandRun("encode --model /nowhere/model hello")
    #expect(run.code == 3)
    #expect(run.errors.contains("/nowhere/model"))
    #expect(run.errors.contains("model.safetensors"))
  }

  @Test func `a folder without weights ends with code 3`() throws {
    guard
      let run = try encode(change: {
        try FileManager.default.removeItem(at: $0.appendingPathComponent("model.safetensors"))
      })
    else { return }
    #expect(run.code == 3)
    #expect(run.errors.contains("expected model.safetensors"), "\(run.errors)")
  }

  @Test func `truncated weights are told from whole ones`() throws {
    guard
      let run = try encode(change: { model in
        let file = model.appendingPathComponent("model.safetensors")
        try Data(contentsOf: file).prefix(1 << 20).write(to: file)
      })
    else { return }
    #expect(run.code == 1)
    #expect(run.errors.contains("model.safetensors"))
    #expect(run.errors.contains("truncated"), "\(run.errors)")
  }

  @Test func `an oversized header is refused before anything is read`() throws {
    guard
      let run = try encode(change: { model in
        let file = model.appendingPathComponent("model.safetensors")
        var data = try Data(contentsOf: file)
        data.replaceSubrange(0..<8, with: [255, 255, 255, 255, 255, 255, 255, 127])
        try data.write(to: file)
      })
    else { return }
    #expect(run.code == 1)
    #expect(run.errors.contains("header claims"), "\(run.errors)")
  }

  @Test func `a missing tensor is named`() throws {
    guard
      let run = try encode(change: { model in
        try rewriteWeights(of: model) { $0 == norm ? [] : [($0, $1)] }
      })
    else { return }
    #expect(run.code == 1)
    #expect(run.errors.contains("layer.0.attention.output.LayerNorm"), "\(run.errors)")
  }

  @Test func `a tensor of another shape is named with both shapes`() throws {
    guard
      let run = try encode(change: { model in
        try rewriteWeights(of: model) { name, tensor in
          [(name, name == norm ? try Tensor.ones([7]) : tensor)]
        }
      })
    else { return }
    #expect(run.code == 1)
    #expect(run.errors.contains("LayerNorm"), "\(run.errors)")
    #expect(run.errors.contains("[7]"), "\(run.errors)")
    #expect(run.errors.contains("[128]"), "\(run.errors)")
  }

  @Test func `a tensor left over is a warning`() throws {
    guard
      let run = try encode(change: { model in
        try rewriteWeights(of: model) { name, tensor in
          name == norm
            ? [(name, tensor), ("extra.weight", try Tensor.ones([2]))] : [(name, tensor)]
        }
      })
    else { return }
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errors.contains("warning:"))
    #expect(run.errors.contains("extra.weight"), "\(run.errors)")
    #expect(run.lines.count == 1)
  }

  @Test func `a broken tokenizer file is named with line and column`() throws {
    guard
      let run = try encode(change: { model in
        let file = model.appendingPathComponent("tokenizer.json")
        try Data(contentsOf: file).prefix(1000).write(to: file)
      })
    else { return }
    #expect(run.code == 1)
    #expect(run.errors.contains("tokenizer.json"), "\(run.errors)")
    #expect(run.errors.contains("JSON"), "\(run.errors)")
  }
}
