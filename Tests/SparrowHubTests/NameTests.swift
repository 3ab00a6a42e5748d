import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowHub

/// Names, patterns and the environment.
@Suite struct NameTests {
  @Test func `references are read`() throws {
    let reference = try RepositoryReference("naver/splade-v3@refs/pr/1")
    #expect(reference.name == "naver/splade-v3")
    #expect(reference.revision == "refs/pr/1")
    #expect(reference.description == "naver/splade-v3@refs/pr/1")
    #expect(try RepositoryReference("gpt2").description == "gpt2")
    #expect(try RepositoryReference("a/b@" + HubBench.commit).isCommit)
  }

  @Test(arguments: [
    "", "a/b/c", "a//b", "/a", "a/", "a--b/c", "a/b..c", ".a/b", "a/b.git", "a b/c", "ä/b", "-a/b",
    "a/b@", "a/b@../x", "a/b@/x", "a/b@x//y", "a/b@.x", "a/b@x y",
    String(repeating: "a", count: 97),
  ])
  func `names that break the rules are refused`(_ text: String) {
    let error = hubError { try RepositoryReference(text) }
    #expect(error?.code == .invalidName)
    #expect(error?.category == .usage)
  }

  @Test func `patterns select files`() {
    let selection = FileSelection(
      including: ["*.json", "data/", "m?del.*"], excluding: ["*/x.json"])
    for path in ["a.json", "b/a.json", "data/b/c.bin", "model.bin", ".json"] {
      #expect(selection.contains(path), "\(path)")
    }
    for path in ["a.jsonl", "b/x.json", "datax", "mdel.bin", "a.txt"] {
      #expect(!selection.contains(path), "\(path)")
    }
    #expect(FileSelection.all.contains("anything"))
    let stars = FileSelection(including: [String(repeating: "*a", count: 50) + "b"])
    #expect(!stars.contains(String(repeating: "a", count: 5000)))
  }

  @Test func `the environment says where the Hub and its cache are`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let home = folder.path
      try Data(" hf_file\n".utf8).write(to: folder.appendingPathComponent("token"))
      func read(_ environment: [String: String]) throws -> HubConfiguration {
        try HubConfiguration(environment: environment)
      }
      let plain = try read(["HOME": home])
      #expect(plain.cacheFolder.path == home + "/.cache/huggingface/hub")
      #expect(plain.endpoint.absoluteString == "https://huggingface.co")
      #expect(plain.token == nil)
      #expect(!plain.isOffline)
      let moved = try read(["HF_HOME": home, "HOME": "/nowhere", "HF_HUB_OFFLINE": "true"])
      #expect(moved.cacheFolder.path == home + "/hub")
      #expect(moved.token == AccessToken("hf_file"))
      #expect(moved.isOffline)
      #expect("\(moved.token as Any)".contains("hf_file") == false)
      #expect(
        try read(["XDG_CACHE_HOME": "/x", "HOME": home]).cacheFolder.path == "/x/huggingface/hub")
      #expect(try read(["HF_HUB_CACHE": "~/c", "HOME": home]).cacheFolder.path == home + "/c")
      #expect(try read(["HF_HOME": home, "HF_TOKEN": "hf_first"]).token == AccessToken("hf_first"))
      #expect(hubError { try read(["HF_ENDPOINT": "huggingface.co"]) }?.code == .invalidName)
    }
  }
}
