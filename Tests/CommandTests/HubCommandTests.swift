import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

/// `sparrow hub`, and models and collections that are named instead of copied.
@Suite struct HubCommandTests {
  /// A stand-in Hub with the demo model and a small collection, and what the commands see of it.
  private struct Bench {
    let standIn: StandInHub
    let environment: [String: String]
    let folder: URL

    func run(_ line: String) throws -> CommandRun {
      try CommandRun(line.split(separator: " ").map(String.init), environment: environment)
    }
  }

  private func withBench(_ body: (Bench) throws -> Void) throws {
    guard let model = SampleFiles.model(for: "the Hub") else { return }
    try Fixtures.withTemporaryFolder { folder in
      let standIn = try StandInHub()
      var files: [String: Data] = [:]
      for name in ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"] {
        files[name] = try Data(contentsOf: model.appendingPathComponent(name))
      }
      standIn["models/owner/tiny"] = StandInHub.Repository(files)
      let documents =
        #"{"_id": "1", "title": "Router", "text": "A wireless router."}"# + "\n"
        + #"{"_id": "2", "title": "Cake", "text": "How to bake a cake."}"# + "\n"
      standIn["datasets/owner/texts"] = StandInHub.Repository([
        "corpus.jsonl": Data(documents.utf8),
        "queries.jsonl": Data(#"{"_id": "q", "text": "bake"}"#.utf8),
        "qrels/test.tsv": Data("query-id\tcorpus-id\tscore\nq\t2\t1\n".utf8),
      ])
      standIn["datasets/owner/columns"] = StandInHub.Repository(["a.parquet": Data("PAR1".utf8)])
      let environment = [
        "HF_ENDPOINT": standIn.address, "HF_HOME": folder.path, "HF_TOKEN": StandInHub.token,
      ]
      try body(Bench(standIn: standIn, environment: environment, folder: folder))
    }
  }

  @Test func `a repository is downloaded, listed and verified`() throws {
    try withBench { bench in
      let download = try bench.run("hub download owner/tiny")
      #expect(download.code == 0, "\(download.errors)")
      let folder = try #require(download.lines.first)
      #expect(FileManager.default.fileExists(atPath: folder + "/model.safetensors"))
      let list = try bench.run("hub list")
      #expect(list.lines.count == 2)
      #expect(list.lines.last?.contains("owner/tiny") == true)
      #expect(try bench.run("hub list owner/tiny").lines.count == 5)
      let verification = try bench.run("hub verify")
      #expect(verification.code == 0)
      let weights = URL(fileURLWithPath: folder + "/config.json").resolvingSymlinksInPath()
      try Data("{}".utf8).write(to: weights)
      let damaged = try bench.run("hub verify owner/tiny")
      #expect(damaged.code == 1)
      #expect(damaged.output.contains(weights.lastPathComponent))
    }
  }

  @Test func `a folder is uploaded and downloaded again`() throws {
    try withBench { bench in
      let folder = bench.folder.appendingPathComponent("mine")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data("{}".utf8).write(to: folder.appendingPathComponent("config.json"))
      let upload = try bench.run("hub upload \(folder.path) owner/mine --private --message New")
      #expect(upload.code == 0, "\(upload.errors)")
      #expect(upload.output.contains("/owner/mine/commit/"))
      #expect(bench.standIn["models/owner/mine"]?.isPrivate == true)
      #expect(try bench.run("hub download owner/mine --json").output.contains("config.json"))
      #expect(try bench.run("hub upload \(folder.path) owner/mine").output.contains("already"))
    }
  }

  @Test func `a model and a collection may be named`() throws {
    try withBench { bench in
      let search = try bench.run(
        "search --model owner/tiny@main --collection owner/texts cake --json")
      #expect(search.code == 0, "\(search.errors)")
      let hits = try JSONValue(parsing: Array(search.output.utf8))["hits"]?.array
      #expect(hits?.first?["id"] == "2")
      let evaluation = try bench.run("evaluate --model bm25 --collection owner/texts --json")
      #expect(evaluation.code == 0, "\(evaluation.errors)")
    }
  }

  @Test func `what is neither here nor on the Hub is missing`() throws {
    try withBench { bench in
      let missing = try bench.run("encode --model owner/none text")
      #expect(missing.code == 3)
      #expect(missing.errors.contains("There is no folder 'owner/none' here."))
      #expect(missing.errors.contains("The Hub has no model"))
      let count = bench.standIn.requests.count
      #expect(try bench.run("encode --model ./owner/none text").code == 3)
      #expect(bench.standIn.requests.count == count)
      #expect(try bench.run("hub download a--b/c").code == 2)
    }
  }

  @Test func `training data may be named, as JSON lines and as CSV`() throws {
    try withBench { bench in
      let rows = (0..<4).map { (query: "query \($0)", answer: "answer \($0)") }
      let lines = rows.map { #"{"query": "\#($0.query)", "answer": "\#($0.answer)"}"# }
      let table = ["query,answer"] + rows.map { "\($0.query),\($0.answer)" }
      for (name, lines) in [("train.jsonl", lines), ("train.csv", table)] {
        bench.standIn["datasets/owner/pairs"] = StandInHub.Repository([
          name: Data((lines.joined(separator: "\n") + "\n").utf8)
        ])
        let output = bench.folder.appendingPathComponent(name + ".out").path
        let run = try bench.run(
          "train --model owner/tiny --train-dataset owner/pairs --max-steps 1 --output-dir \(output)"
        )
        #expect(run.code == 0, "\(name): \(run.errors)")
        #expect(run.lines.last?.hasPrefix("Trained 1 step") == true, "\(name)")
        try FileManager.default.removeItem(
          at: bench.folder.appendingPathComponent("hub/datasets--owner--pairs"))
      }
    }
  }

  @Test(arguments: [
    "evaluate --model bm25 --collection owner/columns",
    "train --model owner/tiny --train-dataset owner/columns --max-steps 1 --output-dir x",
  ])
  func `data sets that are kept as Parquet are refused with advice`(_ line: String) throws {
    try withBench { bench in
      let run = try bench.run(line)
      #expect(run.code == 1)
      #expect(run.errors.contains("Parquet"))
      #expect(run.errors.contains("to_json"))
    }
  }

  @Test func `a model is exported for another runtime`() throws {
    try withBench { bench in
      let file = bench.folder.appendingPathComponent("model.onnx").path
      let run = try bench.run("export onnx --model owner/tiny --precision int8 --output \(file)")
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.output.contains("sparse_embedding has 30,522 columns"))
      #expect(FileManager.default.fileExists(atPath: file))
      #expect(try bench.run("export onnx --model \(file)x --output x.onnx").code == 3)
    }
  }
}
