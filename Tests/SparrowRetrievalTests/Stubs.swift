import SparrowCore

/// Vectors looked up by text; other texts get zeros.
struct DenseTable: DenseEncoding {
  let dimension = 2
  var similarity = SimilarityFunction.dot
  let vectors: [String: [Float]]

  func encode(
    _ texts: [String], role: TextRole?, progress: ProgressReporter?
  ) throws -> DenseMatrix {
    try DenseMatrix(columnCount: dimension, values: texts.flatMap { vectors[$0] ?? [0, 0] })
  }
}

/// Judges a document by the number that it begins with.
struct LeadingNumber: RelevanceScorer {
  func scores(
    queries: [String], documents: [String], progress: ProgressReporter?
  ) throws -> [Float] {
    documents.map { Float($0.prefix { $0 != " " }) ?? 0 }
  }
}

/// Gives one number too few.
struct ForgetfulScorer: RelevanceScorer {
  func scores(
    queries: [String], documents: [String], progress: ProgressReporter?
  ) throws -> [Float] { Array(repeating: 1, count: max(0, documents.count - 1)) }
}
