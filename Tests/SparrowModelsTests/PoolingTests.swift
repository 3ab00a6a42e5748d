import SparrowCore
import SparrowModelFiles
import SparrowModels
import SparrowTensor
import SparrowTestSupport
import Testing

@Suite struct PoolingTests {
  /// Two texts of 3 and 1 tokens with states of width 2.
  private func states() throws -> Tensor {
    try Tensor([1, -4, 2, 8, 6, -1, 5, 7] as [Float], shape: [4, 2])
  }

  private func pool(
    _ mode: Pooling.Mode, includesPrompt: Bool = true, promptTokenCount: Int = 0
  ) throws -> [Double] {
    let pooling = Pooling(inputDimension: 2, modes: [mode], includesPrompt: includesPrompt)
    return try pooling(states(), offsets: [0, 3, 4], promptTokenCount: promptTokenCount)
      .values(as: Double.self)
  }

  private static let pooled: [(Pooling.Mode, [Double])] = [
    (.cls, [1, -4, 5, 7]), (.max, [6, 8, 5, 7]), (.mean, [3, 1, 5, 7]),
    (.meanSquareRootLength, [9 / 3.0.squareRoot(), 3 / 3.0.squareRoot(), 5, 7]),
    (.weightedMean, [23.0 / 6, 1.5, 5, 7]), (.lastToken, [6, -1, 5, 7]),
  ]

  @Test(arguments: pooled)
  func `each mode pools the tokens of its text`(_ mode: Pooling.Mode, _ expected: [Double]) throws {
    let difference = compare(try pool(mode), with: expected, absolute: 1e-6)
    #expect(difference.isWithinTolerance, "\(difference)")
  }

  /// Weights of positions stay those of the whole text, and a text without other tokens gives zeros.
  private static let pooledWithoutPrompt: [(Pooling.Mode, [Double])] = [
    (.cls, [2, 8, 0, 0]), (.max, [6, 8, 0, 0]), (.mean, [4, 3.5, 0, 0]),
    (.weightedMean, [22.0 / 5, 13.0 / 5, 0, 0]), (.lastToken, [6, -1, 0, 0]),
  ]

  @Test(arguments: pooledWithoutPrompt)
  func `tokens of a prompt are left out when asked`(
    _ mode: Pooling.Mode, _ expected: [Double]
  ) throws {
    let found = try pool(mode, includesPrompt: false, promptTokenCount: 1)
    let difference = compare(found, with: expected, absolute: 1e-6)
    #expect(difference.isWithinTolerance, "\(difference)")
    #expect(try pool(mode, promptTokenCount: 1) == pool(mode))
  }

  @Test func `several modes stand one after another`() throws {
    let pooling = Pooling(inputDimension: 2, modes: [.mean, .cls])
    #expect(pooling.dimension == 4)
    let rows = try pooling(states(), offsets: [0, 3, 4])
    #expect(try rows.values(as: Float.self) == [3, 1, 1, -4, 5, 7, 5, 7])
    #expect(try pooling(Tensor.zeros([0, 2]), offsets: [0]).shape == [0, 4])
    #expect(try pooling(states(), offsets: [0, 4, 4]).narrowed(0, 1..<2).sum().item() == 0)
  }

  @Test(arguments: [
    (#"{}"#, [Pooling.Mode.mean]), (#"{"pooling_mode": "lasttoken"}"#, [.lastToken]),
    (#"{"pooling_mode": ["max", "cls"], "embedding_dimension": 2}"#, [.max, .cls]),
    (
      #"{"word_embedding_dimension": 2, "pooling_mode_mean_tokens": true, "pooling_mode_cls_token": true}"#,
      [.cls, .mean]
    ),
    (#"{"pooling_mode_mean_tokens": false}"#, [.mean]),
  ])
  func `new and old files are read`(_ text: String, _ modes: [Pooling.Mode]) throws {
    let object = try #require(try JSONValue(parsing: Array(text.utf8)).object)
    #expect(try Pooling(object, path: "config.json", width: 2).modes == modes)
  }

  @Test(arguments: [
    (#"{"pooling_mode": "median"}"#, "pooling_mode"), (#"{"pooling": 1}"#, "pooling"),
    (#"{"embedding_dimension": 3}"#, "embedding_dimension"),
    (#"{"include_prompt": "no"}"#, "include_prompt"),
  ])
  func `a file that makes no sense is refused`(_ text: String, _ key: String) throws {
    let object = try #require(try JSONValue(parsing: Array(text.utf8)).object)
    #expect { try Pooling(object, path: "config.json", width: 2) } throws: { error in
      ((error as? ModelError)?.description ?? "").contains("config.json (\(key))")
    }
  }
}
