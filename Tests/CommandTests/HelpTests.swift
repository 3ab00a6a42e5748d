import SparrowTestSupport
import Testing

@Suite struct HelpTests {
  @Test(arguments: [
    "", "encode", "explain", "evaluate", "search", "convert", "doctor", "train", "mine", "rerank",
    "vocabulary",
    "vocabulary expand", "index", "index build", "index add", "index delete", "index stats",
    "index compact", "index verify", "push",
  ])
  func `help of a command stays as it is reviewed`(command: String) throws {
    let run = try CommandRun("\(command) --help")
    #expect(run.code == 0)
    #expect(run.errors.isEmpty)
    #expect(run.output.contains("EXAMPLES:"))
    try expectSnapshot(
      run.output, "help-\(command.isEmpty ? "sparrow" : command.replacing(" ", with: "-"))")
  }

  @Test func `help goes by the word help as well`() throws {
    #expect(try CommandRun("help encode").output == CommandRun("encode --help").output)
  }

  @Test func `a misspelled command is told with the nearest one`() throws {
    let run = try CommandRun("explan --model m")
    #expect(run.code == 2)
    #expect(run.errors.contains("'explan'. Did you mean 'explain'?"), "\(run.errors)")
  }

  @Test func `the version is printed`() throws {
    let run = try CommandRun("--version")
    #expect(run.code == 0)
    #expect(run.output.wholeMatch(of: #/\d+\.\d+\.\d+\n/#) != nil)
  }

  @Test(arguments: [
    "encode", "encode --model m", "encode --model m --input f text",
    "encode --model m --precision int8 text", "encode --model m --role passage text",
    "encode --model m --max-active 0 text", "encode --model m --threads 0 text",
    "encode --model m --no-such-option text", "encode --model bm25 text", "explain --model m",
    "evaluate --model bm25", "evaluate --model bm25 --collection c --max-length 3",
    "evaluate --model bm25 --collection c --index i", "search --model m --collection c",
    "search --model m --collection c --top 0 query", "search query", "search --index i",
    "search --collection c query", "search --index i --queries f", "search --index i --run f query",
    "search --index i --max-active 3 query", "search --index i --queries f --run r query",
    "convert --model m", "train", "index build --index i --model m",
    "index build --index i --model bm25 --input -",
    "index build --index i --model m --input f --collection c",
    "index build --index i --model bm25 --input f --cache c",
    "index build --index i --model m --input f --weights int8",
    "index build --index i --model m --input f --cache c --cache-size much",
    "index add --index i", "index add --input f", "index delete --index i",
    "index delete --index i a --filter b=c", "index stats --index i --terms -1", "index stats",
    "push --model m --input f", "push --to qdrant://h/c --model m",
    "push --to qdrant://h/c --model m --input f --append --replace",
    "train a.yaml b.yaml", "train a.yaml --seed",
    "train a.yaml --set seed", "mine --miner bm25 --output o",
    "mine --dataset d --collection c --miner bm25 --output o",
    "mine --collection c --columns a,b --miner bm25 --output o",
    "vocabulary expand --model m --output o",
    "vocabulary expand --model m --collection c --min-pieces 1 --output o",
  ])
  func `wrong usage ends with code 2 and says what to do`(line: String) throws {
    let run = try CommandRun(line)
    #expect(run.code == 2, "\(run.errors)")
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("error: "), "\(run.errors)")
    #expect(run.errors.contains("--help"), "\(run.errors)")
  }
}
