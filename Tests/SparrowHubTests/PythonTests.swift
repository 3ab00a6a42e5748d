import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowHub

/// The official Python library and Sparrow use one cache, and read each other's uploads.
///
/// Runs when `SPARROW_PYTHON` names an interpreter that has `huggingface_hub`.
@Suite struct PythonTests {
  /// Runs Tools/hub_interop.py and gives the digests that it prints; nil when there is no Python.
  private func python(_ arguments: String..., bench: HubBench) throws -> [String: String]? {
    guard let python = ProcessInfo.processInfo.environment["SPARROW_PYTHON"] else {
      Fixtures.skip(
        "the official library", because: "SPARROW_PYTHON names no Python with huggingface_hub")
      return nil
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments =
      [Fixtures.repository.appendingPathComponent("Tools/hub_interop.py").path] + arguments
    process.environment = [
      "HF_ENDPOINT": bench.standIn.address, "HF_HOME": bench.folder.path,
      "HF_TOKEN": StandInHub.token, "HF_HUB_DISABLE_XET": "1", "HOME": bench.folder.path,
      "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let members = try JSONValue(parsing: Array(text)).object?.members
    return members?.reduce(into: [:]) { $0[$1.0] = $1.1.string }
  }

  private let expected = HubBench.files.mapValues { BlobName(of: $0, by: .sha256).digits }

  @Test func `the official library reads what Sparrow downloaded`() throws {
    try HubBench.run { bench in
      _ = try bench.hub().download(HubBench.reference)
      guard
        let found = try python("read", bench.cacheFolder.path, "owner/name", bench: bench)
      else { return }
      #expect(found == expected)
    }
  }

  @Test func `Sparrow reads what the official library downloaded`() throws {
    try HubBench.run { bench in
      guard
        let found = try python("write", bench.cacheFolder.path, "owner/name", bench: bench)
      else { return }
      #expect(found == expected)
      let count = bench.standIn.requests.count
      let snapshot = try bench.hub(["HF_HUB_OFFLINE": "1"]).download(HubBench.reference)
      #expect(Set(snapshot.paths) == Set(HubBench.files.keys))
      #expect(try bench.hub().verify(HubBench.reference).isEmpty)
      _ = try bench.hub().download(HubBench.reference)
      #expect(bench.standIn.requests.count == count + 1)
    }
  }

  @Test func `uploads of both are read by both`() throws {
    try HubBench.run { bench in
      let snapshot = try bench.hub().download(HubBench.reference)
      _ = try bench.writer().upload(snapshot.folder, to: RepositoryReference("owner/ours"))
      let other = bench.folder.appendingPathComponent("other").path
      guard let found = try python("write", other, "owner/ours", bench: bench) else { return }
      #expect(found == expected)
      _ = try python("upload", snapshot.folder.path, "owner/theirs", bench: bench)
      let theirs = try bench.hub().download(RepositoryReference("owner/theirs"))
      for (path, bytes) in HubBench.files {
        #expect(try Data(contentsOf: theirs.folder.appendingPathComponent(path)) == bytes)
      }
    }
  }
}
