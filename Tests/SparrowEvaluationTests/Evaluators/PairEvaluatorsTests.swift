import Foundation
import SparrowCore
import SparrowEvaluation
import SparrowTestSupport
import Testing

@Suite struct TripletEvaluatorTests {
  @Test func `numbers and files equal the reference's`() throws {
    let golden = try Fixtures.golden("evaluators")
    let texts = try #require(golden["triplet"])
    let runs = try ReferenceRun.golden("triplet")
    #expect(runs.count == 4)
    for run in runs {
      var encoder = try TableEncoder(golden: golden)
      encoder.similarity = try #require(
        run.json["model_similarity"]?.string.flatMap(SimilarityFunction.init))
      let margins = run["margin"]?.object?.members.compactMap { name, value in
        SimilarityFunction(rawValue: name).map { ($0, Float(value.double ?? 0)) }
      }
      let evaluator = try TripletEvaluator(
        anchors: texts.strings("anchors"), positives: texts.strings("positives"),
        negatives: texts.strings("negatives"),
        similarityFunctions: run.functions("similarity_fn_names"),
        mainSimilarity: run["main_similarity_function"]?.string.flatMap(SimilarityFunction.init),
        margin: Float(run["margin"]?.double ?? 0),
        margins: Dictionary(uniqueKeysWithValues: margins ?? []), options: run.options)
      try run.expect { try evaluator.evaluate(encoder, in: $0) }
    }
  }

  @Test func `many triplets are judged as by the reference`() throws {
    let fixture = try ReferenceRun.fixtureFile()
    let texts = try #require(fixture["pairs"])
    for run in try ReferenceRun.fixture("triplet") {
      let evaluator = try TripletEvaluator(
        anchors: texts.strings("first"), positives: texts.strings("second"),
        negatives: texts.strings("third"),
        similarityFunctions: [.cosine, .dot, .euclidean, .manhattan], margin: 0.25)
      try run.expect { try evaluator.evaluate(TableEncoder(fixture: fixture), in: $0) }
    }
  }

  @Test func `lists of different length and unknown main functions are refused`() {
    #expect(throws: EvaluationError.self) {
      try TripletEvaluator(anchors: ["a"], positives: ["b", "c"], negatives: ["d"])
    }
    #expect(throws: EvaluationError.self) {
      try TripletEvaluator(anchors: [], positives: [], negatives: [])
    }
    #expect(throws: EvaluationError.self) {
      try TripletEvaluator(
        anchors: ["a"], positives: ["b"], negatives: ["d"], similarityFunctions: [.dot],
        mainSimilarity: .cosine)
    }
  }
}

@Suite struct EmbeddingSimilarityEvaluatorTests {
  @Test func `numbers and files equal the reference's`() throws {
    let golden = try Fixtures.golden("evaluators")
    let texts = try #require(golden["embedding_similarity"])
    let runs = try ReferenceRun.golden("embedding_similarity")
    #expect(runs.count == 3)
    for run in runs {
      let evaluator = try EmbeddingSimilarityEvaluator(
        firstTexts: texts.strings("sentences1"), secondTexts: texts.strings("sentences2"),
        scores: try #require(texts["scores"]?.array).compactMap(\.double),
        similarityFunctions: run.functions("similarity_fn_names"),
        mainSimilarity: run["main_similarity"]?.string.flatMap(SimilarityFunction.init),
        options: run.options)
      // The reference computes cosines in float32.
      try run.expect(tolerance: 1e-7) {
        try evaluator.evaluate(TableEncoder(golden: golden), in: $0)
      }
    }
  }

  @Test func `many pairs correlate as in the reference`() throws {
    let fixture = try ReferenceRun.fixtureFile()
    let texts = try #require(fixture["pairs"])
    for run in try ReferenceRun.fixture("embedding_similarity") {
      let evaluator = try EmbeddingSimilarityEvaluator(
        firstTexts: texts.strings("first"), secondTexts: texts.strings("second"),
        scores: try #require(texts["scores"]?.array).compactMap(\.double),
        similarityFunctions: [.cosine, .dot, .euclidean, .manhattan])
      // Rounded to float32 after each step, cosines that are equal become unequal and change ranks.
      try run.expect(tolerance: 5e-4) {
        try evaluator.evaluate(TableEncoder(fixture: fixture), in: $0)
      }
    }
  }

  @Test func `a constant side has no correlation`() throws {
    let vector = SparseVector(dense: [1, 1])
    let encoder = TableEncoder(vectors: ["a": vector, "b": vector], dimension: 2)
    let evaluator = try EmbeddingSimilarityEvaluator(
      firstTexts: ["a", "b"], secondTexts: ["b", "a"], scores: [0, 1])
    #expect(try evaluator.evaluate(encoder).primaryValue.isNaN)
  }
}

@Suite struct BinaryClassificationEvaluatorTests {
  @Test func `numbers and files equal the reference's`() throws {
    let golden = try Fixtures.golden("evaluators")
    let texts = try #require(golden["binary_classification"])
    let runs = try ReferenceRun.golden("binary_classification")
    #expect(runs.count == 2)
    for run in runs {
      let evaluator = try BinaryClassificationEvaluator(
        firstTexts: texts.strings("sentences1"), secondTexts: texts.strings("sentences2"),
        labels: try #require(texts["labels"]?.array).map { $0.int == 1 },
        similarityFunctions: run.functions("similarity_fn_names"), options: run.options)
      try run.expect { try evaluator.evaluate(TableEncoder(golden: golden), in: $0) }
    }
  }

  @Test func `many pairs are told apart as by the reference`() throws {
    let fixture = try ReferenceRun.fixtureFile()
    let texts = try #require(fixture["pairs"])
    for run in try ReferenceRun.fixture("binary_classification") {
      let evaluator = try BinaryClassificationEvaluator(
        firstTexts: texts.strings("first"), secondTexts: texts.strings("second"),
        labels: try #require(texts["labels"]?.array).map { $0.int == 1 },
        similarityFunctions: [.dot, .euclidean, .manhattan])
      // Thresholds lie between float32 distances.
      try run.expect(tolerance: 2e-7) {
        try evaluator.evaluate(TableEncoder(fixture: fixture), in: $0)
      }
    }
  }

  @Test func `pairs that all belong together need no threshold`() throws {
    let vectors = ["a": SparseVector(dense: [1, 1]), "b": SparseVector(dense: [2, 0])]
    let evaluator = try BinaryClassificationEvaluator(
      firstTexts: ["a", "b"], secondTexts: ["b", "b"], labels: [true, true])
    let result = try evaluator.evaluate(TableEncoder(vectors: vectors, dimension: 2))
    #expect(result["dot_accuracy"] == 1)
    #expect(result["dot_accuracy_threshold"] == 2)
    #expect(result["dot_mcc"] == 0)
  }
}

@Suite struct MSEEvaluatorTests {
  @Test func `numbers and files equal the reference's`() throws {
    let golden = try Fixtures.golden("evaluators")
    let part = try #require(golden["mse"])
    let teacher = try TableEncoder(golden: golden)
    let offsets = try #require(part["student_offset_on_nonzero"]?.array).map {
      Float($0.double ?? 0)
    }
    let student = TableEncoder(
      vectors: teacher.vectors.mapValues { vector in
        SparseVector(dense: zip(vector.dense, offsets).map { $0 == 0 ? 0 : $0 + $1 })
      }, dimension: 8)
    for run in try ReferenceRun.golden("mse") {
      let evaluator = try MSEEvaluator(
        sourceTexts: part.strings("source"), targetTexts: part.strings("target"),
        teacher: teacher, options: run.options)
      try run.expect { try evaluator.evaluate(student, in: $0) }
    }
  }

  @Test func `without a name the file keeps its underscore`() throws {
    let fixture = try ReferenceRun.fixtureFile()
    let teacher = try TableEncoder(fixture: fixture)
    let student = try TableEncoder(fixture: fixture, adding: 0.1)
    let documents = (0..<200).map { "document \($0)" }
    for run in try ReferenceRun.fixture("mse") {
      let evaluator = try MSEEvaluator(
        sourceTexts: documents, targetTexts: documents, teacher: teacher)
      try Fixtures.withTemporaryFolder { folder in
        let result = try evaluator.evaluate(student, in: EvaluationContext(folder: folder))
        let expected = try #require(run.json["metrics"]?["negative_mse"]?.double)
        // The reference squares and averages in float32.
        #expect(abs(result.primaryValue - expected) < 1e-6 * abs(expected))
        let file = folder.appendingPathComponent("mse_evaluation__results.csv")
        #expect(try String(contentsOf: file, encoding: .utf8).hasPrefix("epoch,steps,MSE,"))
      }
    }
  }

  @Test func `a teacher of another dimension is refused`() throws {
    let teacher = SparseMatrix(columnCount: 3)
    #expect(throws: EvaluationError.self) {
      try MSEEvaluator(teacherEmbeddings: teacher, targetTexts: ["a"])
    }
    let wide = try SparseMatrix(columnCount: 3, rows: [SparseVector(dense: [1, 2, 3])])
    let evaluator = try MSEEvaluator(teacherEmbeddings: wide, targetTexts: ["a"])
    let student = TableEncoder(vectors: ["a": SparseVector(dense: [1, 2])], dimension: 2)
    #expect(throws: EvaluationError.self) { try evaluator.evaluate(student) }
  }
}

@Suite struct TranslationEvaluatorTests {
  @Test func `numbers and files equal the reference's`() throws {
    let golden = try Fixtures.golden("evaluators")
    let part = try #require(golden["translation"])
    for run in try ReferenceRun.golden("translation") {
      let evaluator = try TranslationEvaluator(
        sourceTexts: part.strings("source"), targetTexts: part.strings("target"),
        options: run.options)
      try run.expect { try evaluator.evaluate(TableEncoder(golden: golden), in: $0) }
    }
  }

  @Test func `many translations are matched as by the reference`() throws {
    let fixture = try ReferenceRun.fixtureFile()
    for run in try ReferenceRun.fixture("translation") {
      let evaluator = try TranslationEvaluator(
        sourceTexts: (0..<60).map { "query \($0)" }, targetTexts: (0..<60).map { "document \($0)" }
      )
      try run.expect { try evaluator.evaluate(TableEncoder(fixture: fixture), in: $0) }
    }
  }
}

extension JSONValue {
  /// A member that is a list of texts.
  func strings(_ key: String) throws -> [String] {
    try #require(self[key]?.array).compactMap(\.string)
  }
}
