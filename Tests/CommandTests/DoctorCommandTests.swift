import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@Suite struct DoctorCommandTests {
  private func findings(_ arguments: [String]) throws -> (code: Int32, findings: [JSONValue]) {
    let run = try CommandRun(["doctor", "--json"] + arguments)
    let value = try JSONValue(parsing: Array(run.output.utf8))
    return (run.code, try #require(value["findings"]?.array))
  }

  private func details(_ findings: [JSONValue], _ status: String) -> [String] {
    findings.filter { $0["status"]?.string == status }.compactMap { $0["detail"]?.string }
  }

  @Test func `the machine is described`() throws {
    let (code, findings) = try findings([])
    #expect(code == 0)
    let subjects = findings.compactMap { $0["subject"]?.string }
    #expect(
      subjects == ["Swift", "libtorch", "processor", "threads", "devices", "memory", "disk"])
    let devices = findings.first { $0["subject"]?.string == "devices" }
    #expect(devices?["detail"]?.string?.contains("cpu") == true)
  }

  @Test func `a good model and collection pass`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let collection = try SampleFiles.collection(in: folder)
      let (code, findings) = try findings([
        "--model", model.path, "--collection", collection.path,
      ])
      #expect(code == 0)
      #expect(details(findings, "fail").isEmpty)
      #expect(details(findings, "ok").contains { $0.contains("4 documents") })
      #expect(details(findings, "ok").contains { $0.contains("2 queries, 2 judgments") })
      #expect(details(findings, "ok").contains { $0.contains("active dimensions") })
    }
  }

  @Test func `what fails makes exit code 1`() throws {
    let run = try CommandRun("doctor --model /nowhere --collection /nowhere --dataset /nowhere.csv")
    #expect(run.code == 1)
    #expect(run.lines.count { $0.hasPrefix("fail") } == 3)
    #expect(run.errors == "error: 3 checks failed.\n")
  }

  @Test func `judged documents that are not there are a warning`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let collection = try SampleFiles.collection(in: folder)
      _ = try SampleFiles.write(
        "query-id\tcorpus-id\tscore\nq1\td9\t1\n", "qrels/dev.tsv", in: collection)
      let (code, findings) = try findings(["--collection", collection.path])
      #expect(code == 0)
      #expect(details(findings, "warn").contains { $0.contains("'d9'") })
    }
  }

  @Test func `columns of a dataset are looked at`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let file = try SampleFiles.write(
        "query,answer,doc_id,label\nq,a,1,1\nq2,,2,0.5\n", "pairs.csv", in: folder)
      let (code, findings) = try findings(["--dataset", file.path])
      #expect(code == 0)
      #expect(details(findings, "ok").contains { $0.contains("2 rows, inputs 'query', 'answer'") })
      let warnings = details(findings, "warn")
      #expect(warnings.contains { $0.contains("1 of 2 texts are empty") })
      #expect(warnings.contains { $0.contains("identifiers") })
    }
  }
}
