import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowHub

/// What the Hub refuses is explained.
@Suite struct RefusalTests {
  private func error(
    _ name: String = "owner/name", token: String? = nil,
    _ change: (inout StandInHub.Repository) -> Void = { _ in }
  ) throws -> HubError? {
    var result: HubError?
    try HubBench.run { bench in
      var repository = try #require(bench.standIn["models/owner/name"])
      change(&repository)
      bench.standIn["models/owner/name"] = repository
      let hub = try bench.hub(token.map { ["HF_TOKEN": $0] } ?? [:])
      result = hubError { try hub.download(RepositoryReference(name)) }
    }
    return result
  }

  @Test func `a missing repository`() throws {
    let error = try error("owner/other")
    #expect(error?.code == .repositoryNotFound)
    #expect(error?.category == .missing)
    #expect(error?.message.contains("owner/other") == true)
    #expect(error?.message.contains("HF_TOKEN") == true)
  }

  @Test func `a private repository needs a token`() throws {
    #expect(try error { $0.isPrivate = true }?.code == .repositoryNotFound)
    #expect(try error(token: StandInHub.token) { $0.isPrivate = true } == nil)
  }

  @Test func `a gated repository tells where to accept its conditions`() throws {
    let error = try error { $0.isGated = true }
    #expect(error?.code == .gated)
    #expect(error?.message.contains("https://huggingface.co/owner/name") == true)
  }

  @Test func `a wrong token is not taken for a missing repository`() throws {
    let error = try error(token: "hf_wrong")
    #expect(error?.code == .unauthorized)
    #expect(error?.description.contains("hf_wrong") == false)
  }

  @Test func `a missing revision`() throws {
    let error = try error("owner/name@v9")
    #expect(error?.code == .revisionNotFound)
    #expect(error?.message.contains("'v9'") == true)
  }

  @Test func `a selection without files`() throws {
    try HubBench.run { bench in
      let selection = FileSelection(including: ["*.gguf"])
      let error = hubError { try bench.hub().download(HubBench.reference, files: selection) }
      #expect(error?.code == .fileNotFound)
    }
  }

  @Test func `a file that vanished`() throws {
    try HubBench.run { bench in
      bench.standIn.addFault(.init(404, headers: ["X-Error-Code": "EntryNotFound"])) {
        $0.path.last == "model.safetensors"
      }
      let error = hubError { try bench.hub().download(HubBench.reference) }
      #expect(error?.code == .fileNotFound)
      #expect(error?.message.contains("model.safetensors") == true)
    }
  }

  @Test func `a refusal gives the Hub's own words`() throws {
    try HubBench.run { bench in
      bench.standIn.addFault(.init(403, headers: ["X-Error-Message": "Not on Mondays."])) { _ in
        true
      }
      let error = hubError { try bench.hub().download(HubBench.reference) }
      #expect(error?.code == .forbidden)
      #expect(error?.message.contains("Not on Mondays.") == true)
    }
  }

  @Test func `a Hub that is not there`() throws {
    try HubBench.run { bench in
      let hub = try bench.hub(["HF_ENDPOINT": "http://127.0.0.1:9"])
      let error = hubError { try hub.download(HubBench.reference) }
      #expect(error?.code == .connection)
      #expect(bench.pauses.all.count == 4)
    }
  }
}
