import Foundation
import SparrowCore
import SparrowTensor
import SparrowTestSupport
import SparrowTraining
import Testing

@Suite struct EmbeddingLossTests {
  private func random(_ shape: [Int], seed: UInt64) throws -> Tensor {
    var generator = MersenneTwister(seed: seed)
    let values = (0..<shape.reduce(1, *)).map { _ in
      max(0, Double(generator.next()) / Double(UInt32.max) * 3.4 - 1.7)
    }
    return try Tensor(values, shape: shape)
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "nothing was thrown"
    } catch { return "\(error)" }
  }

  @Test func `the order loss equals the sum over all pairs`() throws {
    for seed in UInt64(0)..<5 {
      let left = try random([9, 7], seed: seed)
      let right = try random([9, 7], seed: seed + 100)
      let labels = [0.5, 0.25, 0.5, 1, 0, 0.25, 0.75, 0.5, 1]
      let loss = try SparseCoSENTLoss(scale: 3)
      let rows = try [left, right].map { try $0.values(as: Double.self) }
      let scores = (0..<9).map { row in
        let (x, y) = (rows[0][(row * 7)..<(row * 7 + 7)], rows[1][(row * 7)..<(row * 7 + 7)])
        func dot(_ a: ArraySlice<Double>, _ b: ArraySlice<Double>) -> Double {
          zip(a, b).map(*).reduce(0, +)
        }
        let lengths = (dot(x, x) * dot(y, y)).squareRoot()
        return lengths > 0 ? 3 * dot(x, y) / lengths : 0
      }
      var sum = 1.0
      for i in 0..<9 {
        for j in 0..<9 where labels[i] < labels[j] { sum += exp(scores[i] - scores[j]) }
      }
      let found = try loss([left, right], labels: Tensor(labels)).item()
      #expect(abs(found - log(sum)) < 1e-12, "seed \(seed)")
    }
  }

  @Test func `distillation of embeddings means the same inside a wrapper`() throws {
    let columns = try [random([3, 4], seed: 1), random([3, 4], seed: 2)]
    let targets = try random([3, 4], seed: 3)
    let direct = try SparseMSELoss()(columns, labels: targets).item()
    let wrapped = try SpladeLoss(SparseMSELoss(), documentRegularizerWeight: 0)
      .components(of: columns, labels: targets)[0].value.item()
    // What the reference computes inside a wrapper: column c against label row c.
    let misread = try columns.enumerated().map { index, column in
      try (column - targets.narrowed(0, index..<(index + 1))).squared().mean().item()
    }
    #expect(wrapped == direct)
    #expect(abs(wrapped - misread.reduce(0, +) / 2) > 0.05)
  }

  @Test func `a candidate that the teacher excludes adds nothing`() throws {
    let columns = try (0..<4).map { try random([2, 5], seed: $0) }
    let loss = try SparseDistillKLDivLoss(temperature: 1)
    let all = try loss(
      columns, labels: Tensor([1, 2, -.infinity, 0, 1, -.infinity] as [Double], shape: [2, 3]))
    #expect(try all.item().isFinite)
    #expect(
      message {
        let labels = try Tensor([1, 2, .nan, 0, 1, 3] as [Double], shape: [2, 3])
        _ = try loss(columns, labels: labels)
      }.contains("not a number"))
  }

  @Test func `a factor scales both weights of the regularisers`() throws {
    let columns = try [random([3, 4], seed: 1), random([3, 4], seed: 2)]
    let loss = try SpladeLoss(
      SparseMultipleNegativesRankingLoss(), documentRegularizerWeight: 0.5,
      queryRegularizerWeight: 0.25)
    let full = try loss.components(of: columns, labels: nil).map { try $0.value.item() }
    loss.weightFactor = 0
    let none = try loss.components(of: columns, labels: nil).map { try $0.value.item() }
    #expect(none == [full[0], 0, 0])
    #expect(loss.documentWeight == 0 && loss.queryWeight == 0)
    loss.weightFactor = 0.5
    #expect(loss.documentWeight == 0.25 && loss.queryWeight == 0.125)
  }

  @Test func `the sum of absolute weights is a mean over rows`() throws {
    let rows = try Tensor([1, -2, 0, 0, 0, 3] as [Double], shape: [2, 3])
    let more = try Tensor([1, 1, 1] as [Double], shape: [1, 3])
    #expect(try L1Loss()([rows]).item() == 3)
    #expect(try L1Loss()([rows, more]).item() == 3)
    #expect(try L1Loss(threshold: 1)([rows]).item() == 1.5)
    #expect(
      try FlopsLoss()([rows, more]).item()
        == FlopsLoss()([Tensor.concatenated([rows, more])]).item())
  }

  @Test func `penalties together are the sum of their shares`() throws {
    let rows = try Tensor([1, -2, 0, 0, 0, 3] as [Double], shape: [2, 3])
    let joint = try JointRegularizer([(FlopsLoss(), 1), (L1Loss(), 0.5)])
    #expect(joint.name == "FlopsLoss+L1Loss")
    #expect(try joint([rows]).item() == FlopsLoss()([rows]).item() + 1.5)
    #expect(throws: TrainingError.self) { try JointRegularizer([]) }
    #expect(throws: TrainingError.self) { try JointRegularizer([(FlopsLoss(), -1)]) }
  }

  @Test(arguments: SimilarityFunction.allCases)
  func `every similarity ranks the own document first`(similarity: SimilarityFunction) throws {
    let queries = try random([4, 20], seed: 7)
    let own = try SparseMultipleNegativesRankingLoss(scale: 5, similarity: similarity)(
      [queries, queries], labels: nil
    ).item()
    let shifted = try Tensor.concatenated([
      queries.narrowed(0, 1..<4), queries.narrowed(0, 0..<1),
    ])
    let others = try SparseMultipleNegativesRankingLoss(scale: 5, similarity: similarity)(
      [queries, shifted], labels: nil
    ).item()
    #expect(own < others)
  }

  @Test func `options that make no sense are refused`() {
    let refused: [(String, () throws -> Void)] = [
      ("scale above 0", { _ = try SparseMultipleNegativesRankingLoss(scale: 0) }),
      (
        "'query_to_doc'",
        { _ = try SparseMultipleNegativesRankingLoss(directions: [.queryToQuery]) }
      ),
      (
        "different directions",
        {
          _ = try SparseMultipleNegativesRankingLoss(
            directions: [.queryToDocument, .queryToDocument])
        }
      ),
      (
        "per direction",
        {
          _ = try SparseMultipleNegativesRankingLoss(
            directions: [.queryToDocument, .queryToQuery], partitionMode: .perDirection)
        }
      ),
      (
        "strength from 0",
        {
          _ = try SparseMultipleNegativesRankingLoss(
            hardnessMode: .allNegatives, hardnessStrength: -1)
        }
      ),
      ("temperatures above 0", { _ = try SparseDistillKLDivLoss(temperature: 0) }),
      ("scale above 0", { _ = try SparseCoSENTLoss(scale: -.infinity) }),
      ("scale above 0", { _ = try SparseAnglELoss(scale: 0) }),
      (
        "document_regularizer_weight",
        { _ = try SpladeLoss(SparseMarginMSELoss(), documentRegularizerWeight: -1) }
      ),
      (
        "use_document_regularizer_only",
        {
          _ = try SpladeLoss(
            SparseMarginMSELoss(),
            .init(
              documentRegularizerWeight: 1, queryRegularizerWeight: 1,
              usesDocumentRegularizerOnly: true))
        }
      ),
    ]
    for (expected, body) in refused {
      #expect(message(body).contains(expected), "\(expected)")
    }
  }

  @Test func `columns and labels that do not fit are refused`() throws {
    let column = try random([3, 4], seed: 1)
    let wide = try random([3, 5], seed: 1)
    let scores = try Tensor([1, 2, 3] as [Double])
    let refused: [(String, () throws -> Void)] = [
      (
        "at least 2 input columns (anchor, positive, negative, …); found 1",
        { _ = try SparseMultipleNegativesRankingLoss()([column], labels: nil) }
      ),
      (
        "exactly 3 input columns (anchor, positive, negative); found 2",
        { _ = try SparseTripletLoss()([column, column], labels: nil) }
      ),
      (
        "one shape [batch, vocabulary]; found [[3, 4], [3, 5]]",
        { _ = try SparseMultipleNegativesRankingLoss()([column, wide], labels: nil) }
      ),
      (
        "There are none", { _ = try SparseCoSENTLoss()([column, column], labels: nil) }
      ),
      (
        "3 labels, one a row; found shape [2]",
        {
          let labels = try Tensor([1, 2] as [Double])
          _ = try SparseCosineSimilarityLoss()([column, column], labels: labels)
        }
      ),
      (
        "needs labels of shape [3, 2] (margins",
        {
          _ = try SparseMarginMSELoss()([column, column, column, column], labels: scores)
        }
      ),
      (
        "needs labels of shape [3, 2], one teacher score",
        { _ = try SparseDistillKLDivLoss()([column, column, column], labels: scores) }
      ),
      (
        "needs labels of shape [3, 4] (one target",
        { _ = try SparseMSELoss()([column], labels: scores) }
      ),
      (
        "label that is not a number",
        {
          let labels = try Tensor([1, .nan, 2] as [Double])
          _ = try SparseAnglELoss()([column, column], labels: labels)
        }
      ),
      (
        "there is only one",
        {
          let loss = try SpladeLoss(SparseMSELoss(), documentRegularizerWeight: 1)
          _ = try loss.components(of: [column], labels: column)
        }
      ),
      ("there are none", { _ = try FlopsLoss()([]) }),
    ]
    for (expected, body) in refused {
      let found = message(body)
      #expect(found.contains(expected), "expected '\(expected)', found '\(found)'")
    }
  }

  @Test func `a wrapper needs a document column`() throws {
    let loss = try SpladeLoss(SparseMSELoss(), documentRegularizerWeight: 1)
    #expect(loss.requirement.columnCounts == 2...Int.max)
    let alone = try SpladeLoss(
      SparseMSELoss(),
      .init(documentRegularizerWeight: 1, usesDocumentRegularizerOnly: true))
    #expect(alone.requirement.columnCounts == 1...Int.max)
  }

  @Test func `an odd number of dimensions counts as one more`() throws {
    let columns = try [random([3, 5], seed: 1), random([3, 5], seed: 2)]
    let zeros = try Tensor.zeros([3, 1], dtype: .float64)
    let padded = try columns.map { try Tensor.concatenated([$0, zeros], along: 1) }
    let labels = try Tensor([1, 2, 3] as [Double])
    let loss = try SparseAnglELoss()
    #expect(try loss(columns, labels: labels).item() == loss(padded, labels: labels).item())
  }
}
