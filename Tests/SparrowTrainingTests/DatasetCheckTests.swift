import SparrowCore
import SparrowData
import SparrowTraining
import Testing

@Suite struct DatasetCheckTests {
  private func part(_ columns: [(String, [DatasetValue])]) throws -> TrainingDataset {
    TrainingDataset(try Dataset(columns: columns.map { (name: $0.0, values: $0.1) }))
  }

  private func message(
    _ columns: [(String, [DatasetValue])], _ loss: any EmbeddingLoss
  ) -> String {
    do {
      let check = try DatasetCheck(
        part(columns), lossName: loss.name, requirement: loss.requirement)
      return "warnings: " + check.warnings.joined(separator: " ")
    } catch { return "\(error)" }
  }

  private let texts: [DatasetValue] = [.string("a"), .string("b")]
  private let numbers: [DatasetValue] = [.float(0.5), .integer(1)]

  @Test func `datasets that fit pass`() throws {
    let ranking = try SparseMultipleNegativesRankingLoss()
    #expect(message([("query", texts), ("answer", texts)], ranking) == "warnings: ")
    let pairs: [DatasetValue] = [.floats([1, 2]), .floats([3, 4])]
    let triples = [("query", texts), ("positive", texts), ("negative", texts)]
    #expect(message(triples + [("label", numbers)], SparseMarginMSELoss()) == "warnings: ")
    #expect(message(triples + [("label", pairs)], SparseMarginMSELoss()) == "warnings: ")
    #expect(message(triples + [("scores", pairs)], try SparseDistillKLDivLoss()) == "warnings: ")
    #expect(
      message([("a", texts), ("b", texts), ("score", numbers)], try SparseCoSENTLoss())
        == "warnings: ")
  }

  @Test func `messages name the loss, what it needs and what it got`() throws {
    let ranking = try SparseMultipleNegativesRankingLoss()
    #expect(
      message([("text", texts)], ranking)
        == "SparseMultipleNegativesRankingLoss needs at least 2 input columns (anchor, positive, negative, …) and no labels; the dataset has 1 input column ('text')."
    )
    #expect(
      message([("query", texts), ("positive", texts), ("label", numbers)], ranking)
        .contains("the dataset has the label column 'label'. Leave it out"))
    #expect(
      message([("a", texts), ("b", texts)], try SparseCoSENTLoss())
        .contains("none of them is called 'label', 'labels', 'score', 'scores'"))
    #expect(
      message(
        [("a", texts), ("b", texts), ("c", texts), ("label", numbers)], try SparseCoSENTLoss()
      )
      .contains("exactly 2 input columns"))
  }

  @Test func `labels of the wrong shape are refused`() throws {
    let triples = [("query", texts), ("positive", texts), ("negative", texts)]
    let long: [DatasetValue] = [.floats([1, 2, 3]), .floats([3, 4, 5])]
    #expect(
      message(triples + [("label", long)], SparseMarginMSELoss())
        .contains("has a list of 3 numbers where 3 input columns call for a number or a list of 1"))
    #expect(
      message(triples + [("label", numbers)], try SparseDistillKLDivLoss())
        .contains("has a number where 3 input columns call for a list of 2"))
    #expect(
      message([("a", texts), ("b", texts), ("label", texts)], try SparseCoSENTLoss())
        .contains("Column 'label' needs a finite number"))
    #expect(
      message(
        [("a", texts), ("b", texts), ("label", [.float(.nan), .float(1)])], try SparseCoSENTLoss()
      )
      .contains("needs a finite number"))
  }

  @Test func `columns that hold no texts are refused`() throws {
    let ranking = try SparseMultipleNegativesRankingLoss()
    #expect(
      message([("query", texts), ("answer", [.string(""), .string(" ")])], ranking)
        .contains("Column 'answer' is empty"))
    #expect(
      message([("query", texts), ("answer", numbers)], ranking)
        .contains("Column 'answer' needs a text in every row"))
    #expect(
      message([("query", texts), ("answer", [.string("a"), .null])], ranking)
        .contains("found nothing (null) in row 2"))
    #expect(
      message([("dataset_name", texts), ("answer", texts)], ranking).contains("reserved"))
  }

  @Test func `what looks wrong is warned about`() throws {
    let ranking = try SparseMultipleNegativesRankingLoss()
    #expect(message([("answer", texts), ("query", texts)], ranking).contains("usually number 2"))
    #expect(
      message([("query_id", texts), ("answer", texts)], ranking).contains("looks like identifiers"))
    #expect(
      message([("query", texts), ("answer", [.string("a"), .string("")])], ranking)
        .contains("has 1 empty text among 2"))
    #expect(
      message(
        [("a", texts), ("b", texts), ("score", [.float(4.5), .float(0)])],
        SparseCosineSimilarityLoss()
      ).contains("A label of the dataset is 4.5"))
  }
}
