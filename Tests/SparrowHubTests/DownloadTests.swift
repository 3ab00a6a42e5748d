import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowHub

/// Downloads from a stand-in Hub, whole, interrupted and damaged.
@Suite struct DownloadTests {
  private func contents(_ snapshot: Snapshot) throws -> [String: Data] {
    try snapshot.paths.reduce(into: [:]) { result, path in
      result[path] = try Data(contentsOf: snapshot.folder.appendingPathComponent(path))
    }
  }

  @Test func `a repository is downloaded into the layout of the Python library`() throws {
    try HubBench.run { bench in
      let snapshot = try bench.hub().download(HubBench.reference)
      #expect(try contents(snapshot) == HubBench.files)
      #expect(snapshot.reasonForAge == nil)
      #expect(snapshot.folder.path == bench.storage.path + "/snapshots/" + HubBench.commit)
      let main = bench.storage.appendingPathComponent("refs/main")
      #expect(try String(contentsOf: main, encoding: .utf8) == HubBench.commit)
      let nested = snapshot.folder.appendingPathComponent("1_SpladePooling/config.json").path
      let target = try FileManager.default.destinationOfSymbolicLink(atPath: nested)
      #expect(target.hasPrefix("../../../blobs/"))
      let names = try FileManager.default.contentsOfDirectory(
        atPath: bench.storage.appendingPathComponent("blobs").path)
      #expect(Set(names.map(\.count)) == [40, 64])
      #expect(names.count == HubBench.files.count)
      let tag = bench.cacheFolder.appendingPathComponent("CACHEDIR.TAG")
      #expect(try String(contentsOf: tag, encoding: .utf8).hasPrefix("Signature: 8a477f597d28d"))
    }
  }

  @Test func `a selection leaves files out`() throws {
    try HubBench.run { bench in
      let snapshot = try bench.hub().download(HubBench.reference, files: .model)
      #expect(!snapshot.paths.contains("pytorch_model.bin"))
      #expect(snapshot.paths.count == 4)
    }
  }

  @Test func `nothing is transferred twice`() throws {
    try HubBench.run { bench in
      let hub = try bench.hub()
      _ = try hub.download(HubBench.reference)
      let count = bench.standIn.requests.count
      _ = try hub.download(HubBench.reference)
      #expect(bench.standIn.requests.count == count + 1)
      _ = try hub.download(HubBench.reference.at(revision: HubBench.commit))
      #expect(bench.standIn.requests.count == count + 1)
    }
  }

  @Test func `lists of several pages are read to the end`() throws {
    try HubBench.run { bench in
      bench.standIn.splitLists(at: 2)
      let snapshot = try bench.hub().download(HubBench.reference)
      #expect(snapshot.paths.count == HubBench.files.count)
    }
  }

  @Test func `data sets and tags have addresses of their own`() throws {
    try HubBench.run { bench in
      bench.standIn["datasets/owner/texts"] = StandInHub.Repository(["a.jsonl": Data("{}".utf8)])
      let reference = try RepositoryReference("owner/texts@v1", kind: .dataset)
      let snapshot = try bench.hub().download(reference)
      #expect(snapshot.paths == ["a.jsonl"])
      #expect(snapshot.folder.path.contains("/datasets--owner--texts/"))
      #expect(try bench.hub(["HF_HUB_OFFLINE": "1"]).download(reference).paths == ["a.jsonl"])
    }
  }

  @Test func `progress ends with all bytes`() throws {
    try HubBench.run { bench in
      let updates = Guarded<[ProgressUpdate]>([])
      _ = try bench.hub().download(HubBench.reference) { update in
        updates.update { $0.append(update) }
      }
      let total = HubBench.files.values.reduce(0) { $0 + $1.count }
      #expect(updates.update { $0.map(\.completed).max() } == total)
      #expect(updates.update { $0.last?.total } == total)
    }
  }

  @Test func `a broken connection is resumed where it broke`() throws {
    try HubBench.run { bench in
      bench.standIn.addFault(
        .init(200, HubBench.weights, brokenAfter: 100_000), forFile: "model.safetensors")
      let snapshot = try bench.hub().download(HubBench.reference)
      #expect(try contents(snapshot) == HubBench.files)
      let ranges = bench.standIn.requests.compactMap { $0.headers["range"] }
      #expect(ranges.contains("bytes=100000-"))
      #expect(bench.pauses.all == [.seconds(1)])
    }
  }

  @Test func `an interrupted download is resumed by the next one`() throws {
    try HubBench.run { bench in
      bench.standIn.addFault(
        .init(200, HubBench.weights, brokenAfter: 70_000), forFile: "model.safetensors")
      bench.standIn.addFault(.init(503), times: 4, forFile: "model.safetensors")
      let error = hubError { try bench.hub().download(HubBench.reference) }
      #expect(error?.code == .server)
      let snapshot = try bench.hub().download(HubBench.reference)
      #expect(try contents(snapshot) == HubBench.files)
      #expect(bench.standIn.requests.contains { $0.headers["range"] == "bytes=70000-" })
    }
  }

  @Test func `a server without ranges sends everything again`() throws {
    try HubBench.run { bench in
      bench.standIn.addFault(
        .init(200, HubBench.weights, brokenAfter: 100_000), forFile: "model.safetensors")
      bench.standIn.addFault(.init(200, HubBench.weights), forFile: "model.safetensors")
      let snapshot = try bench.hub().download(HubBench.reference)
      #expect(try contents(snapshot) == HubBench.files)
    }
  }

  @Test func `bytes with a wrong digest are fetched once more`() throws {
    try HubBench.run { bench in
      var wrong = HubBench.weights
      wrong[5] ^= 1
      bench.standIn.addFault(.init(200, wrong), forFile: "model.safetensors")
      let snapshot = try bench.hub().download(HubBench.reference)
      #expect(try contents(snapshot) == HubBench.files)
    }
  }

  @Test func `bytes that never have their digest are an error and are not kept`() throws {
    try HubBench.run { bench in
      var wrong = HubBench.weights
      wrong[5] ^= 1
      bench.standIn.addFault(.init(200, wrong), times: 2, forFile: "model.safetensors")
      let error = hubError { try bench.hub().download(HubBench.reference) }
      #expect(error?.code == .corrupted)
      #expect(error?.message.contains("model.safetensors") == true)
      let names = CacheFolders.names(in: bench.storage.appendingPathComponent("blobs"))
      #expect(!names.contains { $0.hasSuffix(".incomplete") && $0.count > 60 })
      #expect(bench.pauses.all.isEmpty)
    }
  }

  @Test func `more bytes than promised are an error`() throws {
    try HubBench.run { bench in
      bench.standIn.addFault(.init(200, HubBench.weights + [1]), forFile: "model.safetensors")
      let error = hubError { try bench.hub().download(HubBench.reference) }
      #expect(error?.code == .corrupted)
      #expect(error?.location?.path.hasSuffix(".incomplete") == true)
    }
  }

  @Test func `the pause that the Hub asks for is kept`() throws {
    try HubBench.run { bench in
      bench.standIn.addFault(.init(429, headers: ["Retry-After": "7"])) { $0.path.contains("tree") }
      bench.standIn.addFault(.init(429, headers: ["RateLimit": "\"api\";r=0;t=55"])) {
        $0.path.contains("revision")
      }
      _ = try bench.hub().download(HubBench.reference)
      #expect(bench.pauses.all == [.seconds(55), .seconds(7)])
    }
  }

  @Test func `pauses grow until the Hub is given up`() throws {
    try HubBench.run { bench in
      bench.standIn.addFault(.init(500), times: 9) { _ in true }
      let error = hubError { try bench.hub().download(HubBench.reference) }
      #expect(error?.code == .server)
      #expect(bench.pauses.all == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
    }
  }

  @Test func `file names that lead out of the folder are refused`() throws {
    for path in ["../evil", "a/../../evil", "/etc/evil", "a\\..\\evil", "C:evil", "a//b", "."] {
      try HubBench.run([path: Data("x".utf8)]) { bench in
        let error = hubError { try bench.hub().download(HubBench.reference) }
        #expect(error?.code == .corrupted, "\(path)")
        #expect(error?.message.contains(path) == true)
        #expect(
          !FileManager.default.fileExists(
            atPath: bench.storage.appendingPathComponent("snapshots").path))
      }
    }
  }

  @Test func `redirects to other hosts do not get the token`() throws {
    try HubBench.run { bench in
      let other = try LoopbackServer { _ in .init(200, Data("{}".utf8)) }
      let target = other.address.replacing("127.0.0.1", with: "localhost") + "/x"
      bench.standIn.addFault(.init(302, headers: ["Location": target])) {
        $0.path.last == "config.json" && $0.path.contains("resolve") && $0.path.count == 5
      }
      let snapshot = try bench.writer().download(HubBench.reference)
      #expect(try contents(snapshot) == HubBench.files)
      #expect(other.requests.count == 1)
      #expect(other.requests.first?.headers["authorization"] == nil)
      for request in bench.standIn.requests {
        let isOnHub = request.path.first != "cdn"
        #expect((request.headers["authorization"] != nil) == isOnHub, "\(request.target)")
      }
    }
  }

  @Test func `redirects that go round or nowhere are errors`() throws {
    for location in ["/api/models/owner/name/revision/main", "file:///etc/passwd", ""] {
      try HubBench.run { bench in
        bench.standIn.addFault(.init(302, headers: ["Location": location]), times: 20) { _ in true }
        let error = hubError { try bench.hub().download(HubBench.reference) }
        #expect(error?.code == .unexpectedAnswer, "\(location)")
      }
    }
  }

  @Test func `an address that is no Hub is an error at once`() throws {
    try HubBench.run { bench in
      bench.standIn.addFault(.init(200, Data("<html>".utf8))) { _ in true }
      let error = hubError { try bench.hub().download(HubBench.reference) }
      #expect(error?.code == .unexpectedAnswer)
      #expect(error?.message.contains("HF_ENDPOINT") == true)
      #expect(bench.pauses.all.isEmpty)
    }
  }

  @Test func `a cancelled download stops`() async throws {
    let task = Task {
      unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      try HubBench.run { bench in
        let error = hubError { try bench.hub().download(HubBench.reference) }
        #expect(error?.code == .cancelled)
        #expect(bench.standIn.requests.isEmpty)
      }
    }
    try await task.value
  }

  @Test func `two downloads at a time share their work`() async throws {
    try HubBench.run { bench in
      let hubs = [try bench.hub(), try bench.hub()]
      let cancellation = Cancellation()
      try ParallelWork.forEach(hubs, threadCount: 2, cancellation) { (hub) throws(HubError) in
        _ = try hub.download(HubBench.reference)
      }
      let fetched = bench.standIn.requests.filter { $0.path.contains("resolve") }
      #expect(fetched.count == HubBench.files.count)
    }
  }
}
