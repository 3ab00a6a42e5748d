import Foundation
import SparrowTestSupport
import Testing

/// What can only be seen from outside the process: signals, closed pipes, full disks.
@Suite struct BinaryTests {
  /// The built `sparrow`, beside the test bundle.
  private let binary: URL? = {
    let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    let file = folder.appendingPathComponent("sparrow")
    return FileManager.default.isExecutableFile(atPath: file.path) ? file : nil
  }()

  private struct Ended {
    let code: Int32
    let output: String
    let errors: String
  }

  /// Runs a line of shell in which `$sparrow` and `$model` are set.
  private func run(
    _ line: String, in folder: URL, test: String, _ whileRunning: (Process) -> Void = { _ in }
  ) throws -> Ended? {
    guard let binary else {
      Fixtures.skip(test, because: "the program sparrow is not beside the tests")
      return nil
    }
    guard let model = SampleFiles.model(for: test) else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line]
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging([
      "sparrow": binary.path, "model": model.path,
    ]) { $1 }
    let output = folder.appendingPathComponent("stdout.log")
    let errors = folder.appendingPathComponent("stderr.log")
    for file in [output, errors] {
      guard FileManager.default.createFile(atPath: file.path, contents: nil) else { return nil }
    }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    whileRunning(process)
    process.waitUntilExit()
    return Ended(
      code: process.terminationReason == .exit
        ? process.terminationStatus : 128 + process.terminationStatus,
      output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }

  @Test func `Ctrl-C stops an encoding with code 130 and leaves no file`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let text = String(repeating: "the quick brown fox jumps over the lazy dog ", count: 20)
      _ = try SampleFiles.write(
        String(repeating: text + "\n", count: 4000), "in.txt", in: folder)
      let ended = try run(
        "exec $sparrow encode --model $model --input in.txt --output out.jsonl", in: folder,
        test: #function
      ) { process in
        Thread.sleep(forTimeInterval: 1.5)
        kill(process.processIdentifier, SIGINT)
      }
      guard let ended else { return }
      #expect(ended.code == 130)
      #expect(ended.errors.contains("error: "), "\(ended.errors)")
      #expect(!ended.errors.contains("crash"), "\(ended.errors)")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(Set(names) == ["in.txt", "stdout.log", "stderr.log"])
    }
  }

  @Test func `Ctrl-C ends waiting for the standard input`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let ended = try run(
        "sleep 30 | exec $sparrow encode --model $model --input - & sleep 1.5; kill -INT $!; wait $!",
        in: folder, test: #function)
      guard let ended else { return }
      #expect(ended.code == 130)
    }
  }

  @Test func `a reader that goes away ends the command quietly`() throws {
    try Fixtures.withTemporaryFolder { folder in
      _ = try SampleFiles.write(
        String(repeating: "hello world\n", count: 1000), "in.txt", in: folder)
      let ended = try run(
        "($sparrow encode --model $model --input in.txt -q; echo $? > code) | head -n 1",
        in: folder, test: #function)
      guard let ended else { return }
      #expect(ended.errors.isEmpty)
      #expect(ended.output.hasPrefix(#"{"id":"1""#))
      let code = try String(contentsOf: folder.appendingPathComponent("code"), encoding: .utf8)
      #expect(code == "0\n")
    }
  }

  @Test func `a full disk while saving keeps the old model whole`() throws {
    try Fixtures.withTemporaryFolder { folder in
      // A limit on the size of files stands in for a full disk.
      let ended = try run(
        """
        $sparrow convert --model $model --output saved >/dev/null &&
        $sparrow encode --model saved hello > before &&
        (ulimit -f 2000; $sparrow convert --model saved --output saved --force);
        echo $? > code; $sparrow encode --model saved hello > after; cmp before after
        """, in: folder, test: #function)
      guard let ended else { return }
      #expect(ended.code == 0, "the old model must still load and encode: \(ended.errors)")
      let code = try String(contentsOf: folder.appendingPathComponent("code"), encoding: .utf8)
      #expect(code == "1\n")
      #expect(ended.errors.contains("error: "), "\(ended.errors)")
      #expect(ended.errors.contains("model.safetensors"), "\(ended.errors)")
      #expect(ended.errors.contains("free space"), "\(ended.errors)")
      let names = try FileManager.default.contentsOfDirectory(
        atPath: folder.appendingPathComponent("saved").path)
      #expect(names.allSatisfy { !$0.hasSuffix(".tmp") })
    }
  }

  @Test func `Ctrl-C in training writes a checkpoint from which the run goes on`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let pairs = (0..<64).map { #"{"query": "word \#($0)", "answer": "About word \#($0)."}"# }
      _ = try SampleFiles.write(pairs.joined(separator: "\n"), "pairs.jsonl", in: folder)
      let train =
        "$sparrow train --model $model --train-dataset pairs.jsonl --output-dir out "
        + "--per-device-train-batch-size 2 --logging-steps 1"
      let ended = try run(
        "exec \(train) --max-steps 100000", in: folder, test: #function
      ) { process in
        let log = folder.appendingPathComponent("out/training_log.jsonl")
        for _ in 0..<600 where (try? Data(contentsOf: log).count) ?? 0 == 0 {
          Thread.sleep(forTimeInterval: 0.1)
        }
        kill(process.processIdentifier, SIGINT)
      }
      guard let ended else { return }
      #expect(ended.code == 130, "\(ended.errors)")
      #expect(ended.errors.contains("--resume"), "\(ended.errors)")
      let names = try FileManager.default.contentsOfDirectory(
        atPath: folder.appendingPathComponent("out").path)
      let checkpoint = try #require(names.first { $0.hasPrefix("checkpoint-") })
      let step = try #require(Int(checkpoint.dropFirst("checkpoint-".count)))
      let resumed = try run(
        "\(train) --max-steps \(step + 1) --resume --json", in: folder, test: #function)
      #expect(resumed?.code == 0, "\(resumed?.errors ?? "")")
      #expect(resumed?.output.contains("\"step\":\(step + 1)") == true)
      #expect(resumed?.output.contains("\"step\":\(step),") == false)
    }
  }

  @Test func `processes share a cache, and one that is killed leaves it right`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let texts = (0..<3000).map { "text \($0 % 2000) of \($0 % 7) mice and \($0 % 31) cats" }
      for (name, part) in [("all", 0..<3000), ("head", 0..<1500), ("tail", 1200..<3000)] {
        let lines = texts[part].joined(separator: "\n") + "\n"
        _ = try SampleFiles.write(lines, "\(name).txt", in: folder)
      }
      let encode = "$sparrow encode --model $model -q"
      let ended = try run(
        """
        set -e; \(encode) --input all.txt --output plain.jsonl
        for wait in 0.4 0.8 1.2 1.6; do
          \(encode) --input all.txt --cache vectors --output killed.jsonl & victim=$!
          \(encode) --input head.txt --cache vectors --output head.jsonl & head=$!
          \(encode) --input tail.txt --cache vectors --output tail.jsonl & tail=$!
          sleep $wait; kill -9 $victim 2>/dev/null || true
          wait $head; wait $tail; wait $victim || true
          head -n 1500 plain.jsonl | cmp - head.jsonl
        done
        $sparrow encode --model $model --input all.txt --cache vectors --output all.jsonl
        cmp plain.jsonl all.jsonl
        """, in: folder, test: #function)
      guard let ended else { return }
      #expect(ended.code == 0, "\(ended.errors)")
      #expect(ended.errors.contains("3,000 of 3,000 texts were in the cache"), "\(ended.errors)")
    }
  }

  @Test func `exit codes reach the shell`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let ended = try run(
        "$sparrow --version; echo $?; $sparrow encode; echo $?; $sparrow encode --model none x; echo $?",
        in: folder, test: #function)
      guard let ended else { return }
      let codes = ended.output.split(separator: "\n").dropFirst()
      #expect(codes == ["0", "2", "3"])
    }
  }
}
