import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowHub

/// What is in the cache is found, checked and used without the network.
@Suite struct CacheTests {
  @Test func `without the network the cache answers`() throws {
    try HubBench.run { bench in
      let first = try bench.hub().download(HubBench.reference)
      let count = bench.standIn.requests.count
      let offline = try bench.hub(["HF_HUB_OFFLINE": "1"])
      let snapshot = try offline.download(HubBench.reference)
      #expect(snapshot.folder == first.folder)
      #expect(Set(snapshot.paths) == Set(first.paths))
      #expect(snapshot.reasonForAge?.code == .offline)
      #expect(bench.standIn.requests.count == count)
    }
  }

  @Test func `what the cache lacks is named`() throws {
    try HubBench.run { bench in
      let offline = try bench.hub(["HF_HUB_OFFLINE": "yes"])
      #expect(hubError { try offline.download(HubBench.reference) }?.code == .offline)
      _ = try bench.hub().download(HubBench.reference, files: .model)
      #expect(try offline.download(HubBench.reference, files: .model).paths.count == 4)
      let error = hubError { try offline.download(HubBench.reference) }
      #expect(error?.code == .offline)
      #expect(error?.message.contains("pytorch_model.bin") == true)
      #expect(hubError { try offline.files(of: HubBench.reference) }?.code == .offline)
    }
  }

  @Test func `when the Hub cannot be reached the last known commit is used`() throws {
    try HubBench.run { bench in
      _ = try bench.hub().download(HubBench.reference)
      let hub = try bench.hub(["HF_ENDPOINT": "http://127.0.0.1:9"])
      let snapshot = try hub.download(HubBench.reference)
      #expect(snapshot.commit == HubBench.commit)
      #expect(snapshot.reasonForAge?.code == .connection)
    }
  }

  @Test func `repositories in the cache are listed`() throws {
    try HubBench.run { bench in
      let hub = try bench.hub()
      #expect(hub.cachedRepositories().isEmpty)
      _ = try hub.download(HubBench.reference)
      try FileManager.default.createDirectory(
        at: bench.cacheFolder.appendingPathComponent("version"), withIntermediateDirectories: true)
      let all = hub.cachedRepositories()
      #expect(all.map(\.reference) == [HubBench.reference])
      #expect(all.first?.revisions == ["main": HubBench.commit])
      #expect(all.first?.commits == [HubBench.commit])
      #expect(all.first?.byteCount == HubBench.files.values.reduce(0) { $0 + $1.count })
    }
  }

  @Test func `verification finds changed bytes and links that lead nowhere`() throws {
    try HubBench.run { bench in
      let hub = try bench.hub()
      let snapshot = try hub.download(HubBench.reference)
      #expect(try hub.verify(HubBench.reference).isEmpty)
      let weights = snapshot.folder.appendingPathComponent("model.safetensors")
        .resolvingSymlinksInPath()
      var bytes = try Data(contentsOf: weights)
      bytes[7] ^= 1
      try bytes.write(to: weights)
      let empty = snapshot.folder.appendingPathComponent("empty.txt").resolvingSymlinksInPath()
      try FileManager.default.removeItem(at: empty)
      let faults = try hub.verify(HubBench.reference)
      #expect(faults.map(\.file.lastPathComponent) == [weights.lastPathComponent, "empty.txt"])
      #expect(hubError { try hub.verify(RepositoryReference("owner/other")) }?.code == .offline)
    }
  }

  @Test(arguments: ["/etc/hostname", "../../../../../outside"])
  func `links out of the cache are refused`(_ target: String) throws {
    try HubBench.run { bench in
      try Data("secret".utf8).write(to: bench.folder.appendingPathComponent("outside"))
      let hub = try bench.hub()
      let snapshot = try hub.download(HubBench.reference)
      let link = snapshot.folder.appendingPathComponent("config.json").path
      try FileManager.default.removeItem(atPath: link)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
      for hub in [hub, try bench.hub(["HF_HUB_OFFLINE": "1"])] {
        let error = hubError { try hub.download(HubBench.reference) }
        #expect(error?.code == .corrupted)
        #expect(error?.location?.path == link)
      }
      #expect(try hub.verify(HubBench.reference).map(\.file.path) == [link])
    }
  }

  @Test func `a blob that was cut short is fetched again when its link is lost`() throws {
    try HubBench.run { bench in
      let hub = try bench.hub()
      let snapshot = try hub.download(HubBench.reference)
      let link = snapshot.folder.appendingPathComponent("model.safetensors")
      let blob = link.resolvingSymlinksInPath()
      try HubBench.weights.prefix(1000).write(to: blob)
      try FileManager.default.removeItem(at: link)
      _ = try hub.download(HubBench.reference)
      #expect(try Data(contentsOf: link) == HubBench.weights)
    }
  }

  @Test func `digests equal the published ones`() {
    let empty = Data()
    let text = Data("abc".utf8)
    let long = Data(repeating: UInt8(ascii: "a"), count: 1_000_000)
    #expect(
      BlobName(of: empty, by: .sha256).digits
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      BlobName(of: text, by: .sha256).digits
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      BlobName(of: long, by: .sha256).digits
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    #expect(
      BlobName(of: empty, by: .git).digits == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
    var digest = SHA1()
    for part in ["a", "b", "c"] { digest.update(part.utf8) }
    #expect(digest.hexadecimal() == "a9993e364706816aba3e25717850c26c9cd0d89d")
  }
}
