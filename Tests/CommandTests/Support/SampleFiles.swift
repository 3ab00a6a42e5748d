import Foundation
import SparrowTestSupport

/// Files that commands read in tests.
enum SampleFiles {
  /// The demo model, nil (and a note) when it is not there.
  static func model(for test: String) -> URL? {
    let model = Fixtures.model("splade-tiny")
    if model == nil { Fixtures.skip(test, because: "the model splade-tiny is not in .models") }
    return model
  }

  /// A copy of the demo model in which some files are other ones; nil when it is not there.
  static func modelCopy(for test: String, in folder: URL) throws -> URL? {
    guard let model = model(for: test) else { return nil }
    let copy = folder.appendingPathComponent("model")
    try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
    let names = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    for name in names {
      try FileManager.default.copyItem(
        at: model.resolvingSymlinksInPath().appendingPathComponent(name),
        to: copy.appendingPathComponent(name))
    }
    return copy
  }

  /// Writes a text file and returns its place.
  static func write(_ text: String, _ name: String, in folder: URL) throws -> URL {
    let file = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return file
  }

  /// Writes a small collection with four documents and two judged queries.
  static func collection(in folder: URL) throws -> URL {
    let collection = folder.appendingPathComponent("pets")
    let corpus = """
      {"_id": "d1", "title": "Cats", "text": "A cat sleeps most of the day and hunts mice at night."}
      {"_id": "d2", "title": "Dogs", "text": "A dog needs long walks and guards the house."}
      {"_id": "d3", "title": "Goldfish", "text": "Goldfish live in water and eat flakes."}
      {"_id": "d4", "title": "", "text": "Bread is baked from flour, water, salt and yeast."}

      """
    let queries = """
      {"_id": "q1", "text": "which animal hunts mice"}
      {"_id": "q2", "text": "how to bake bread"}
      {"_id": "q3", "text": "no judgment for this one"}

      """
    let qrels = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td4\t1\n"
    _ = try write(corpus, "corpus.jsonl", in: collection)
    _ = try write(queries, "queries.jsonl", in: collection)
    _ = try write(qrels, "qrels/test.tsv", in: collection)
    return collection
  }
}
