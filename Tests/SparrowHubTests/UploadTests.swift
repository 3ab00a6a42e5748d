import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowHub

/// Uploads to a stand-in Hub, and what comes back from it.
@Suite struct UploadTests {
  private func folder(_ bench: HubBench, _ files: [String: Data] = HubBench.files) throws -> URL {
    let folder = bench.folder.appendingPathComponent("model")
    for (path, bytes) in files {
      let file = folder.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try bytes.write(to: file)
    }
    return folder
  }

  private let new = "owner/new"

  @Test func `what was uploaded is downloaded again`() throws {
    try HubBench.run { bench in
      let hub = try bench.writer()
      let folder = try folder(bench, HubBench.files.merging([".git/config": Data("x".utf8)]) { $1 })
      let result = try hub.upload(folder, to: RepositoryReference(new))
      #expect(Set(result.paths) == Set(HubBench.files.keys))
      #expect(result.commitAddress?.absoluteString.contains("/commit/") == true)
      #expect(result.pullRequestAddress == nil)
      #expect(bench.standIn["models/owner/new"]?.isPrivate == false)
      let snapshot = try bench.hub().download(RepositoryReference(new))
      for (path, bytes) in HubBench.files {
        #expect(try Data(contentsOf: snapshot.folder.appendingPathComponent(path)) == bytes)
      }
      #expect(bench.standIn.commits.first?.first?.contains("Upload with Sparrow") == true)
    }
  }

  @Test func `files that have not changed are not sent again`() throws {
    try HubBench.run { bench in
      let hub = try bench.writer()
      let folder = try folder(bench)
      let reference = try RepositoryReference(new)
      _ = try hub.upload(folder, to: reference)
      let again = try hub.upload(folder, to: reference)
      #expect(again == UploadResult(commitAddress: nil, pullRequestAddress: nil, paths: []))
      try Data("{\"b\": 2}".utf8).write(to: folder.appendingPathComponent("config.json"))
      #expect(try hub.upload(folder, to: reference).paths == ["config.json"])
      #expect(bench.standIn.commits.count == 2)
    }
  }

  @Test func `large files go in parts when the Hub wants it`() throws {
    try HubBench.run { bench in
      bench.standIn.splitUploads(at: 70_000)
      _ = try bench.writer().upload(folder(bench), to: RepositoryReference(new))
      let parts = bench.standIn.requests.filter { $0.method == "PUT" }.map(\.body.count)
      #expect(parts == [70_000, 70_000, 70_000, 70_000, 20_000])
      #expect(bench.standIn["models/owner/new"]?.files["model.safetensors"] == HubBench.weights)
    }
  }

  @Test func `a failed part is sent once more`() throws {
    try HubBench.run { bench in
      bench.standIn.addFault(.init(500)) { $0.method == "PUT" }
      _ = try bench.writer().upload(folder(bench), to: RepositoryReference(new))
      #expect(bench.standIn["models/owner/new"]?.files["model.safetensors"] == HubBench.weights)
      #expect(bench.pauses.all == [.seconds(1)])
    }
  }

  @Test func `a pull request leaves the branch as it is`() throws {
    try HubBench.run { bench in
      var options = UploadOptions()
      options.createsPullRequest = true
      options.isPrivate = true
      options.message = "Better weights"
      options.selection = FileSelection(including: ["*.json"])
      let result = try bench.writer().upload(
        folder(bench), to: RepositoryReference(new), options: options)
      #expect(result.pullRequestAddress?.path == "/owner/new/discussions/1")
      #expect(result.paths.count == 2)
      #expect(bench.standIn["models/owner/new"]?.files.isEmpty == true)
      #expect(bench.standIn["models/owner/new"]?.isPrivate == true)
    }
  }

  @Test func `a commit is never sent twice`() throws {
    try HubBench.run { bench in
      bench.standIn.addFault(.init(500)) { $0.path.contains("commit") }
      let error = hubError {
        try bench.writer().upload(folder(bench), to: RepositoryReference(new))
      }
      #expect(error?.code == .server)
      #expect(bench.standIn.requests.filter { $0.path.contains("commit") }.count == 1)
    }
  }

  @Test func `what an upload needs is said before anything is sent`() throws {
    try HubBench.run { bench in
      let reference = try RepositoryReference(new)
      let model = try folder(bench)
      #expect(hubError { try bench.hub().upload(model, to: reference) }?.code == .unauthorized)
      let offline = try bench.hub(["HF_HUB_OFFLINE": "1", "HF_TOKEN": "hf"])
      #expect(hubError { try offline.upload(model, to: reference) }?.code == .offline)
      let nothing = bench.folder.appendingPathComponent("nothing")
      let error = hubError { try bench.writer().upload(nothing, to: reference) }
      #expect(error?.location?.path == nothing.path)
      #expect(bench.standIn.requests.isEmpty)
      let wrong = try bench.hub(["HF_TOKEN": "hf_wrong"])
      #expect(hubError { try wrong.upload(model, to: reference) }?.code == .forbidden)
    }
  }
}
