import ArgumentParser
import Foundation
import SparrowCore
import SparrowData
import SparrowTraining

/// `sparrow mine`: finds hard negatives for pairs, and a teacher's scores for them.
struct MineCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "mine",
    abstract: "Find hard negatives for pairs, with a teacher's scores if wanted.",
    usage: """
      sparrow mine --dataset <file> --miner <dir|bm25> --output <file> [<options>]
      sparrow mine --collection <dir> --miner <dir|bm25> --output <file> [<options>]
      """,
    discussion: """
      Every query is searched among all documents of the pairs, or of the collection. What looks right \
      and is none of the query's own documents becomes a negative. Margins drop what comes too near \
      to these, for it may be right as well. The result is what 'sparrow train' reads; with a \
      teacher or --scores it has scores, which SparseMarginMSELoss and SparseDistillKLDivLoss take.

      EXAMPLES:
        sparrow mine --collection medquad --miner bm25 --output hard.jsonl
        sparrow mine --dataset pairs.jsonl --miner .models/splade-tiny --negatives 5 \\
          --relative-margin 0.05 --format n-tuple --output hard.jsonl
        sparrow mine --dataset pairs.jsonl --miner bm25 --teacher big-model --output distil.jsonl
      """)

  @OptionGroup var source: PairSource

  @Option(
    help: ArgumentHelp("What searches: a model folder, or bm25.", valueName: "dir|bm25"))
  var miner: String

  @Option(
    help: ArgumentHelp(
      "A model that judges what was found, for margins and scores.", valueName: "dir"))
  var teacher: String?

  @OptionGroup var settings: MiningOptions
  @OptionGroup var encoding: EncodingArguments

  @Option(help: ArgumentHelp("The file to write, JSON lines.", valueName: "file"))
  var output: String

  @OptionGroup var common: CommonOptions

  func run(in context: CommandContext) throws {
    try common.apply()
    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    defer { progress.finish() }
    let miner = try HardNegativeMiner(settings.configuration(writesScores: teacher != nil))
    let (pairs, corpus) = try source.load(progress.reporter)
    let search = try MiningModel.search(self.miner, encoding, context)
    let judge = try teacher.map { try MiningModel.scorer($0, encoding, context) }
    let result = try miner.mine(
      pairs, search: search, corpus: corpus, rescorer: judge, progress: progress.reporter)
    try result.dataset.writeJSONLines(to: URL(fileURLWithPath: output))
    progress.finish()
    if common.json {
      try context.print([
        "output": .string(output), "rows": .integer(Int64(result.dataset.rowCount)),
        "queries": .integer(Int64(result.report.queryCount)),
        "negatives": .integer(Int64(result.report.negativeScores.count)),
        "short_queries": .integer(Int64(result.report.shortQueryCount)),
      ])
    } else {
      for line in result.report.lines { try context.print(line) }
      try context.print("Wrote \(NumberText.count(result.dataset.rowCount)) rows to \(output).")
    }
  }
}
