import Foundation
import SparrowTestSupport
import Synchronization

@testable import SparrowHub

/// A stand-in Hub and a cache of its own for one test.
struct HubBench: Sendable {
  let standIn: StandInHub
  let folder: URL
  /// The pauses that were asked for; none is waited for.
  let pauses = Pauses()

  final class Pauses: Sendable {
    let list = Mutex<[Duration]>([])
    var all: [Duration] { list.withLock { $0 } }
  }

  /// Runs a test with a Hub that has the model `owner/name`.
  static func run(
    _ files: [String: Data] = HubBench.files, _ body: (HubBench) throws -> Void
  ) throws {
    try Fixtures.withTemporaryFolder { folder in
      let bench = HubBench(standIn: try StandInHub(), folder: folder)
      bench.standIn["models/owner/name"] = StandInHub.Repository(files)
      try body(bench)
    }
  }

  static let weights = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) })
  static let files: [String: Data] = [
    "config.json": Data("{}".utf8), "1_SpladePooling/config.json": Data("{\"a\": 1}".utf8),
    "model.safetensors": weights, "empty.txt": Data(), "pytorch_model.bin": Data("pickle".utf8),
  ]
  static let commit = String(repeating: "a1", count: 20)

  var cacheFolder: URL { folder.appendingPathComponent("cache/hub") }
  var storage: URL { cacheFolder.appendingPathComponent("models--owner--name") }

  /// What the environment of the tests' process says plays no part.
  func configuration(_ extra: [String: String] = [:]) throws -> HubConfiguration {
    let environment = [
      "HF_ENDPOINT": standIn.address, "HF_HOME": folder.appendingPathComponent("cache").path,
    ]
    return try HubConfiguration(environment: environment.merging(extra) { $1 })
  }

  func hub(_ extra: [String: String] = [:]) throws -> Hub {
    let pauses = pauses
    return Hub(
      client: HubClient(try configuration(extra)) { (delay, _) throws(HubError) in
        pauses.list.withLock { $0.append(delay) }
      })
  }

  func writer() throws -> Hub { try hub(["HF_TOKEN": StandInHub.token]) }

  static let reference = RepositoryReference.example
}

extension RepositoryReference {
  fileprivate static let example = {
    guard let reference = try? RepositoryReference("owner/name") else { fatalError("a bad name") }
    return reference
  }()
}

/// The error that `body` throws, nil when it throws none.
func hubError(_ body: () throws -> some Any) -> HubError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? HubError
  }
}
